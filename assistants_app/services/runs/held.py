"""Write to a run as the worker that holds its lease.

The lease is in the run's row: only `lease_owner` may write, until `lease_expires_at` by the
database's clock. Every write checks it first and raises :class:`LeaseLost` if another worker has
taken the run over. A fault of the database delays a write, and doesn't fail it
(:mod:`.persistence`).
"""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.money.limits import Use
from assistants_app.domain.tools import CODE_INTERPRETER, FUNCTION
from assistants_app.events import publish
from assistants_app.events.log import NewEvent
from assistants_app.models import Message, Run, RunStep
from assistants_app.queries.runs.code_sessions import files_made_by
from assistants_app.queries.threads.prompt_messages import FIRST_PAGE
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.runs import costs, transitions
from assistants_app.services.runs.persistence import LeaseLost, persistent, persistently
from assistants_app.services.runs.progress import Content, Progress
from assistants_app.services.runs.provider_calls import new_call, save_call
from assistants_app.statements import runs as statements
from assistants_app.wire.runs.runs import required_action
from assistants_app.wire.runs.steps import (
    MESSAGE_CREATION,
    TOOL_CALLS,
    message_creation_details,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import attachment

Claimed = statements.Claimed

# The statuses in which a worker may write. It also ends runs that are being cancelled.
HELD = (run_status.IN_PROGRESS, run_status.CANCELLING)

# The error of a step whose calls were cut. Its status is not "completed", so no model sees them.
CUT = {
    "code": "server_error",
    "message": "The reply reached its token limit in the middle of a tool call, so the call was "
    "not carried out.",
}


@persistent
def claim_run(*, run_id: str, owner: str) -> Claimed | None:
    """Claim a run that is queued or has lost its worker. Return None if it can't be claimed."""
    # A single statement, which is a transaction by itself.
    claimed = statements.claim(run_id, owner, messages=FIRST_PAGE)
    if claimed is None:
        return None
    run = claimed.run
    publish_on_commit(run.thread_id, [publish.run_is(run_status.IN_PROGRESS, run)])
    return claimed


def renew_leases(owners: dict[str, str]) -> dict[str, str]:
    """Extend the leases of runs. `owners` are the leases' owners by run id.

    Return the status of each run that is still held, or ``expired`` if it has run out of time. Runs
    that were taken over or deleted are missing.
    """
    # One query for all runs of a worker. It also answers whether a run was cancelled or has
    # expired, which would otherwise take a query per run and heartbeat.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE run SET lease_expires_at = now() + make_interval(secs => %s)"
            " FROM unnest(%s::text[], %s::text[]) AS held(run_id, owner)"
            " WHERE run.id = held.run_id AND lease_owner = held.owner AND status = ANY(%s)"
            " RETURNING run.id, status, expires_at <= now()",
            [
                conf.LEASE_SECONDS,
                list(owners),
                list(owners.values()),
                list(HELD),
            ],
        )
        return {
            run_id: run_status.EXPIRED if expired else status
            for run_id, status, expired in cursor.fetchall()
        }


def open_message(*, run: Run, reasoning: dict[str, str] | None = None) -> tuple[Message, RunStep]:
    """Create an open message, and the step that writes it.

    `reasoning` has the ``id`` and ``text`` of the model's reasoning before it.
    """
    message = Message(
        thread_id=run.thread_id,
        role="assistant",
        status=run_status.IN_PROGRESS,
        assistant_id=run.assistant_id,
        run_id=run.id,
    )
    step = _new_step(run, MESSAGE_CREATION, message_creation_details(message.id), reasoning)
    _insert_open_message(run=run, message=message, step=step)
    publish_on_commit(run.thread_id, publish.step_created(step) + publish.message_created(message))
    return message, step


@persistent
def _insert_open_message(*, run: Run, message: Message, step: RunStep) -> None:
    # A single statement, which is a transaction by itself.
    if not statements.open_message(run, HELD, message, step):
        raise LeaseLost


@persistent
@transaction.atomic(durable=True)
def close_message(
    *, run: Run, message: Message, step: RunStep, content: list[dict[str, Any]]
) -> None:
    """Complete a message while its turn continues with tool calls."""
    _check_lease(run)
    message.content = content
    transitions.end_message(message)
    transitions.end_step(step, run_status.COMPLETED, usage={})
    publish_on_commit(run.thread_id, [publish.message_ended(message), publish.step_ended(step)])


def open_tool_calls(*, run: Run, reasoning: dict[str, str] | None = None) -> RunStep:
    """Create an open step for tool calls. `reasoning` is as in :func:`open_message`."""
    step = _new_step(run, TOOL_CALLS, tool_calls_details([]), reasoning)
    _insert_open_step(run=run, step=step)
    publish_on_commit(run.thread_id, publish.step_created(step))
    return step


@persistent
@transaction.atomic(durable=True)
def _insert_open_step(*, run: Run, step: RunStep) -> None:
    _check_lease(run)
    # It may be there already, from an attempt whose commit was interrupted.
    RunStep.objects.bulk_create([step], ignore_conflicts=True)


@persistent
@transaction.atomic(durable=True)
def save_calls(*, run: Run, step: RunStep, progress: Progress) -> None:
    """Store the calls of a step before the worker carries them out."""
    # If the worker is lost meanwhile, the calls and the tokens for them are still known.
    _check_lease(run)
    save_call(run, progress.model_call)
    step.step_details = tool_calls_details(progress.calls[step.id])
    step.usage = dict(progress.usage)
    step.save(update_fields=["step_details", "usage", "first_token_at"])
    _add_usage(run, progress)


@persistent
@transaction.atomic(durable=True)
def close_tool_calls(*, run: Run, step: RunStep, progress: Progress) -> None:
    """Complete a step whose calls all have their outputs."""
    _check_lease(run)
    save_call(run, progress.model_call)
    step.step_details = tool_calls_details(progress.calls[step.id])
    transitions.end_step(
        step, run_status.COMPLETED, usage=costs.sum_usage(step.usage, progress.usage)
    )
    _add_usage(run, progress)
    publish_on_commit(run.thread_id, [publish.step_ended(step)])


@persistent
@transaction.atomic(durable=True)
def require_action(*, run: Run, step: RunStep, progress: Progress) -> None:
    """Release a run until the outputs of its function calls are submitted."""
    # Not if the run is being cancelled: it would wait for outputs instead of ending.
    _check_lease(run, status=run_status.IN_PROGRESS)
    save_call(run, progress.model_call)
    calls = progress.calls[step.id]
    step.step_details = tool_calls_details(calls)
    step.usage = costs.sum_usage(step.usage, progress.usage)
    step.waits_since = timezone.now()
    step.save(
        update_fields=["step_details", "shown_to_model", "usage", "first_token_at", "waits_since"]
    )
    waiting = [
        call for call in calls if call["type"] == FUNCTION and call["function"]["output"] is None
    ]
    run.status, run.required_action = run_status.REQUIRES_ACTION, required_action(waiting)
    # Attempts count from zero again, because the next claim doesn't repeat lost work.
    run.lease_owner, run.lease_expires_at, run.attempts = "", None, 0
    costs.count_on_commit(run, costs.add_usage(run, progress))
    run.save(
        update_fields=[
            "status",
            "required_action",
            "lease_owner",
            "lease_expires_at",
            "attempts",
            *costs.USAGE_COLUMNS,
        ]
    )
    publish_on_commit(run.thread_id, [publish.run_is(run_status.REQUIRES_ACTION, run)])


def complete_run(*, run: Run, message: Message, step: RunStep, progress: Progress) -> None:
    """Complete the message, its step and the run."""
    if any(tool["type"] == CODE_INTERPRETER for tool in run.tools):
        made = files_made_by(run)
        message.attachments = [attachment(file_id, CODE_INTERPRETER) for file_id in made]
        message.has_attachments = bool(made)
    message.content = progress.texts[message.id]
    transitions.mark_message_ended(message)
    transitions.mark_step_ended(step, run_status.COMPLETED, usage=dict(progress.usage))
    # A copy: if this fails, the caller ends the run in another way, and with its lease.
    ended = copy(run)
    used = costs.add_usage(ended, progress)
    transitions.mark_run_ended(ended, run_status.COMPLETED)
    end = statements.EndOfRun(
        ended,
        run.lease_owner,
        message,
        step,
        new_call(run, progress.model_call),
        run_columns=transitions.RUN_END_COLUMNS,
        message_columns=transitions.MESSAGE_END_COLUMNS,
    )
    # Nearly every run ends with a single statement, which is a transaction by itself.
    if persistently(statements.close_simple_run, end, run_status.IN_PROGRESS):
        _publish_end(run, end, used)
    else:
        _close_locked_run(run=run, end=end, used=used)


@persistent
@transaction.atomic(durable=True)
def _close_locked_run(*, run: Run, end: statements.EndOfRun, used: Use) -> None:
    if not _is_stored(end.run):
        _store_end(run, end)
    _publish_end(run, end, used, may_free_another=True)


def _is_stored(ended: Run) -> bool:
    # The statement may have been committed although the connection was lost before its answer.
    found = Run.objects.filter(pk=ended.pk, lease_owner="", completed_at=ended.completed_at)
    return found.exists()


def _store_end(run: Run, end: statements.EndOfRun) -> None:
    # Either another run waits, or a request cancels this run just now to start its own. A statement
    # that waited for that request would not see its run, so the lock comes first.
    _check_lease(run)
    found = statements.close_run(end, HELD)
    if found is None:
        raise LeaseLost
    # After a crash of the database, rows may be missing whose commit didn't wait for the disk.
    if not found.message:
        end.message.save(force_insert=True)
    if not found.step:
        end.step.save(force_insert=True)


def _publish_end(
    run: Run, end: statements.EndOfRun, used: Use, *, may_free_another: bool = False
) -> None:
    costs.count_on_commit(end.run, used)
    for name in transitions.RUN_END_COLUMNS:
        setattr(run, name, getattr(end.run, name))
    happened = [
        publish.message_ended(end.message),
        publish.step_ended(end.step),
        publish.run_is(run.status, run),
    ]
    if may_free_another:
        transitions.publish_and_start_next(run.thread_id, happened)
    else:
        publish_on_commit(run.thread_id, happened)


@persistent
@transaction.atomic(durable=True)
def cut_run(*, run: Run, message: Message | None, progress: Progress, reason: str) -> None:
    """End a run that reached a token limit; `reason` is the vendor's ``max_..._tokens``.

    Calls that the limit cut are stored as they are, in a failed step.
    """
    _check_lease(run)
    save_call(run, progress.model_call)
    transitions.insert_lost(progress.opened)
    costs.count_on_commit(run, costs.add_usage(run, progress))
    happened: list[NewEvent] = []
    if message is not None:
        message.content = progress.texts[message.id]
        transitions.end_message(message, reason="max_tokens")
        happened.append(publish.message_ended(message))
    for step in run.steps.filter(status=run_status.IN_PROGRESS):
        calls = progress.calls.get(step.id)
        if calls is not None:
            step.step_details = tool_calls_details(calls)
        status, error = (run_status.COMPLETED, None) if calls is None else (run_status.FAILED, CUT)
        transitions.end_step(step, status, error=error, usage=dict(progress.usage))
        happened.append(publish.step_ended(step))
    happened += transitions.end_run(run, run_status.INCOMPLETE, reason=reason)
    transitions.publish_and_start_next(run.thread_id, happened)


@persistent
@transaction.atomic(durable=True)
def stop_run(
    *,
    run: Run,
    status: str,
    progress: Progress,
    error: dict[str, str] | None = None,
    message_reason: str | None = None,
) -> None:
    """End a run before its reply is complete, with the status cancelled, expired or failed.

    `message_reason` says why open messages are incomplete, if it doesn't follow from the status.
    """
    _check_lease(run)
    # Readers have seen the text and calls so far, so they are stored.
    save_call(run, progress.model_call)
    transitions.insert_lost(progress.opened)
    transitions.save_texts(progress.texts)
    transitions.save_open_calls(progress.calls)
    happened: list[NewEvent] = []
    # Before the run ends, which would give its messages the reason of its status.
    if message_reason:
        for message in Message.objects.filter(run_id=run.id, status=run_status.IN_PROGRESS):
            transitions.end_message(message, reason=message_reason)
            happened.append(publish.message_ended(message))
    happened += transitions.end_run(run, status, error=error)
    transitions.publish_and_start_next(run.thread_id, happened)


@persistent
@transaction.atomic(durable=True)
def close_lost_attempt(*, run: Run, texts: Mapping[str, Content]) -> None:
    """End the messages and steps that a lost worker left open, before the run starts again.

    `texts` is the content that readers have seen, by message id.
    """
    _check_lease(run)
    transitions.save_texts(texts)
    error = {
        "code": "server_error",
        "message": "The worker stopped responding. Another worker continued the run.",
    }
    happened = transitions.close_open_work(run, run_status.FAILED, error=error)
    publish_on_commit(run.thread_id, happened)


def _check_lease(run: Run, *, status: str | None = None) -> None:
    # One statement locks the row for this transaction, checks the owner and extends the lease.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE run SET lease_expires_at = now() + make_interval(secs => %s)"
            " WHERE id = %s AND lease_owner = %s AND status = ANY(%s)",
            [conf.LEASE_SECONDS, run.id, run.lease_owner, [status] if status else list(HELD)],
        )
        if not cursor.rowcount:
            raise LeaseLost


def _new_step(
    run: Run, kind: str, details: dict[str, Any], reasoning: dict[str, str] | None
) -> RunStep:
    return RunStep(
        run=run,
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type=kind,
        step_details=details,
        reasoning=reasoning,
        # The model's first token opens a step. Stored now, so that the log shows it at once.
        first_token_at=timezone.now(),
    )


def _add_usage(run: Run, progress: Progress) -> None:
    costs.count_on_commit(run, costs.add_usage(run, progress))
    run.save(update_fields=costs.USAGE_COLUMNS)
