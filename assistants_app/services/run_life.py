"""What a worker does to the run that it holds. Each write checks the lease first.

The lease is in the run's row: `lease_owner` may write until `lease_expires_at` (the database's
clock), and nobody else. Losing it raises :class:`LeaseLost`; the new owner carries on. `asked` is
the model call behind what is written, kept in the same transaction.
"""

from typing import Any

from django.db import connection, transaction

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.errors import PlaygroundError
from assistants_app.events import publish
from assistants_app.events.log import NewEvent
from assistants_app.models import Message, Run, RunStep
from assistants_app.queries.code_sessions import files_made_by
from assistants_app.services import parts, run_parts
from assistants_app.services.run_parts import Asked
from assistants_app.wire.messages import attachment
from assistants_app.wire.run_steps import (
    CODE_INTERPRETER,
    MESSAGE_CREATION,
    TOOL_CALLS,
    message_creation_details,
    tool_calls_details,
)
from assistants_app.wire.runs import required_action

HELD = (run_status.IN_PROGRESS, run_status.CANCELLING)


class LeaseLost(PlaygroundError):
    """Another worker, or nobody, holds the run now: write nothing more."""


@transaction.atomic(durable=True)
def claim_run(*, run_id: str, owner: str) -> Run | None:
    """Take a queued run, or one whose worker was lost. None if there is nothing to take."""
    claimed = Run.objects.raw(
        "UPDATE run SET status = 'in_progress', lease_owner = %s,"
        " lease_expires_at = now() + make_interval(secs => %s),"
        " attempts = attempts + 1, started_at = coalesce(started_at, now())"
        " WHERE id = %s AND expires_at > now() AND waits IS NULL AND (status = 'queued'"
        " OR (status = 'in_progress' AND lease_expires_at < now())) RETURNING *",
        [owner, conf.LEASE_SECONDS, run_id],
    )
    run = next(iter(claimed), None)
    if run is None:
        return None
    parts.publish_on_commit(run.thread_id, [publish.run_is(run_status.IN_PROGRESS, run)])
    return run


def renew_leases(owners: dict[str, str]) -> dict[str, str]:
    """Prolong the leases of these runs (owner by run id); the status of those still held."""
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


@transaction.atomic(durable=True)
def open_message(*, run: Run, reasoning: dict[str, str] | None = None) -> tuple[Message, RunStep]:
    """The model begins to write: a message in progress and the step that creates it. `reasoning`:
    what it thought before, with the id of that.
    """
    _check_lease(run)
    message = Message.objects.create(
        thread_id=run.thread_id,
        role="assistant",
        status=run_status.IN_PROGRESS,
        assistant_id=run.assistant_id,
        run_id=run.id,
    )
    step = _create_step(run, MESSAGE_CREATION, message_creation_details(message.id), reasoning)
    parts.publish_on_commit(
        run.thread_id, publish.step_created(step) + publish.message_created(message)
    )
    return message, step


@transaction.atomic(durable=True)
def close_message(
    *, run: Run, message: Message, step: RunStep, content: list[dict[str, Any]]
) -> None:
    """The message is complete, and the model's turn goes on with something else."""
    _check_lease(run)
    parts.publish_on_commit(run.thread_id, _close_message(message, step, content, {}))


@transaction.atomic(durable=True)
def open_tool_calls(*, run: Run, reasoning: dict[str, str] | None = None) -> RunStep:
    """The model begins to call tools: a step that will hold its calls. `reasoning`: see
    :func:`open_message`.
    """
    _check_lease(run)
    step = _create_step(run, TOOL_CALLS, tool_calls_details([]), reasoning)
    parts.publish_on_commit(run.thread_id, publish.step_created(step))
    return step


@transaction.atomic(durable=True)
def keep_calls(
    *,
    run: Run,
    step: RunStep,
    calls: list[dict[str, Any]],
    usage: dict[str, int],
    asked: Asked | None = None,
) -> None:
    """The model wrote these calls, and the worker is about to carry them out: whatever becomes of
    that, they and what they cost are known.
    """
    _check_lease(run)
    run_parts.keep_asked(run, asked)
    step.step_details, step.usage = tool_calls_details(calls), usage
    step.save(update_fields=["step_details", "usage", "first_token_at"])
    _add_usage(run, usage)


@transaction.atomic(durable=True)
def close_tool_calls(
    *,
    run: Run,
    step: RunStep,
    calls: list[dict[str, Any]],
    usage: dict[str, int],
    asked: Asked | None = None,
) -> None:
    """All calls of the step have their outputs; the model goes on."""
    _check_lease(run)
    run_parts.keep_asked(run, asked)
    step.step_details = tool_calls_details(calls)
    run_parts.end_step(step, run_status.COMPLETED, usage=_sum_usage(step.usage, usage))
    _add_usage(run, usage)
    parts.publish_on_commit(run.thread_id, [publish.step_ended(step)])


@transaction.atomic(durable=True)
def require_action(
    *,
    run: Run,
    step: RunStep,
    calls: list[dict[str, Any]],
    usage: dict[str, int],
    asked: Asked | None = None,
) -> None:
    """Some calls wait for outputs from outside; the worker lets go of the run."""
    _check_lease(run, status=run_status.IN_PROGRESS)
    run_parts.keep_asked(run, asked)
    step.step_details = tool_calls_details(calls)
    step.usage = _sum_usage(step.usage, usage)
    step.save(update_fields=["step_details", "told", "usage", "first_token_at"])
    waiting = [
        call for call in calls if call["type"] == "function" and call["function"]["output"] is None
    ]
    run.status, run.required_action = run_status.REQUIRES_ACTION, required_action(waiting)
    run.lease_owner, run.lease_expires_at, run.attempts = "", None, 0
    run.usage = _sum_usage(run.usage, usage)
    run.save(
        update_fields=[
            "status",
            "required_action",
            "lease_owner",
            "lease_expires_at",
            "attempts",
            "usage",
        ]
    )
    parts.publish_on_commit(run.thread_id, [publish.run_is(run_status.REQUIRES_ACTION, run)])


@transaction.atomic(durable=True)
def complete_run(
    *,
    run: Run,
    message: Message,
    step: RunStep,
    content: list[dict[str, Any]],
    usage: dict[str, int],
    asked: Asked | None = None,
) -> None:
    """The reply is whole."""
    _check_lease(run)
    run_parts.keep_asked(run, asked)
    run.usage = _sum_usage(run.usage, usage)
    if any(tool["type"] == CODE_INTERPRETER for tool in run.tools):
        made = files_made_by(run)
        message.attachments = [attachment(file_id, CODE_INTERPRETER) for file_id in made]
        message.has_attachments = bool(made)
    happened = _close_message(message, step, content, usage)
    happened += run_parts.end_run(run, run_status.COMPLETED)
    run_parts.publish_and_start_next(run.thread_id, happened)


@transaction.atomic(durable=True)
def cut_run(
    *,
    run: Run,
    message: Message | None,
    content: list[dict[str, Any]],
    usage: dict[str, int],
    reason: str,
    asked: Asked | None = None,
) -> None:
    """A token limit cut the run short; `reason` is the vendor's ``max_..._tokens``."""
    _check_lease(run)
    run_parts.keep_asked(run, asked)
    run.usage = _sum_usage(run.usage, usage)
    happened: list[NewEvent] = []
    if message is not None:
        message.content = content
        run_parts.end_message(message, reason="max_tokens")
        happened.append(publish.message_ended(message))
    for step in RunStep.objects.filter(run=run, status=run_status.IN_PROGRESS):
        run_parts.end_step(step, run_status.COMPLETED, usage=usage)
        happened.append(publish.step_ended(step))
    happened += run_parts.end_run(run, run_status.INCOMPLETE, reason=reason)
    run_parts.publish_and_start_next(run.thread_id, happened)


@transaction.atomic(durable=True)
def stop_run(
    *,
    run: Run,
    status: str,
    texts: dict[str, list[dict[str, Any]]],
    calls: dict[str, list[dict[str, Any]]] | None = None,
    error: dict[str, str] | None = None,
    message_reason: str | None = None,
    asked: Asked | None = None,
) -> None:
    """End a run before its reply is whole: cancelled, expired or failed.

    `texts` has the content that its open messages reached, by message id, `calls` the calls of its
    open steps, by step id: none of it is lost.
    """
    _check_lease(run)
    run_parts.keep_asked(run, asked)
    run_parts.keep_texts(texts)
    run_parts.keep_open_calls(calls or {})
    happened: list[NewEvent] = []
    if message_reason:
        for message in Message.objects.filter(run_id=run.id, status=run_status.IN_PROGRESS):
            run_parts.end_message(message, reason=message_reason)
            happened.append(publish.message_ended(message))
    happened += run_parts.end_run(run, status, error=error)
    run_parts.publish_and_start_next(run.thread_id, happened)


@transaction.atomic(durable=True)
def close_lost_attempt(*, run: Run, texts: dict[str, list[dict[str, Any]]]) -> None:
    """End what a lost worker left open, before the run is taken up again."""
    _check_lease(run)
    run_parts.keep_texts(texts)
    error = {
        "code": "server_error",
        "message": "The worker stopped responding. Another worker continued the run.",
    }
    happened = run_parts.close_open_work(run, run_status.FAILED, error=error)
    parts.publish_on_commit(run.thread_id, happened)


def _check_lease(run: Run, *, status: str | None = None) -> None:
    """Hold the row for this transaction, and make sure that it is still ours to write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE run SET lease_expires_at = now() + make_interval(secs => %s)"
            " WHERE id = %s AND lease_owner = %s AND status = ANY(%s)",
            [conf.LEASE_SECONDS, run.id, run.lease_owner, [status] if status else list(HELD)],
        )
        if not cursor.rowcount:
            raise LeaseLost


def _create_step(
    run: Run, kind: str, details: dict[str, Any], reasoning: dict[str, str] | None
) -> RunStep:
    return RunStep.objects.create(
        run=run,
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type=kind,
        step_details=details,
        reasoning=reasoning,
    )


def _close_message(
    message: Message, step: RunStep, content: list[dict[str, Any]], usage: dict[str, int]
) -> list[NewEvent]:
    message.content = content
    run_parts.end_message(message)
    run_parts.end_step(step, run_status.COMPLETED, usage=usage)
    return [publish.message_ended(message), publish.step_ended(step)]


def _add_usage(run: Run, usage: dict[str, int]) -> None:
    run.usage = _sum_usage(run.usage, usage)
    run.save(update_fields=["usage"])


def _sum_usage(total: dict[str, int], usage: dict[str, int]) -> dict[str, int]:
    return {name: total.get(name, 0) + usage.get(name, 0) for name in {**total, **usage}}
