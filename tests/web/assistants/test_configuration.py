"""The configuration column: fields, drafts, warnings and run options."""

from typing import Any

import pytest
from django.test import Client

from assistants_app.gateway.endpoints import ModelsOfEndpoint
from assistants_app.models import Assistant, AssistantDraft, Message, Run
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.providers.features import features_by_name
from assistants_app.services.project.prices import set_price
from tests.cast import Cast, make_run
from tests.web.pages import project_url, signed_in, squeezed, under

HTMX = {"hx-request": "true"}


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint with a reasoning model and an old model."""
    endpoint = Endpoint(name="Far away", base_url="http://127.0.0.1:9/v1", api_key="")
    infos = [
        ModelInfo(name, 0, "x", 128_000, features_by_name(name)) for name in ("o3", "gpt-3.5-turbo")
    ]
    for module in ("gateway.endpoints", "web.assistants.model_notes", "web.assistants.list"):
        monkeypatch.setattr(
            f"assistants_app.{module}.list_models",
            lambda **_given: [ModelsOfEndpoint(endpoint, infos)],
        )


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def autosave(client: Client, cast: Cast, **fields: Any) -> str:
    form = {"name": "Secret", "model": "m", "response_format": "text", **fields}
    answer = client.post(project_url(cast, "draft", cast.assistant.id), form)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_form_shows_the_draft_to_its_author_alone(cast: Cast, alice: Client) -> None:
    autosave(alice, cast, instructions="Half a sen", temperature="3")
    page = text(alice, project_url(cast, "playground"))
    assert ">Half a sen</textarea>" in page
    assert "Enter 2 or less." in page
    assert "Publish v1" in page
    assert "Half a sen" not in text(signed_in(cast.bob), project_url(cast, "playground"))
    assert Assistant.objects.get().instructions is None


def test_metadata_is_rows_of_keys_and_values(cast: Cast, alice: Client) -> None:
    rows = {"metadata_key": ["team", "", "a"], "metadata_value": ["maths", "", "1"]}
    assert under(autosave(alice, cast, **rows), "metadata") == ""
    assert AssistantDraft.objects.get().changes == {"metadata": {"a": "1", "team": "maths"}}
    page = text(alice, project_url(cast, "assistant", cast.assistant.id))
    assert page.count('name="metadata_key"') == 16
    assert 'name="metadata_value" value="maths"' in squeezed(page)
    long = autosave(alice, cast, metadata_key="k" * 65, metadata_value="v")
    assert "64" in under(long, "metadata")
    twice = autosave(alice, cast, metadata_key=["a", "a"], metadata_value=["1", "2"])
    assert "two rows have the same key" in under(twice, "metadata")
    page = squeezed(text(alice, project_url(cast, "assistant", cast.assistant.id)))
    assert 'name="metadata_value" value="1"' in page
    assert 'name="metadata_value" value="2"' in page
    refused = alice.post(
        project_url(cast, "publish_draft", cast.assistant.id), HTTP_HX_REQUEST="true"
    )
    assert refused.status_code == 422
    assert "two rows have the same key" in refused.content.decode()
    assert Assistant.objects.get().version_number == 0


def test_a_temperature_of_zero_is_no_default(cast: Cast, alice: Client) -> None:
    Assistant.objects.update(temperature=0)
    page = squeezed(text(alice, project_url(cast, "assistant", cast.assistant.id)))
    assert 'step="0.01" value="0.0" data-pair="f-temperature"' in page
    assert 'step="0.01" value="1" data-pair="f-top_p"' in page


def test_reasoning_effort_is_part_of_the_form(cast: Cast, alice: Client) -> None:
    autosave(alice, cast, reasoning_effort="high")
    assert AssistantDraft.objects.get().changes == {"reasoning_effort": "high"}
    assert "<option selected>high" in text(alice, project_url(cast, "assistant", cast.assistant.id))
    assert "Invalid" in under(autosave(alice, cast, reasoning_effort="x"), "reasoning_effort")


def test_choosing_a_model_shows_what_it_cannot_do(cast: Cast, alice: Client, models: None) -> None:
    reasoning = autosave(alice, cast, model="o3", temperature="0.5")
    assert "o3 doesn&#x27;t support temperature" in reasoning
    assert 'data-without="sampling"' in reasoning
    old = autosave(
        alice,
        cast,
        model="gpt-3.5-turbo",
        response_format="json_schema",
        json_schema='{"name":"a"}',
    )
    assert "gpt-3.5-turbo doesn&#x27;t enforce JSON schemas" in old
    assert 'data-without="reasoning"' in old
    unfit = autosave(alice, cast, model="o1-mini", code_interpreter="on")
    assert "o1-mini can&#x27;t call tools itself" in unfit
    assert "No connected endpoint offers o1-mini." in unfit
    assert 'class="warning"' not in autosave(alice, cast, model="o3", code_interpreter="on")


def test_the_demo_answers_any_name(
    cast: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = Endpoint(name="Demo", base_url="http://127.0.0.1:9/v1", api_key="", demo=True)
    monkeypatch.setattr(
        "assistants_app.web.assistants.model_notes.list_models",
        lambda **_: [ModelsOfEndpoint(demo, [])],
    )
    assert "No connected endpoint offers" not in autosave(alice, cast, model="gpt-none")


def test_models_are_offered_by_endpoint_with_what_is_known(
    cast: Cast, alice: Client, models: None
) -> None:
    set_price(project=cast.project, model="o3", prompt="2", cached="1", completion="10")
    page = squeezed(text(alice, project_url(cast, "playground")))
    assert '<div role="group" aria-label="Far away">' in page
    choice = page.split('data-sets="f-model" value="o3"')[1].split("</button>")[0]
    assert "128,000 tokens" in choice
    assert "$2 in / $10 out" in choice
    assert "tools · vision · JSON schema · reasoning" in choice


OPTIONS = {
    "max_prompt_tokens": "500",
    "max_completion_tokens": "300",
    "truncation": "last_messages",
    "last_messages": "4",
    "tool_choice": "none",
    "parallel_tool_calls": "false",
    "additional_instructions": "In verse.",
}


@pytest.mark.parametrize("place", ["threads", "send_message"])
def test_run_options_go_with_the_message(cast: Cast, alice: Client, place: str) -> None:
    autosave(alice, cast, instructions="Be kind.")
    form = {**OPTIONS, "assistant": cast.assistant.id, "content": "Hello", "action": "run"}
    nouns = [cast.thread.id] if place == "send_message" else []
    alice.post(project_url(cast, place, *nouns), form)
    run = Run.objects.get(status="queued")
    assert (run.max_prompt_tokens, run.max_completion_tokens) == (500, 300)
    assert run.truncation_strategy == {"type": "last_messages", "last_messages": 4}
    assert (run.tool_choice, run.parallel_tool_calls) == ("none", False)
    assert (run.instructions, run.draft_author) == ("Be kind.\nIn verse.", cast.alice)


def test_wrong_run_options_start_nothing_and_show_errors_at_their_fields(
    cast: Cast, alice: Client
) -> None:
    form = {"assistant": cast.assistant.id, "content": "Hello", "action": "run"}
    wrong = {"max_prompt_tokens": "0", "truncation": "last_messages", "last_messages": "some"}
    for place, nouns in (("threads", []), ("send_message", [cast.thread.id])):
        answer = alice.post(project_url(cast, place, *nouns), {**form, **wrong})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "or more." in under(page, "max_prompt_tokens")
        assert "Enter a whole number." in under(page, "truncation_strategy")
        assert under(page, "tool_choice") == ""
    assert not Run.objects.filter(status="queued").exists()
    assert Message.objects.count() == 1
    answer = alice.post(
        project_url(cast, "send_message", cast.thread.id), {**form, "tool_choice": "get_weather"}
    )
    assert "&#x27;tools&#x27; are specified" in answer.content.decode()


@pytest.mark.parametrize("place", ["retry_run", "rerun_message"])
def test_run_options_go_with_another_try(cast: Cast, alice: Client, place: str) -> None:
    failed = make_run(cast.project, cast.thread, cast.assistant, status="failed")
    noun = failed.id if place == "retry_run" else cast.message.id
    address = project_url(cast, place, cast.thread.id, noun)
    options = project_url(cast, "run_options", cast.assistant.id)
    alice.post(options, {**OPTIONS, "max_prompt_tokens": "0"})
    refused = alice.post(address, {"assistant": cast.assistant.id})
    assert refused.status_code == 422
    assert "or more." in refused.content.decode()
    alice.post(options, OPTIONS)
    assert alice.post(address, {"assistant": cast.assistant.id}).status_code == 204
    run = Run.objects.get(status="queued")
    assert (run.max_prompt_tokens, run.tool_choice) == (500, "none")
    assert (run.instructions or "").endswith("In verse.")


def test_run_options_outlast_a_reload(cast: Cast, alice: Client) -> None:
    address = project_url(cast, "run_options", cast.assistant.id)
    assert "or more." in under(
        alice.post(address, {**OPTIONS, "max_prompt_tokens": "0"}).content.decode(),
        "max_prompt_tokens",
    )
    page = squeezed(text(alice, project_url(cast, "assistant", cast.assistant.id)))
    assert 'form="composer-form" class="input mono" inputmode="numeric" ' in page
    assert ">In verse.</textarea>" in page
    assert 'id="e-max_prompt_tokens">Enter' in page
    assert "In verse." not in text(signed_in(cast.bob), project_url(cast, "playground"))
    alice.post(address, {})
    assert "In verse." not in text(alice, project_url(cast, "playground"))


def test_runs_use_the_published_version_when_that_is_chosen(cast: Cast, alice: Client) -> None:
    autosave(alice, cast, instructions="Draft.")
    meter = f"{project_url(cast, 'thread_context', cast.thread.id)}?a={cast.assistant.id}"
    assert ">draft</span>" in text(alice, meter)
    alice.post(project_url(cast, "run_with"), {"published": "on"})
    assert ">draft</span>" not in text(alice, meter)
    form = {"assistant": cast.assistant.id, "content": "Hello", "action": "run"}
    alice.post(project_url(cast, "threads"), form)
    assert Run.objects.get(status="queued").instructions == ""
    alice.post(project_url(cast, "run_with"))
    alice.post(project_url(cast, "threads"), form)
    assert Run.objects.filter(status="queued", instructions="Draft.").exists()


def test_discarding_and_publishing_stay_with_the_thread(cast: Cast, alice: Client) -> None:
    here = f"{project_url(cast, 'playground')}?a={cast.assistant.id}&t={cast.thread.id}"
    headers = {**HTMX, "hx-current-url": f"http://testserver{here}"}
    autosave(alice, cast, instructions="New.")
    answer = alice.post(project_url(cast, "discard_draft", cast.assistant.id), headers=headers)
    assert answer["HX-Redirect"] == here
    autosave(alice, cast, instructions="New.")
    answer = alice.post(project_url(cast, "publish_draft", cast.assistant.id), headers=headers)
    assert answer["HX-Redirect"] == here
    assert Assistant.objects.get().instructions == "New."


def test_the_list_shows_versions_drafts_and_active_runs(cast: Cast, alice: Client) -> None:
    quiet = text(alice, project_url(cast, "assistant_column"))
    assert "v0" in quiet
    assert "A run is active" not in quiet
    assert "You have an unpublished draft" not in quiet
    make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    autosave(alice, cast, name="Other")
    busy = text(alice, project_url(cast, "assistant_column"))
    assert "A run is active" in busy
    assert "You have an unpublished draft" in busy
    menu = text(alice, project_url(cast, "assistant_menu", cast.assistant.id))
    for name in ("clone_assistant", "delete_assistant", "versions"):
        assert project_url(cast, name, cast.assistant.id) in menu
    Assistant.objects.all().delete()
    empty = text(alice, project_url(cast, "assistant_column"))
    assert "Start from a template." in empty
    assert project_url(cast, "import_assistants") in empty


def test_an_assistant_that_ran_is_deleted_by_typing_its_name(cast: Cast, alice: Client) -> None:
    address = project_url(cast, "delete_assistant", cast.assistant.id)
    assert "This assistant ran in 1 thread" in text(alice, address)
    refused = alice.post(address, {"confirm": "secret"})
    assert refused.status_code == 422
    assert "This doesn&#x27;t match the assistant&#x27;s name." in refused.content.decode()
    assert Assistant.objects.exists()
    assert alice.post(address, {"confirm": " Secret "}).status_code == 204
    assert not Assistant.objects.exists()


def test_one_that_never_ran_is_deleted_at_once(cast: Cast, alice: Client) -> None:
    Run.objects.all().delete()
    address = project_url(cast, "delete_assistant", cast.assistant.id)
    assert "Type <b>" not in text(alice, address)
    alice.post(address)
    assert not Assistant.objects.exists()


@pytest.mark.parametrize("number", [2, 30])
def test_the_number_of_queries_does_not_grow_with_the_list(
    cast: Cast, alice: Client, django_assert_max_num_queries: Any, number: int
) -> None:
    Assistant.objects.bulk_create(
        Assistant(project=cast.project, model="m", name=f"A {one}") for one in range(number)
    )
    with django_assert_max_num_queries(6):
        text(alice, project_url(cast, "assistant_column"))


def test_the_expanded_editor_shows_variables_and_changes(cast: Cast, alice: Client) -> None:
    Assistant.objects.update(instructions="Be kind to {{ user.name }}.")
    address = project_url(cast, "draft_instructions", cast.assistant.id)
    assert "No changes." in text(alice, address)
    autosave(alice, cast, instructions="Be <i> to {{ user.name }}, {{tone}} and {{ user.name }}.")
    page = text(alice, address)
    assert page.count('<code class="badge warn">') == 2
    assert '<code class="badge warn">tone</code>' in page
    assert "&lt;i&gt;" in page
    assert "<i>" not in page
    assert "No changes." in text(signed_in(cast.bob), address)


def test_the_list_is_sent_again_only_if_runs_changed(cast: Cast, alice: Client) -> None:
    address = project_url(cast, "assistant_column")
    assert alice.get(address, {"dots": "1"}).status_code == 204
    run = make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    assert (
        f'name="dot" value="{cast.assistant.id}"'
        in alice.get(address, {"dots": "1"}).content.decode()
    )
    now = {"dots": "1", "dot": cast.assistant.id}
    assert alice.get(address, now).status_code == 204
    Run.objects.filter(pk=run.pk).update(status="completed")
    assert 'name="dot"' not in alice.get(address, now).content.decode()


def test_the_limits_of_the_sandbox_are_shown(cast: Cast, alice: Client) -> None:
    page = squeezed(text(alice, project_url(cast, "assistant", cast.assistant.id)))
    assert "<dd>120 s</dd>" in page
    assert "<dd>1.0 GB</dd>" in page
    assert "<dt>Network</dt><dd>off</dd>" in page
