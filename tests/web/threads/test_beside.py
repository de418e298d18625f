"""The last message run again, and two answers beside each other."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import AssistantDraft, Message, Run, Thread
from assistants_app.services.threads.forks import edit_and_fork
from tests.cast import Cast, make_run
from tests.queries.project.usage_rows import settle_all
from tests.web.pages import HTMX, opened, project_url, say, signed_in, squeezed, thread_url


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)


@pytest.fixture
def alice(cast: Cast) -> Client:
    Run.objects.all().delete()
    return signed_in(cast.alice)


def answer(cast: Cast, thread: Thread, text: str, **columns: object) -> Message:
    usage = {"prompt_tokens": 1000, "completion_tokens": 200}
    columns = {"status": "completed", "usage": usage, "version_number": 3, **columns}
    run = make_run(cast.project, thread, cast.assistant, **columns)
    return say(thread, text, "assistant", run_id=run.id, assistant_id=cast.assistant.id)


def repeat(cast: Cast, alice: Client) -> Thread:
    body = {"assistant": cast.assistant.id}
    return opened(alice.post(thread_url(cast, "repeat"), body, headers=HTMX))


def page_of(cast: Cast, alice: Client, thread: Thread, beside: Thread) -> str:
    query = {"a": cast.assistant.id, "t": thread.id, "beside": beside.id}
    return str(alice.get(project_url(cast, "playground"), query).content.decode())


def test_a_repeat_opens_the_fork_beside_the_answer(cast: Cast, alice: Client) -> None:
    answer(cast, cast.thread, "Blue")
    settle_all()
    body = {"assistant": cast.assistant.id}
    made = alice.post(thread_url(cast, "repeat"), body, headers=HTMX)
    fork = opened(made)
    assert f"a={cast.assistant.id}&t={fork.id}&beside={cast.thread.id}" in made["HX-Redirect"]
    page = page_of(cast, alice, fork, cast.thread)
    assert "Blue" in page.split('class="answer-rows"')[1].split("answer-changes")[0]
    assert "1,200 tok" in page
    assert "no price" in page
    assert "appear here when both answers are complete" in page


def test_without_an_answer_the_thread_itself_runs(cast: Cast, alice: Client) -> None:
    body = {"assistant": cast.assistant.id}
    made = alice.post(thread_url(cast, "repeat"), body, headers=HTMX)
    assert (made.status_code, made.content) == (200, b"")
    assert Run.objects.get().thread_id == cast.thread.id


def test_a_repeat_that_is_refused_says_why(cast: Cast, alice: Client) -> None:
    refused = alice.post(thread_url(cast, "repeat"), {"assistant": "asst_<none>"}, headers=HTMX)
    assert refused.status_code == 422
    assert "asst_&lt;none&gt;" in refused.content.decode()
    stale = {"X-Draft": f"{cast.assistant.id} another"}
    body = {"assistant": cast.assistant.id}
    refused = alice.post(thread_url(cast, "repeat"), body, headers={**HTMX, **stale})
    assert refused.status_code == 422
    assert "changed elsewhere" in refused.content.decode()
    nobody = alice.post(project_url(cast, "repeat", "thread_none"), body, headers=HTMX)
    assert nobody.status_code == 404


def test_the_changes_are_marked_when_both_answers_are_complete(cast: Cast, alice: Client) -> None:
    answer(cast, cast.thread, "The <b> sky is blue.")
    fork = repeat(cast, alice)
    Run.objects.filter(thread=fork).delete()
    answer(cast, fork, "The <b> sky is grey.")
    page = page_of(cast, alice, fork, cast.thread)
    assert "<span>The &lt;b&gt; sky is </span><del>blue</del><ins>grey</ins><span>.</span>" in page
    assert page_of(cast, alice, cast.thread, fork).count("<ins>blue</ins>") == 1


def test_equal_answers_have_no_changes(cast: Cast, alice: Client) -> None:
    answer(cast, cast.thread, "Same")
    fork = repeat(cast, alice)
    Run.objects.filter(thread=fork).delete()
    answer(cast, fork, "Same")
    assert "have the same words" in page_of(cast, alice, fork, cast.thread)


def test_a_failed_and_a_waiting_answer_say_so(cast: Cast, alice: Client) -> None:
    failed = make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    fork = repeat(cast, alice)
    columns = {"status": "failed", "last_error": {"code": "server_error", "message": "No model"}}
    Run.objects.filter(pk=failed.id).update(**columns)
    page = page_of(cast, alice, fork, cast.thread)
    shown = page.split('class="answer"')[1]
    assert "Run failed" in shown
    assert "server_error" in shown
    assert ">No model<" in shown


@pytest.mark.parametrize("deleted", ["origin", "unknown", "stranger"])
def test_an_answer_that_is_gone_leaves_the_thread(cast: Cast, alice: Client, deleted: str) -> None:
    answer(cast, cast.thread, "Blue")
    fork = repeat(cast, alice)
    beside = Thread(pk="thread_gone")
    if deleted == "origin":
        beside = Thread(pk=cast.thread.id)
        cast.thread.delete()
    elif deleted == "stranger":
        beside = Thread.objects.create(project=cast.project)
    query = {"t": fork.id, "beside": beside.id}
    page = alice.get(project_url(cast, "playground"), query)
    assert page.status_code == 200
    assert 'id="answers"' not in page.content.decode()
    gone = alice.get(project_url(cast, "beside", fork.id, beside.id))
    assert gone.status_code == 404


def test_a_deleted_answer_leaves_its_place(cast: Cast, alice: Client) -> None:
    reply = answer(cast, cast.thread, "Blue")
    fork = repeat(cast, alice)
    reply.delete()
    assert "This answer was deleted." in page_of(cast, alice, fork, cast.thread)


def test_branches_lead_to_each_other(cast: Cast, alice: Client) -> None:
    say(cast.thread, "Fine", "assistant")
    edited = edit_and_fork(
        project=cast.project,
        thread_id=cast.thread.id,
        message_id=cast.message.id,
        text="In short",
    )
    change = Message.objects.get(thread=edited)
    page = alice.get(project_url(cast, "playground"), {"t": cast.thread.id}).content.decode()
    row = squeezed(page).split('class="branches"')[1].split("</nav>")[0]
    assert "1/2" in row
    assert (
        f'rel="next" href="/p/{cast.project.id}/playground/?t={edited.id}&amp;m={change.id}"' in row
    )
    assert 'rel="prev"' not in row
    part = alice.get(project_url(cast, "thread_part", edited.id)).json()["html"]
    assert "2/2" in squeezed(part)


def test_an_answer_is_kept_with_the_settings_that_made_it(cast: Cast, alice: Client) -> None:
    assistant, thread = cast.assistant, cast.thread
    own = {"model": assistant.model, "instructions": assistant.instructions or ""}
    pirate = {"instructions": "Talk like a pirate.", "temperature": 0.2, "used_draft": True}
    answer(cast, thread, "Arr.", **{**own, **pirate})
    fork = repeat(cast, alice)
    Run.objects.filter(thread=fork).update(**own)
    page = squeezed(page_of(cast, alice, fork, thread))
    assert "<code>instructions</code>,<code>temperature</code>" in page
    assert page.count("with its settings") == 1
    run = Run.objects.get(thread=thread)
    address = reverse("run_as_draft", args=[cast.project.id, assistant.id, run.id])
    kept = alice.post(address, {"t": thread.id}, headers=HTMX)
    assert kept["HX-Redirect"].endswith(f"?a={assistant.id}&t={thread.id}")
    draft = AssistantDraft.objects.get()
    assert draft.changes == {"instructions": "Talk like a pirate.", "temperature": 0.2}
    page = page_of(cast, alice, thread, fork)
    assert "Your draft has the settings of the kept answer." in page
    # Now they are the settings of the page, and those of the other answer are apart.
    assert "<code>instructions</code>,<code>temperature</code>" in squeezed(page)


def test_the_settings_of_another_assistants_run_are_not_offered(cast: Cast, alice: Client) -> None:
    answer(cast, cast.thread, "Arr.", assistant_id="asst_other", instructions="Talk.")
    fork = repeat(cast, alice)
    assert "with its settings" not in page_of(cast, alice, fork, cast.thread)
    run = Run.objects.get(thread=cast.thread)
    address = reverse("run_as_draft", args=[cast.project.id, cast.assistant.id, run.id])
    assert alice.post(address, {"t": fork.id}, headers=HTMX).status_code == 404
    assert not AssistantDraft.objects.exists()
