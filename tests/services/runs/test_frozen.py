"""Frozen configurations are what a run would have had, and run without their assistant."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from assistants_app.domain.configurations.frozen import RUN_FIELDS, FrozenConfiguration
from assistants_app.domain.configurations.origins import COMPARE, EXPERIMENT
from assistants_app.domain.errors import Forbidden, InvalidRequest, NotFound
from assistants_app.domain.rights import VIEWER
from assistants_app.models import Assistant, Message, Run, VectorStore
from assistants_app.services.acting import Actor, acting
from assistants_app.services.assistants import drafts
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.runs import requests as runs
from assistants_app.services.runs.configuration import Requester
from assistants_app.services.runs.frozen import Source, create_frozen_run, freeze
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast

PARAMETERS = {"type": "object", "properties": {"b": {}, "a": {}}}


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)


@pytest.fixture
def assistant(cast: Cast) -> Assistant:
    """An assistant with two versions, and a draft of alice's."""
    tools = [{"type": "function", "function": {"name": "f", "parameters": PARAMETERS}}]
    body = {"model": "m", "instructions": "One.", "tools": tools, "temperature": 0}
    params = parse(AssistantCreateParams, body)
    made = assistants.create_assistant(project=cast.project, params=params)
    assistants.update_assistant(
        project=cast.project,
        assistant_id=made.id,
        params=parse(AssistantModifyParams, {"instructions": "Two."}),
    )
    drafts.save_draft(
        project=cast.project,
        assistant_id=made.id,
        user=cast.alice,
        changes={"instructions": "Draft."},
    )
    return Assistant.objects.get(pk=made.id)


def settings_of(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in RUN_FIELDS}


def start(cast: Cast, frozen: FrozenConfiguration, **options: Any) -> Run:
    made = create_frozen_run(
        **{
            "project": cast.project,
            "thread_id": cast.thread.id,
            "frozen": frozen,
            "origin": EXPERIMENT,
            **options,
        }
    )
    return Run.objects.get(pk=made.id)


@pytest.mark.parametrize(
    ("version", "of_alice", "instructions", "number"),
    [(None, False, "Two.", 2), (1, False, "One.", 1), (None, True, "Draft.", 2)],
)
def test_a_frozen_run_is_the_run_that_the_assistant_would_have_had(
    cast: Cast,
    assistant: Assistant,
    version: int | None,
    of_alice: bool,
    instructions: str,
    number: int,
) -> None:
    draft_of = cast.alice if of_alice else None
    body = {"assistant_id": assistant.id, "top_p": 0.5, "additional_instructions": "Now."}
    usual = runs.create_run(
        project=cast.project,
        thread_id=cast.thread.id,
        params=parse(RunCreateParams, body),
        requester=Requester(version=version, draft_of=draft_of),
    )
    usual = Run.objects.get(pk=usual.id)
    Run.objects.filter(pk=usual.id).update(status="completed")
    del body["assistant_id"]
    source = Source(assistant.id, version, draft_of)
    frozen = freeze(project=cast.project, source=source, overrides=body)
    assert frozen.values["instructions"] == f"{instructions}\nNow."
    assert (frozen.version_number, frozen.used_draft) == (number, of_alice)
    made = start(cast, frozen)
    assert settings_of(made) == settings_of(usual)
    for name in ("assistant_id", "version_number", "used_draft", "draft_author_id", "metadata"):
        assert getattr(made, name) == getattr(usual, name), name
    assert (made.origin, usual.origin) == (EXPERIMENT, "api")


def test_a_frozen_run_needs_neither_its_assistant_nor_its_author(
    cast: Cast, assistant: Assistant
) -> None:
    frozen = freeze(project=cast.project, source=Source(assistant.id, draft_of=cast.alice))
    stored = frozen.as_json()
    update = parse(AssistantModifyParams, {"instructions": "Three.", "tools": []})
    assistants.update_assistant(project=cast.project, assistant_id=assistant.id, params=update)
    assistants.delete_assistant(project=cast.project, assistant_id=assistant.id)
    User.objects.filter(pk=cast.alice.pk).delete()
    made = start(cast, FrozenConfiguration.from_json(stored))
    assert settings_of(made) == frozen.values
    assert made.instructions == "Draft."
    assert made.tools[0]["function"]["name"] == "f"
    assert (made.assistant_id, made.used_draft, made.draft_author) == (assistant.id, True, None)


def test_a_published_draft_has_the_digest_of_the_draft(cast: Cast, assistant: Assistant) -> None:
    draft = freeze(project=cast.project, source=Source(assistant.id, draft_of=cast.alice))
    drafts.publish_draft(project=cast.project, assistant_id=assistant.id, user=cast.alice)
    published = freeze(project=cast.project, source=Source(assistant.id))
    assert (draft.used_draft, published.used_draft) == (True, False)
    assert published.version_number == 3
    assert published.digest == draft.digest
    earlier = freeze(project=cast.project, source=Source(assistant.id, version=2))
    assert earlier.digest != draft.digest


def test_a_model_alone_runs(cast: Cast) -> None:
    source = Source(model="gpt-x")
    frozen = freeze(project=cast.project, source=source, overrides={"instructions": "Rate it."})
    assert (frozen.assistant_id, frozen.values["model"]) == ("", "gpt-x")
    made = start(cast, frozen)
    assert (made.assistant_id, made.model, made.instructions) == ("", "gpt-x", "Rate it.")
    assert (made.tools, made.response_format, made.version_number) == ([], "auto", 0)
    assert not Assistant.objects.filter(pk="").exists()


@pytest.mark.parametrize(
    ("overrides", "param"),
    [
        ({"temperature": 3}, "temperature"),
        ({"tool_choice": "required", "tools": []}, "tool_choice"),
        ({"model": ""}, "model"),
        ({"metadata": {}}, "metadata"),
        ({"assistant_id": "asst_other"}, "assistant_id"),
        ({"nonsense": 1}, "nonsense"),
        (
            {"tool_resources": {"file_search": {"vector_stores": [{}]}}},
            "tool_resources.file_search.vector_stores",
        ),
    ],
)
def test_wrong_overrides_are_refused(
    cast: Cast, assistant: Assistant, overrides: dict[str, Any], param: str
) -> None:
    stores = VectorStore.objects.count()
    with pytest.raises(InvalidRequest) as refused:
        freeze(project=cast.project, source=Source(assistant.id), overrides=overrides)
    assert refused.value.param == param
    assert VectorStore.objects.count() == stores


@pytest.mark.parametrize(
    "source", [Source("asst_no"), Source("asst_no", version=1), Source("asst_\0")]
)
def test_what_is_not_there_cannot_be_frozen(cast: Cast, source: Source) -> None:
    with pytest.raises(NotFound):
        freeze(project=cast.project, source=source)


def test_nothing_of_another_project_is_frozen(cast: Cast, assistant: Assistant) -> None:
    with pytest.raises(NotFound):
        freeze(project=cast.other_project, source=Source(assistant.id))
    found = {"tool_resources": {"file_search": {"vector_store_ids": [cast.store.id]}}}
    with pytest.raises(NotFound):
        freeze(project=cast.other_project, source=Source(model="m"), overrides=found)


def test_a_model_without_a_name_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidRequest) as refused:
        freeze(project=cast.project, source=Source())
    assert refused.value.param == "model"


def test_messages_come_before_the_run(cast: Cast) -> None:
    message = parse(MessageCreateParams, {"role": "user", "content": "Hello"})
    frozen = freeze(project=cast.project, source=Source(model="m"))
    start(cast, frozen, messages=[message], metadata={"cell": "1"})
    newest = Message.objects.filter(thread=cast.thread).order_by("-pk")[0]
    assert newest.content[0]["text"]["value"] == "Hello"
    assert Run.objects.get(thread=cast.thread, status="queued").metadata == {"cell": "1"}


def test_a_thread_has_one_active_run(cast: Cast) -> None:
    frozen = freeze(project=cast.project, source=Source(model="m"))
    first = start(cast, frozen)
    message = parse(MessageCreateParams, {"role": "user", "content": "Lost"})
    before = Message.objects.count()
    with pytest.raises(InvalidRequest, match=f"already has an active run {first.id}"):
        start(cast, frozen, messages=[message])
    assert Message.objects.count() == before
    with pytest.raises(NotFound):
        start(cast, frozen, thread_id="thread_no")


def test_who_is_charged(cast: Cast) -> None:
    frozen = freeze(project=cast.project, source=Source(model="m"))
    made = start(cast, frozen, person_id=cast.bob.pk, api_key_id="key_1")
    assert (made.person_id, made.api_key_id) == (cast.bob.pk, "key_1")
    Run.objects.filter(pk=made.pk).update(status="completed")
    with acting(Actor(cast.project.id, "editor", user_id=cast.alice.pk)):
        made = start(cast, frozen, origin=COMPARE)
    assert (made.person_id, made.api_key_id, made.origin) == (cast.alice.pk, "", COMPARE)


def test_viewers_run_nothing(cast: Cast) -> None:
    frozen = freeze(project=cast.project, source=Source(model="m"))
    with acting(Actor(cast.project.id, VIEWER, user_id=cast.vera.pk)), pytest.raises(Forbidden):
        start(cast, frozen)
