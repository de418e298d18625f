"""The pages of versions and drafts."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, AssistantDraft, Run, Thread
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.runs import requests as runs
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, make_run
from tests.web.pages import signed_in, squeezed, under


@pytest.fixture
def assistant(cast: Cast) -> Assistant:
    """An assistant with three versions: by the API, renamed by alice, and again by the API."""
    params = parse(AssistantCreateParams, {"model": "m", "name": "Tutor", "instructions": "Be."})
    assistant = assistants.create_assistant(project=cast.project, params=params)
    change(assistant, name="<b>Tutor</b>", author=cast.alice, source="ui")
    return change(assistant, temperature=0.5)


def change(assistant: Assistant, author: Any = None, source: str = "api", **body: Any) -> Assistant:
    return assistants.update_assistant(
        project=assistant.project,
        assistant_id=assistant.id,
        params=parse(AssistantModifyParams, body),
        author=author,
        source=source,
    )


def url(assistant: Assistant, name: str, *numbers: int) -> str:
    return reverse(name, args=[assistant.project_id, assistant.id, *numbers])


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


FORM = {
    "name": "<b>Tutor</b>",
    "instructions": "Be.",
    "model": "m",
    "temperature": "0.5",
    "response_format": "text",
}


def autosave(client: Client, assistant: Assistant, **fields: Any) -> Any:
    return client.post(url(assistant, "draft"), {**FORM, **fields})


def test_the_timeline_shows_who_made_which_version(alice: Client, assistant: Assistant) -> None:
    page = text(alice, url(assistant, "versions"))
    assert page.index(">v3<") < page.index(">v2<") < page.index(">v1<")
    assert "alice" in page
    assert "&lt;b&gt;Tutor&lt;/b&gt;" in page
    assert "<b>Tutor</b>" not in page
    assert page.count("Published") == 1


def test_a_long_timeline_has_pages(
    alice: Client, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.web.assistants.versions.PAGE", 2)
    first = text(alice, url(assistant, "versions"))
    assert "?before=2" in first
    assert ">v1<" not in first
    rest = text(alice, url(assistant, "versions") + "?before=2")
    assert ">v1<" in rest
    assert ">v2<" not in rest


@pytest.mark.parametrize("view", ["", "?view=split"])
def test_a_diff_shows_the_fields_that_differ_escaped(
    alice: Client, assistant: Assistant, view: str
) -> None:
    page = text(alice, url(assistant, "version_diff", 1, 3) + view)
    assert 'id="d-name"' in page
    assert 'id="d-temperature"' in page
    assert 'id="d-instructions"' not in page
    assert "<b>Tutor" not in page
    assert "2 fields changed" in page


def test_equal_versions_say_so_and_missing_ones_are_404(
    alice: Client, assistant: Assistant
) -> None:
    assert "No differences" in text(alice, url(assistant, "version_diff", 2, 2))
    assert alice.get(url(assistant, "version_diff", 1, 9)).status_code == 404
    assert alice.get(url(assistant, "version_diff", 1, 10**12)).status_code == 404
    assert alice.post(url(assistant, "restore_version", 9)).status_code == 404


def test_two_chosen_versions_are_compared_older_first(alice: Client, assistant: Assistant) -> None:
    address = url(assistant, "compare_versions")
    chosen = alice.get(f"{address}?old=3&new=1")
    assert chosen["Location"] == url(assistant, "version_diff", 1, 3)
    assert alice.get(f"{address}?old=x")["Location"] == url(assistant, "versions")


def test_restoring_makes_a_new_version_and_says_so(alice: Client, assistant: Assistant) -> None:
    answer = alice.post(url(assistant, "restore_version", 1), follow=True)
    assert "v4 is live. It is version 1 again." in answer.content.decode()
    assistant.refresh_from_db()
    assert (assistant.name, assistant.temperature) == ("Tutor", None)


def test_versions_of_a_deleted_assistant_can_be_read(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    params = RunCreateParams.model_validate({"assistant_id": assistant.id})
    runs.create_run(project=cast.project, thread_id=cast.thread.id, params=params)
    assistants.delete_assistant(project=cast.project, assistant_id=assistant.id)
    page = text(alice, url(assistant, "versions"))
    assert "This assistant was deleted" in page
    assert "Restore" not in page


def test_strangers_get_404_of_every_version_page(cast: Cast, assistant: Assistant) -> None:
    stranger = signed_in(cast.charlie)
    assert stranger.get(url(assistant, "version_diff", 1, 2)).status_code == 404
    assert stranger.post(url(assistant, "restore_version", 1)).status_code == 404
    # Another project of the same user doesn't give access to them either.
    foreign = reverse("version_diff", args=[cast.other_project.id, assistant.id, 1, 2])
    assert stranger.get(foreign).status_code == 404


def test_the_form_is_kept_as_a_draft_and_only_what_differs(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    assert "Draft saved" in autosave(alice, assistant, instructions="New.").content.decode()
    assert AssistantDraft.objects.get().changes == {"instructions": "New."}
    assert "Draft saved" in text(alice, url(assistant, "draft"))
    assert "No changes" in text(signed_in(cast.bob), url(assistant, "draft"))
    assert "No changes" in autosave(alice, assistant).content.decode()
    assert not AssistantDraft.objects.exists()


def test_an_unset_temperature_stays_unset(cast: Cast, alice: Client) -> None:
    params = parse(AssistantCreateParams, {"model": "m"})
    assistant = assistants.create_assistant(project=cast.project, params=params)
    page = squeezed(text(alice, reverse("assistant", args=[cast.project.id, assistant.id])))
    assert (
        'name="temperature" class="input mono" inputmode="decimal" placeholder="1" value=""' in page
    )
    untouched = {"model": "m", "temperature": "", "top_p": "", "response_format": "text"}
    alice.post(url(assistant, "draft"), untouched)
    assert not AssistantDraft.objects.exists()
    alice.post(url(assistant, "draft"), {**untouched, "temperature": "1"})
    assert AssistantDraft.objects.get().changes == {"temperature": 1.0}


def test_half_typed_json_and_numbers_are_kept_with_errors(
    alice: Client, assistant: Assistant
) -> None:
    answer = autosave(alice, assistant, function='{"name": ', temperature="warm").content.decode()
    assert under(answer, "temperature").startswith("Enter a number.")
    assert "valid JSON" in answer.split("fn-note error")[1]
    assert under(answer, "name") == ""
    draft = AssistantDraft.objects.get()
    assert draft.changes["tools"][0]["function"] == '{"name": '
    assert draft.changes["temperature"] == "warm"
    page = text(alice, url(assistant, "draft_diff"))
    assert "Fix these problems before you publish" in page
    refused = alice.post(url(assistant, "publish_draft"), headers={"hx-request": "true"})
    assert refused.status_code == 422
    assert "Enter a number." in refused.content.decode()


def test_a_draft_that_cannot_be_saved_is_refused(alice: Client, assistant: Assistant) -> None:
    answer = autosave(alice, assistant, name="a\0b")
    assert answer.status_code == 422
    assert "can&#x27;t be stored" in answer.content.decode()
    assert not AssistantDraft.objects.exists()


def test_publishing_from_the_dialog(alice: Client, assistant: Assistant) -> None:
    assert "no unpublished changes" in text(alice, url(assistant, "publish_draft"))
    autosave(alice, assistant, instructions="New.")
    dialog = text(alice, url(assistant, "publish_draft"))
    assert "Publish v4" in dialog
    assert "<code>instructions</code>" in dialog
    done = alice.post(
        url(assistant, "publish_draft"), {"note": "Kinder"}, headers={"hx-request": "true"}
    )
    assert done.status_code == 204
    assert f"a={assistant.id}" in done["HX-Redirect"]
    page = text(alice, url(assistant, "versions"))
    assert ">v4<" in page
    assert "Kinder" in page


def test_a_conflict_says_who_and_offers_three_ways(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    autosave(alice, assistant, instructions="New.")
    change(assistant, name="Bob's", author=cast.bob, source="ui")
    refused = alice.post(
        url(assistant, "publish_draft"), {"note": "Mine"}, headers={"hx-request": "true"}
    )
    assert refused.status_code == 409
    dialog = refused.content.decode()
    assert "bob published version 4" in dialog
    for name, numbers in (("version_diff", (3, 4)), ("rebase_draft", ()), ("publish_draft", ())):
        assert url(assistant, name, *numbers) in dialog
    assert 'value="Mine"' in dialog
    assert "Changed by both" not in dialog
    page = alice.post(url(assistant, "rebase_draft"), {"onto": "4"}, follow=True).content.decode()
    assert "My draft compared with version 4" in page
    assert 'id="d-instructions"' in page
    assert 'id="d-name"' not in page
    alice.post(url(assistant, "publish_draft"))
    assistant.refresh_from_db()
    assert (assistant.name, assistant.instructions) == ("Bob's", "New.")


def test_overwriting_from_the_page(cast: Cast, alice: Client, assistant: Assistant) -> None:
    autosave(alice, assistant, instructions="New.")
    change(assistant, name="Bob's", author=cast.bob, source="ui")
    assert alice.post(url(assistant, "publish_draft"))["Location"] == url(assistant, "draft_diff")
    alice.post(url(assistant, "publish_draft"), {"overwrites": "4"})
    assistant.refresh_from_db()
    assert (assistant.name, assistant.instructions) == ("<b>Tutor</b>", "New.")


def test_discarding(alice: Client, assistant: Assistant) -> None:
    autosave(alice, assistant, instructions="New.")
    assert alice.post(url(assistant, "discard_draft")).status_code == 302
    assert not AssistantDraft.objects.exists()


def test_a_version_is_restored_as_a_draft_and_undone(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    autosave(alice, assistant, instructions="Mine.")
    answer = alice.post(url(assistant, "version_as_draft", 1), follow=True)
    page = answer.content.decode()
    assert "Version 1 is your draft now." in page
    assert AssistantDraft.objects.get().changes == {"name": "Tutor", "temperature": None}
    assistant.refresh_from_db()
    assert assistant.version_number == 3
    undo = url(assistant, "undo_draft")
    assert f'action="{undo}"' in page
    alice.post(undo)
    assert AssistantDraft.objects.get().changes == {"instructions": "Mine."}
    alice.post(undo)
    assert AssistantDraft.objects.get().changes == {"name": "Tutor", "temperature": None}
    assert alice.post(url(assistant, "version_as_draft", 9)).status_code == 404
    assert signed_in(cast.charlie).post(undo).status_code == 404
    assert signed_in(cast.bob).post(undo).status_code == 404  # he has discarded nothing


def test_a_discarded_draft_comes_back(alice: Client, assistant: Assistant) -> None:
    autosave(alice, assistant, instructions="Mine.")
    page = alice.post(url(assistant, "discard_draft"), follow=True).content.decode()
    assert not AssistantDraft.objects.exists()
    assert "Draft discarded." in page
    alice.post(url(assistant, "undo_draft"))
    assert AssistantDraft.objects.get().changes == {"instructions": "Mine."}
    # Also after a new draft was begun, which then is the one that comes back.
    alice.post(url(assistant, "discard_draft"))
    autosave(alice, assistant, name="New")
    alice.post(url(assistant, "undo_draft"))
    assert AssistantDraft.objects.get().changes == {"instructions": "Mine."}
    alice.post(url(assistant, "undo_draft"))
    assert AssistantDraft.objects.get().changes == {"name": "New"}


def test_publishing_an_old_version_says_who_is_affected_and_can_be_undone(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    for key in ("key_a", "key_a", "key_b", ""):
        make_run(cast.project, cast.thread, assistant, api_key_id=key, status="completed")
    page = squeezed(text(alice, url(assistant, "versions")))
    assert "Publish version 1 again as v4? API clients get it at once" in page
    assert "2 API keys started 3 runs" in page
    page = alice.post(url(assistant, "restore_version", 1), follow=True).content.decode()
    undo = url(assistant, "restore_version", 3)
    assert f'action="{undo}"' in page.split("v4 is live. It is version 1 again.")[1][:400]
    alice.post(undo)
    assistant.refresh_from_db()
    assert (assistant.name, assistant.temperature) == ("<b>Tutor</b>", 0.5)


def test_each_version_shows_its_runs_and_its_own_page(
    cast: Cast, alice: Client, assistant: Assistant
) -> None:
    for number in (1, 1, 3):
        thread = Thread.objects.create(project=cast.project)
        columns = {"status": "completed", "version_number": number}
        run = make_run(cast.project, thread, assistant, **columns)
        Run.objects.filter(pk=run.pk).update(completed_at=run.created_at + timedelta(seconds=2.5))
    page = squeezed(text(alice, url(assistant, "versions")))
    first = page.split('<li id="v1">')[1]
    assert "2 runs" in first
    assert "median 2.5 s" in first
    assert "0 runs" in page.split('<li id="v2">')[1].split("</li>")[0]
    assert f'href="{url(assistant, "version", 1)}"' in first
    opened = squeezed(text(alice, url(assistant, "version", 2)))
    assert "&lt;b&gt;Tutor&lt;/b&gt;" in opened
    assert "Published" not in opened
    assert "tool_resources" not in opened
    change(assistant, temperature=0)
    assert "temperature" in text(alice, url(assistant, "version", 4))
    assert alice.get(url(assistant, "version", 9)).status_code == 404


def test_a_version_runs_the_last_message_of_the_thread_that_is_open(
    cast: Cast, alice: Client, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)
    assert "Run v" not in text(alice, url(assistant, "versions"))
    page = text(alice, url(assistant, "versions") + f"?t={cast.thread.id}")
    assert page.count("Run v") == 3
    address = reverse("repeat", args=[cast.project.id, cast.thread.id])
    body = {"assistant": assistant.id, "version": "1"}
    Run.objects.all().delete()
    said = alice.post(address, body, headers={"hx-request": "true"})
    assert said["HX-Redirect"].endswith(f"?a={assistant.id}&t={cast.thread.id}")
    run = Run.objects.get()
    assert (run.version_number, run.used_draft) == (1, False)


def test_publishing_says_which_version_is_live(alice: Client, assistant: Assistant) -> None:
    address = f"{reverse('playground', args=[assistant.project_id])}?a={assistant.id}"
    page = squeezed(text(alice, address))
    button = page.split('class="btn primary publish"')[1].split(">")[0]
    assert "disabled" in button
    alice.post(url(assistant, "draft"), {**FORM, "instructions": "Be brief."})
    page = squeezed(text(alice, address))
    assert "disabled" not in page.split('class="btn primary publish"')[1].split(">")[0]
    alice.post(url(assistant, "publish_draft"))
    assert "v4 is live." in text(alice, address)


def test_variables_are_listed_and_marked_if_they_are_not_declared(
    alice: Client, assistant: Assistant
) -> None:
    address = url(assistant, "draft_instructions")
    assert "Write {{name}} to add one." in text(alice, address)
    change(assistant, instructions="Greet {{ customer }}.")
    shown = text(alice, address)
    assert '<code class="badge warn">customer</code>' in shown
    assert "not declared" in shown
    declared = [{"name": "customer", "type": "text"}]
    Assistant.objects.filter(pk=assistant.pk).update(variables=declared)
    shown = text(alice, address)
    assert '<code class="badge">customer</code>' in shown
    assert "not declared" not in shown


def test_the_pages_of_versions_lead_back_to_the_thread(
    cast: Cast, assistant: Assistant, alice: Client
) -> None:
    query = f"?t={cast.thread.id}"
    shown = text(alice, f"{url(assistant, 'versions')}{query}")
    for name, numbers in (("version", [2]), ("version_diff", [1, 2])):
        assert f"{url(assistant, name, *numbers)}{query}" in shown
    assert f'name="t" value="{cast.thread.id}"' in shown
    for name, numbers in (("version_as_draft", [1]), ("publish_draft", [])):
        sent = alice.post(url(assistant, name, *numbers), {"t": cast.thread.id, "note": "Why"})
        assert sent.status_code == 302
        assert sent.headers["Location"].endswith(f"a={assistant.id}&t={cast.thread.id}")
    again = alice.post(url(assistant, "restore_version", 2), {"t": cast.thread.id})
    assert again.headers["Location"] == f"{url(assistant, 'versions')}{query}"


def test_a_deleted_thread_is_left_out(cast: Cast, assistant: Assistant, alice: Client) -> None:
    sent = alice.post(url(assistant, "version_as_draft", 1), {"t": "thread_gone"})
    assert sent.headers["Location"].endswith(f"?a={assistant.id}")


def test_the_page_of_changes_keeps_the_note(assistant: Assistant, alice: Client) -> None:
    alice.post(url(assistant, "version_as_draft", 1))
    shown = text(alice, f"{url(assistant, 'draft_diff')}?note=Why%20%22not%22&t=")
    assert 'value="Why &quot;not&quot;"' in shown
