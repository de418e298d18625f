"""Create, update and cancel runs, and submit tool outputs to them."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from assistants_app import conf
from assistants_app.domain import limits, run_status
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tools import FUNCTION
from assistants_app.events import publish
from assistants_app.events.log import NewEvent
from assistants_app.models import Assistant, Message, Project, Run, Thread
from assistants_app.queries.runs.runs import active_run_id
from assistants_app.queries.threads.threads import get_message, is_last, last_question
from assistants_app.services import tool_settings
from assistants_app.services.act import act
from assistants_app.services.locks import lock_run, lock_thread, lock_thread_for
from assistants_app.services.money.checks import current_caller, require_means
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.receipts import note_of, record_note
from assistants_app.services.runs import transitions
from assistants_app.services.runs.configuration import (
    Requester,
    RunConfiguration,
    configuration_for,
)
from assistants_app.services.runs.room import require_room_for_run
from assistants_app.services.space import require_space
from assistants_app.services.stores import attachments
from assistants_app.services.threads import copies
from assistants_app.services.threads.messages import (
    has_attachments,
    insert_messages,
    message_columns,
    new_messages,
    replace_text,
)
from assistants_app.services.threads.room import (
    check_stored,
    require_room,
    require_room_to_wait,
)
from assistants_app.statements.threads import store_run, store_thread_and_run
from assistants_app.wire.runs.runs import (
    RunCreateParams,
    RunModifyParams,
    ThreadAndRunCreateParams,
    ToolOutputsParams,
)
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.threads.threads import ThreadCreateParams

# The assistant as published, and no API key to charge.
DEFAULT_REQUESTER = Requester()


@act(require_space, require_means, require_room_for_run)
def create_run(
    *,
    project: Project,
    thread_id: str,
    params: RunCreateParams,
    requester: Requester = DEFAULT_REQUESTER,
) -> Run:
    """Add the request's messages to a thread, and queue a run on it.

    Raises :class:`NotFound` without the thread or the assistant. Raises :class:`InvalidRequest`
    while another run is active, like OpenAI, unless the request's `on_active_run` is set. The same
    goes for a thread that is full.
    """
    # Locked first, so that two requests at once can't both find the thread free.
    locked = lock_thread_for(project, thread_id, assistant_id=params.assistant_id)
    thread, active = locked.thread, locked.active_run_id
    if not active:
        configuration = _resolve_configuration(project, params, requester, locked.assistant)
        run = new_run(project, thread, configuration, requester)
        added, active = store_if_free(project, thread, run, params.additional_messages or [])
    if active:
        if params.on_active_run is None:
            raise InvalidRequest(f"Thread {thread.id} already has an active run {active}.")
        # Once more, because the store that found the run has ended the transaction.
        thread = lock_thread(project, thread_id)
        return _insert_waiting_run(project, thread, params, requester)
    happened = [event for message in added for event in publish.message_created(message)]
    publish_on_commit(thread.id, happened + publish.run_created(run), and_dispatch=run.id)
    return run


def store_if_free(
    project: Project, thread: Thread, run: Run, params: Iterable[MessageCreateParams]
) -> tuple[list[Message], str | None]:
    """Return the messages that were added with the run, or the ID of the run that is active."""
    rows = message_columns(project, params)
    if attaches := has_attachments(rows):
        # Attaching has effects of its own, so ask before, now that the thread is locked.
        if active := active_run_id(thread):
            return [], active
        attachments.attach_to_thread(project, thread, rows)
    added = new_messages(thread.id, rows)
    note = note_of(run)
    stored = store_run(run, added, note, ends=not attaches)
    record_note(note, stored)
    check_stored(thread.id, stored)
    return added, stored.active_run_id


def _resolve_configuration(
    project: Project,
    params: RunCreateParams,
    requester: Requester,
    assistant: Assistant | None = None,
) -> RunConfiguration:
    additional = params.additional_instructions
    return configuration_for(
        project, params, requester, assistant=assistant, additional_instructions=additional
    )


@act(require_space, require_means, require_room_for_run)
def rerun(
    *,
    project: Project,
    thread_id: str,
    message_id: str,
    params: RunCreateParams,
    text: str | None = None,
    requester: Requester = DEFAULT_REQUESTER,
) -> Run:
    """Queue another run from a message on, in a fork of the thread, so that both answers stay.

    A fork from a reply leaves out everything that the reply's run wrote. A fork from any other
    message ends with it, or with `text` in its place. The last message needs no fork.

    Raises :class:`NotFound`, and :class:`InvalidRequest` like :func:`create_run`.
    """
    configuration = _resolve_configuration(project, params, requester)
    thread = lock_thread(project, thread_id)
    message = get_message(project, thread_id, message_id)
    if text is None and message.role == "assistant":
        thread = copies.fork_before(message, requester.origin)
    elif not is_last(message):
        columns = (
            copies.copied_columns if text is None else partial(copies.edited_columns, text=text)
        )
        thread = copies.fork_replacing(message, columns(message), requester.origin)
    else:
        # Nothing comes after this message, so it is edited in place.
        if run_id := active_run_id(thread):
            raise InvalidRequest(f"Thread {thread.id} already has an active run {run_id}.")
        if text is not None:
            replace_text(message, text)
    require_room(thread.id)
    run = _insert_run(project, thread, configuration, requester)
    publish_on_commit(thread.id, publish.run_created(run), and_dispatch=run.id)
    return run


@act(require_space, require_means, require_room_for_run)
def repeat(
    *,
    project: Project,
    thread_id: str,
    params: RunCreateParams,
    requester: Requester = DEFAULT_REQUESTER,
) -> Run:
    """Queue another run for the thread's last user message, in a fork if it has an answer already.

    An answer that is still being written counts, and goes on being written.

    Raises :class:`NotFound`, and :class:`InvalidRequest` like :func:`create_run` or if the thread
    has no user message.
    """
    configuration = _resolve_configuration(project, params, requester)
    thread = lock_thread(project, thread_id)
    asked = last_question(thread)
    if asked is None:
        raise InvalidRequest("This thread has no user message to run again. Send one first.")
    if not is_last(asked) or active_run_id(thread):
        thread = copies.fork_replacing(asked, copies.copied_columns(asked), requester.origin)
    require_room(thread.id)
    run = _insert_run(project, thread, configuration, requester)
    publish_on_commit(thread.id, publish.run_created(run), and_dispatch=run.id)
    return run


def _insert_waiting_run(
    project: Project,
    thread: Thread,
    params: RunCreateParams,
    requester: Requester,
) -> Run:
    waiting = Run.objects.filter(thread=thread, status=run_status.QUEUED, waits__isnull=False)
    if waiting.count() >= conf.RUNS_WAITING:
        raise InvalidRequest(f"Thread {thread.id} already has {conf.RUNS_WAITING} waiting runs.")
    configuration = _resolve_configuration(project, params, requester)
    rows = message_columns(project, params.additional_messages or [])
    require_room_to_wait(thread.id, len(rows))
    # Now rather than when the run starts, so that the files are indexed by then.
    attachments.attach_to_thread(project, thread, rows)
    interrupts = params.on_active_run == "interrupt"
    waits = {"messages": rows, "first": interrupts}
    run = _insert_run(project, thread, configuration, requester, waits=waits)
    happened = publish.run_created(run)
    if interrupts:
        active = Run.objects.select_for_update(no_key=True).filter(
            thread=thread, status__in=run_status.ACTIVE, waits__isnull=True
        )
        for other in active.exclude(status=run_status.CANCELLING):
            happened += transitions.cancel(other)
    transitions.publish_and_start_next(thread.id, happened)
    return run


@act(require_space, require_means, require_room_for_run)
def create_thread_and_run(
    *,
    project: Project,
    params: ThreadAndRunCreateParams,
    additional_instructions: str | None = None,
    requester: Requester = DEFAULT_REQUESTER,
) -> Run:
    """Create a thread with its messages, and queue a run on it.

    `additional_instructions` are appended to those of the assistant. Raises like
    :func:`create_run`.
    """
    configuration = configuration_for(
        project,
        params,
        requester,
        additional_instructions=additional_instructions,
        tool_resources=params.tool_resources,
    )
    new = params.thread or ThreadCreateParams()
    thread = Thread(
        project=project,
        origin=requester.origin,
        metadata=new.metadata or {},
        tool_resources=tool_settings.resolve_tool_resources(
            project, new.tool_resources, store_days=limits.THREAD_STORE_DAYS
        ),
    )
    rows = message_columns(project, new.messages or [])
    run = new_run(project, thread, configuration, requester)
    if has_attachments(rows):
        # Attaching writes to the thread, so it has to be there.
        thread.save(force_insert=True)
        attachments.attach_to_thread(project, thread, rows)
        messages = insert_messages(thread.id, rows)
        run.save(force_insert=True)
    else:
        messages = new_messages(thread.id, rows)
        note = note_of(run)
        record_note(note, store_thread_and_run(thread, messages, run, note))
    happened: list[NewEvent] = [publish.thread_created(thread)]
    happened += [event for message in messages for event in publish.message_created(message)]
    publish_on_commit(thread.id, happened + publish.run_created(run), and_dispatch=run.id)
    return run


def _insert_run(
    project: Project,
    thread: Thread,
    configuration: RunConfiguration,
    requester: Requester,
    *,
    waits: dict[str, Any] | None = None,
) -> Run:
    run = new_run(project, thread, configuration, requester, waits=waits)
    run.save(force_insert=True)
    return run


def new_run(
    project: Project,
    thread: Thread,
    configuration: RunConfiguration,
    requester: Requester,
    *,
    waits: dict[str, Any] | None = None,
) -> Run:
    """Return a run that isn't stored yet."""
    now = timezone.now()
    return Run(
        project=project,
        thread=thread,
        api_key_id=requester.api_key_id,
        person_id=requester.person_id or current_caller().person_id,
        origin=requester.origin,
        created_at=now,
        expires_at=now + timedelta(seconds=conf.RUN_EXPIRES_AFTER),
        # The task is sent after the commit. Until then the sweeper must not find it forgotten.
        dispatched_at=now,
        waits=waits,
        **configuration.columns(),
    )


@act()
def update_run(*, project: Project, thread_id: str, run_id: str, params: RunModifyParams) -> Run:
    """Replace the run's metadata. Raises :class:`NotFound`."""
    run = lock_run(project, thread_id, run_id)
    if "metadata" in params.model_fields_set:
        run.metadata = params.metadata or {}
        run.save(update_fields=["metadata"])
    return run


@act()
def cancel_run(
    *, project: Project, thread_id: str, run_id: str, holds_waiting: bool = False
) -> Run:
    """Cancel a run: at once if no worker holds it, otherwise at its worker's next heartbeat.

    With `holds_waiting`, runs that wait for it don't start before they are sent by
    :func:`send_held_run`.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a run that has ended.
    """
    run = lock_run(project, thread_id, run_id)
    # Cancelling twice is not an error.
    if run.status == run_status.CANCELLING:
        return run
    if run.status not in run_status.ACTIVE:
        raise InvalidRequest(f"Cannot cancel run with status '{run.status}'.")
    if holds_waiting and run.waits is None:
        waiting = transitions.lock_waiting_runs(thread_id)
        Run.objects.filter(pk__in=[one.id for one in waiting]).update(held=True)
    transitions.publish_and_start_next(thread_id, transitions.cancel(run))
    return run


@act()
def send_held_run(*, project: Project, thread_id: str, run_id: str) -> Run:
    """Let a held run take its turn: now if the thread is free, otherwise when it is.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a run that isn't held any more.
    """
    # The thread first, as in `create_run`: two runs must not both find it free.
    lock_thread(project, thread_id)
    # All of them in the same order as elsewhere, so that no two requests wait for each other.
    transitions.lock_waiting_runs(thread_id)
    run = lock_run(project, thread_id, run_id)
    if not run.held or run.status != run_status.QUEUED:
        raise InvalidRequest(f"Run {run.id} isn't held.")
    run.held = False
    run.save(update_fields=["held"])
    transitions.publish_and_start_next(thread_id, [publish.run_is(run_status.QUEUED, run)])
    return run


@act()
def submit_tool_outputs(
    *, project: Project, thread_id: str, run_id: str, params: ToolOutputsParams
) -> Run:
    """Store the outputs of all calls that the run waits for, and queue the run again.

    Raises :class:`NotFound`, and :class:`InvalidRequest` if the run doesn't wait for outputs or the
    outputs aren't those of exactly its calls.
    """
    run = lock_run(project, thread_id, run_id)
    put_outputs(run, params)
    return run


def put_outputs(run: Run, params: ToolOutputsParams) -> None:
    """Do what :func:`submit_tool_outputs` does with a locked run, within another act."""
    if run.status != run_status.REQUIRES_ACTION:
        raise InvalidRequest(f'Runs in status "{run.status}" do not accept tool outputs.')
    step = run.steps.get(status=run_status.IN_PROGRESS)
    outputs = {item.tool_call_id: item.output or "" for item in params.tool_outputs}
    _check_outputs(run, outputs, len(params.tool_outputs))
    for call in step.step_details["tool_calls"]:
        if call["type"] == FUNCTION and call["id"] in outputs:
            call["function"]["output"] = outputs[call["id"]]
    transitions.end_step(step, run_status.COMPLETED)
    run.status, run.required_action = run_status.QUEUED, None
    run.dispatched_at = timezone.now()
    run.save(update_fields=["status", "required_action", "dispatched_at"])
    publish_on_commit(
        run.thread_id,
        [publish.step_ended(step), publish.run_is(run_status.QUEUED, run)],
        and_dispatch=run.id,
    )


def _check_outputs(run: Run, outputs: dict[str, str], given: int) -> None:
    waiting = run.required_action or {}
    calls = waiting["submit_tool_outputs"]["tool_calls"]
    expected = [call["id"] for call in calls]
    # The number shows calls that were answered twice.
    if set(outputs) != set(expected) or given != len(expected):
        raise InvalidRequest(
            f"Expected tool outputs for call_ids {expected}, got {list(outputs)}",
            param="tool_outputs",
        )
