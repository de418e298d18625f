"""What an API client asks of runs: create, update, cancel, submit tool outputs."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain import limits, run_status
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.tools import FUNCTION
from assistants_app.events import publish
from assistants_app.events.log import NewEvent
from assistants_app.models import Assistant, AssistantDraft, Message, Project, Run, RunStep, Thread
from assistants_app.queries.runs.runs import active_run_id
from assistants_app.queries.threads.threads import get_message, is_last
from assistants_app.services import tool_settings
from assistants_app.services.assistants import configurations
from assistants_app.services.locks import lock_run, lock_thread
from assistants_app.services.publishing import dispatch_on_commit, publish_on_commit
from assistants_app.services.runs import transitions
from assistants_app.services.stores import attachments
from assistants_app.services.threads import copies
from assistants_app.services.threads.messages import add_messages, message_columns
from assistants_app.wire.runs.runs import (
    RunCreateParams,
    RunModifyParams,
    RunSettings,
    ThreadAndRunCreateParams,
    ToolOutputsParams,
)
from assistants_app.wire.threads.threads import ThreadCreateParams


@dataclass(frozen=True)
class Origin:
    """Who asked for a run, and for what of the assistant. `version`: as it was published under
    that number; else `draft_of`: the user whose draft it uses, if there is one. `api_key_id`:
    whose usage it is, empty for the site's; `from_page`: mocks of functions may answer for it.
    """

    version: int | None = None
    draft_of: User | None = None
    api_key_id: str = ""
    from_page: bool = False


SOMEBODY = Origin()


@transaction.atomic(durable=True)
def create_run(
    *,
    project: Project,
    thread_id: str,
    params: RunCreateParams,
    origin: Origin = SOMEBODY,
) -> Run:
    """Queue a run of an assistant on a thread, after adding the request's own messages.

    While another run is active: raises :class:`InvalidRequest` as the vendor did, unless the
    request says what to do instead.
    """
    thread = lock_thread(project, thread_id)
    if run_id := active_run_id(thread):
        if params.on_active_run is None:
            raise InvalidRequest(f"Thread {thread.id} already has an active run {run_id}.")
        return _wait_in_line(project, thread, params, origin)
    added = add_messages(project, thread, params.additional_messages or [])
    happened = [event for message in added for event in publish.message_created(message)]
    run = _queue(
        project,
        thread,
        params,
        additional=params.additional_instructions,
        origin=origin,
    )
    publish_on_commit(thread.id, happened + publish.run_created(run))
    dispatch_on_commit(run.id)
    return run


@transaction.atomic(durable=True)
def rerun(
    *,
    project: Project,
    thread_id: str,
    message_id: str,
    params: RunCreateParams,
    text: str | None = None,
    origin: Origin = SOMEBODY,
) -> Run:
    """Run again from a message on, in a fork, so that both answers stay: from a reply, without
    all that its run wrote; from another message, or with a new `text` in its place, with it. The
    thread's last message needs no fork.

    Raises :class:`NotFound`, and :class:`InvalidRequest` as :func:`create_run` does.
    """
    thread = lock_thread(project, thread_id)
    message = get_message(project, thread_id, message_id)
    if text is None and message.role == "assistant":
        thread = copies.fork_before(message)
    elif not is_last(message):
        columns = copies.columns if text is None else partial(copies.edited, text=text)
        thread = copies.fork_with(message, columns(message))
    else:
        if run_id := active_run_id(thread):
            raise InvalidRequest(f"Thread {thread.id} already has an active run {run_id}.")
        if text is not None:
            _edit(message, copies.edited(message, text))
    additional = params.additional_instructions
    run = _queue(project, thread, params, additional=additional, origin=origin)
    publish_on_commit(thread.id, publish.run_created(run))
    dispatch_on_commit(run.id)
    return run


def _edit(message: Message, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(message, name, value)
    message.save(update_fields=list(columns))
    publish_on_commit(message.thread_id, [publish.message_modified(message)])


def _wait_in_line(
    project: Project,
    thread: Thread,
    params: RunCreateParams,
    origin: Origin,
) -> Run:
    """A run that starts, and adds its messages, once the thread is free."""
    waiting = Run.objects.filter(thread=thread, status=run_status.QUEUED, waits__isnull=False)
    if waiting.count() >= conf.RUNS_WAITING:
        raise InvalidRequest(f"Thread {thread.id} already has {conf.RUNS_WAITING} waiting runs.")
    rows = message_columns(project, params.additional_messages or [])
    # At once, so that they are indexed by the time that the run starts.
    attachments.add_attachments(project, thread, attachments.searched_attachments(rows))
    first = params.on_active_run == "interrupt"
    run = _queue(
        project,
        thread,
        params,
        additional=params.additional_instructions,
        waits={"messages": rows, "first": first},
        origin=origin,
    )
    happened = publish.run_created(run)
    if first:
        active = Run.objects.select_for_update(no_key=True).filter(
            thread=thread, status__in=run_status.ACTIVE, waits__isnull=True
        )
        for other in active.exclude(status=run_status.CANCELLING):
            happened += transitions.cancel(other)
    transitions.publish_and_start_next(thread.id, happened)
    return run


@transaction.atomic(durable=True)
def create_thread_and_run(
    *,
    project: Project,
    params: ThreadAndRunCreateParams,
    additional: str | None = None,
    origin: Origin = SOMEBODY,
) -> Run:
    """A new thread with its messages, and a run on it. `additional`: instructions after those of
    the assistant.
    """
    new = params.thread or ThreadCreateParams()
    thread = Thread.objects.create(
        project=project,
        metadata=new.metadata or {},
        tool_resources=tool_settings.tool_resources(
            project, new.tool_resources, store_days=limits.THREAD_STORE_DAYS
        ),
    )
    messages = add_messages(project, thread, new.messages or [])
    happened: list[NewEvent] = [publish.thread_created(thread)]
    happened += [event for message in messages for event in publish.message_created(message)]
    run = _queue(
        project,
        thread,
        params,
        additional=additional,
        tool_resources=tool_settings.tool_resources(project, params.tool_resources),
        origin=origin,
    )
    publish_on_commit(thread.id, happened + publish.run_created(run))
    dispatch_on_commit(run.id)
    return run


def _queue(
    project: Project,
    thread: Thread,
    params: RunSettings,
    *,
    additional: str | None = None,
    tool_resources: dict[str, Any] | None = None,
    waits: dict[str, Any] | None = None,
    origin: Origin,
) -> Run:
    try:
        assistant = Assistant.objects.get(project=project, pk=params.assistant_id)
    except Assistant.DoesNotExist:
        raise NotFound("assistant", params.assistant_id) from None
    version_number = assistant.version_number
    draft = None
    if origin.version is not None:
        version_number = origin.version
        assistant = configurations.published(project, assistant, origin.version)
    elif origin.draft_of is not None:
        draft = AssistantDraft.objects.filter(assistant=assistant, user=origin.draft_of).first()
    if draft is not None:
        version_number = draft.base_number
        assistant = configurations.drafted(project, assistant, draft)
    settings = transitions.settings_of(assistant, params, additional)
    _check_tool_choice(settings["tool_choice"], settings["tools"])
    now = timezone.now()
    return Run.objects.create(
        project=project,
        thread=thread,
        assistant_id=assistant.id,
        api_key_id=origin.api_key_id,
        created_at=now,
        expires_at=now + timedelta(seconds=conf.RUN_EXPIRES_AFTER),
        dispatched_at=now,
        tool_resources=tool_resources or assistant.tool_resources,
        waits=waits,
        version_number=version_number,
        used_draft=draft is not None,
        draft_author=origin.draft_of if draft else None,
        from_page=origin.from_page,
        **settings,
    )


def _check_tool_choice(choice: str | dict[str, Any], tools: list[dict[str, Any]]) -> None:
    """Refuse to ask for a tool that the run does not have."""
    if choice in ("auto", "none"):
        return
    problem = ""
    if not tools:
        problem = "'tool_choice' is only allowed when 'tools' are specified"
    elif isinstance(choice, dict) and not any(_is_chosen(choice, tool) for tool in tools):
        kind, name = choice["type"], (choice.get("function") or {}).get("name")
        what = f"function named '{name}'" if kind == FUNCTION else f"tool of type '{kind}'"
        problem = f"no {what} was specified in the 'tools' parameter"
    if problem:
        raise InvalidRequest(f"Invalid value for 'tool_choice': {problem}.", param="tool_choice")


def _is_chosen(choice: dict[str, Any], tool: dict[str, Any]) -> bool:
    if choice["type"] != tool["type"]:
        return False
    named = (choice.get("function") or {}).get("name")
    return bool(tool["type"] != FUNCTION or tool["function"]["name"] == named)


@transaction.atomic(durable=True)
def update_run(*, project: Project, thread_id: str, run_id: str, params: RunModifyParams) -> Run:
    """Change the run's metadata."""
    run = lock_run(project, thread_id, run_id)
    if "metadata" in params.model_fields_set:
        run.metadata = params.metadata or {}
        run.save(update_fields=["metadata"])
    return run


@transaction.atomic(durable=True)
def cancel_run(*, project: Project, thread_id: str, run_id: str) -> Run:
    """Ask the run to stop. One that no worker holds is cancelled at once; else its worker sees
    the state `cancelling` with its next heartbeat and ends the run itself.
    """
    run = lock_run(project, thread_id, run_id)
    if run.status == run_status.CANCELLING:
        return run
    if run.status not in run_status.ACTIVE:
        raise InvalidRequest(f"Cannot cancel run with status '{run.status}'.")
    transitions.publish_and_start_next(thread_id, transitions.cancel(run))
    return run


@transaction.atomic(durable=True)
def submit_tool_outputs(
    *, project: Project, thread_id: str, run_id: str, params: ToolOutputsParams
) -> Run:
    """Give the outputs of all calls that the run waits for, and queue it again."""
    run = lock_run(project, thread_id, run_id)
    if run.status != run_status.REQUIRES_ACTION:
        raise InvalidRequest(f'Runs in status "{run.status}" do not accept tool outputs.')
    step = RunStep.objects.get(run=run, status=run_status.IN_PROGRESS)
    outputs = {output.tool_call_id: output.output for output in params.tool_outputs}
    _check_calls(run, outputs, len(params.tool_outputs))
    for call in step.step_details["tool_calls"]:
        if call["type"] == FUNCTION and call["id"] in outputs:
            call["function"]["output"] = outputs[call["id"]]
    transitions.end_step(step, run_status.COMPLETED)
    run.status, run.required_action = run_status.QUEUED, None
    run.dispatched_at = timezone.now()
    run.save(update_fields=["status", "required_action", "dispatched_at"])
    publish_on_commit(thread_id, [publish.step_ended(step), publish.run_is(run_status.QUEUED, run)])
    dispatch_on_commit(run.id)
    return run


def _check_calls(run: Run, outputs: dict[str, str], given: int) -> None:
    waiting = run.required_action or {}
    calls = waiting["submit_tool_outputs"]["tool_calls"]
    expected = [call["id"] for call in calls]
    if set(outputs) != set(expected) or given != len(expected):
        raise InvalidRequest(
            f"Expected tool outputs for call_ids {expected}, got {list(outputs)}",
            param="tool_outputs",
        )
