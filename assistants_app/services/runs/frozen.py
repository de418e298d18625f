"""Freeze configurations, and run them whatever becomes of their assistants."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.contrib.auth.models import User

from assistants_app.domain.configurations.frozen import RUN_FIELDS, FrozenConfiguration
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tapes.policy import Policy
from assistants_app.events import publish
from assistants_app.models import Assistant, Project, Run, Tape, Thread
from assistants_app.services.act import act
from assistants_app.services.locks import lock_thread_for
from assistants_app.services.money.checks import require_means
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.runs.configuration import (
    Requester,
    RunConfiguration,
    template_for,
    with_values,
)
from assistants_app.services.runs.requests import new_run, store_if_free
from assistants_app.services.runs.room import require_room_for_run
from assistants_app.services.runs.tapes import put_on_tape
from assistants_app.services.space import require_space
from assistants_app.services.stores import attachments
from assistants_app.services.threads.messages import (
    has_attachments,
    insert_messages,
    message_columns,
)
from assistants_app.services.threads.room import require_room
from assistants_app.wire.runs.runs import OverrideParams
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import parse

OVERRIDES: Final = (*RUN_FIELDS, "additional_instructions")
"""What may replace parts of the configuration that is frozen."""


@dataclass(frozen=True, slots=True)
class Source:
    """What to freeze: an assistant as a run would find it now, or a `model` alone.

    Of an assistant, it is the version with this number, or the draft of a user, or what is
    published.
    """

    assistant_id: str = ""
    version: int | None = None
    draft_of: User | None = None
    model: str = ""


def freeze(
    *, project: Project, source: Source, overrides: Mapping[str, Any] | None = None
) -> FrozenConfiguration:
    """Return the source's configuration, with fields replaced as a request for a run can do.

    Raises :class:`NotFound` without the assistant, its version, a file or a vector store. Raises
    :class:`InvalidRequest` for an override that the API refuses, without the draft, and for one
    that can't be published.
    """
    params = _parse_overrides(source, overrides or {})
    # A model alone is an assistant that has nothing else, and is never stored.
    alone = None if source.assistant_id else Assistant(id="", project=project, model=source.model)
    found = template_for(
        project,
        params,
        Requester(source.version, source.draft_of) if source.assistant_id else Requester(),
        assistant=alone,
        additional_instructions=params.additional_instructions,
        tool_resources=params.tool_resources,
    )
    if source.draft_of and not found.used_draft:
        # What is published would answer in its place, and nobody would notice.
        raise InvalidRequest(
            "You have no draft of this assistant any more. Choose a version.", param="version"
        )
    return FrozenConfiguration(
        values={name: getattr(found, name) for name in RUN_FIELDS},
        assistant_id=found.assistant_id,
        version_number=found.version_number,
        used_draft=found.used_draft,
        draft_author_id=found.draft_author.pk if found.draft_author else None,
        declarations=found.declarations,
    )


def _parse_overrides(source: Source, overrides: Mapping[str, Any]) -> OverrideParams:
    for name in overrides:
        if name not in OVERRIDES:
            raise InvalidRequest(
                f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter"
            )
    model = {} if source.assistant_id else {"model": source.model}
    params = parse(OverrideParams, {"assistant_id": source.assistant_id, **model, **overrides})
    search = params.tool_resources and params.tool_resources.file_search
    if search and search.vector_stores:
        # Freezing reads. A store that it made would belong to nothing if no run follows.
        raise InvalidRequest(
            "A frozen configuration can't describe new vector stores. Create the store first, then "
            "name it in 'vector_store_ids'.",
            param="tool_resources.file_search.vector_stores",
            code="invalid_value",
        )
    return params


def override(
    project: Project, frozen: FrozenConfiguration, overrides: Mapping[str, Any]
) -> FrozenConfiguration:
    """Return a frozen configuration with fields replaced. Raises like :func:`freeze`."""
    params = _parse_overrides(Source(model=frozen.values["model"]), overrides)
    # A model alone that has these values is frozen like any other.
    alone = Assistant(id="", project=project, **_assistant_columns(frozen))
    found = template_for(
        project,
        params,
        Requester(),
        assistant=alone,
        additional_instructions=params.additional_instructions,
        tool_resources=params.tool_resources,
    )
    given = {name for name in RUN_FIELDS if getattr(params, name, None) is not None}
    if params.additional_instructions:
        given.add("instructions")
    values = dict(frozen.values)
    values.update((name, getattr(found, name)) for name in RUN_FIELDS if name in given)
    return replace(frozen, values=values)


def _assistant_columns(frozen: FrozenConfiguration) -> dict[str, Any]:
    columns = {field.name for field in Assistant._meta.concrete_fields}
    return {name: value for name, value in frozen.values.items() if name in columns}


@act(require_space, require_means, require_room_for_run)
def create_frozen_run(
    *,
    project: Project,
    thread_id: str,
    frozen: FrozenConfiguration,
    origin: str,
    person_id: int | None = None,
    api_key_id: str = "",
    messages: Iterable[MessageCreateParams] = (),
    variables: Mapping[str, Any] | None = None,
    metadata: Mapping[str, str] | None = None,
    tape: Tape | None = None,
    tape_policy: Policy | None = None,
) -> Run:
    """Add messages to a thread, and queue a run on it with exactly this configuration.

    `variables` are values for its declarations. The calls of a run with a `tape` are answered as
    `tape_policy` says, or else the tape's own policy. With a policy alone, no call has a recorded
    output, so it decides about all of them. `person_id` is charged where nobody acts, as in a
    worker. Raises :class:`NotFound` without the thread, and :class:`InvalidRequest` while another
    run of it is active, and like :func:`with_values`.
    """
    thread = lock_thread_for(project, thread_id).thread
    template = _run_configuration(frozen, metadata or {})
    configuration = with_values(project, template, variables or {})
    requester = Requester(api_key_id=api_key_id, person_id=person_id, origin=origin)
    run = new_run(project, thread, configuration, requester)
    put_on_tape(run, tape, tape_policy)
    added, active = store_if_free(project, thread, run, messages)
    if active:
        raise InvalidRequest(f"Thread {thread.id} already has an active run {active}.")
    happened = [event for message in added for event in publish.message_created(message)]
    publish_on_commit(thread.id, happened + publish.run_created(run), and_dispatch=run.id)
    return run


def insert_frozen_run(
    project: Project,
    thread: Thread,
    frozen: FrozenConfiguration,
    requester: Requester,
    messages: Iterable[MessageCreateParams] = (),
    variables: Mapping[str, Any] | None = None,
    tape: Tape | None = None,
    tape_policy: Policy | None = None,
) -> Run:
    """Do what :func:`create_frozen_run` does on a locked thread without an active run, within the
    transaction of an act that does more.
    """
    rows = message_columns(project, messages)
    if has_attachments(rows):
        attachments.attach_to_thread(project, thread, rows)
    configuration = with_values(project, _run_configuration(frozen, {}), variables or {})
    run = new_run(project, thread, configuration, requester)
    put_on_tape(run, tape, tape_policy)
    require_room(thread.id, len(rows) + 1)
    added = insert_messages(thread.id, rows)
    run.save(force_insert=True)
    happened = [event for message in added for event in publish.message_created(message)]
    publish_on_commit(thread.id, happened + publish.run_created(run), and_dispatch=run.id)
    return run


def _run_configuration(
    frozen: FrozenConfiguration, metadata: Mapping[str, str]
) -> RunConfiguration:
    return RunConfiguration(
        assistant_id=frozen.assistant_id,
        version_number=frozen.version_number,
        used_draft=frozen.used_draft,
        # The assistant isn't looked up, but the author's row has to be there: it is a foreign key.
        draft_author=User.objects.filter(pk=frozen.draft_author_id).first()
        if frozen.draft_author_id
        else None,
        metadata=dict(metadata),
        declarations=frozen.declarations,
        **{name: frozen.values[name] for name in RUN_FIELDS},
    )
