"""Change the status of runs, steps and messages, within the caller's transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.events import publish
from assistants_app.events.cancels import publish_cancel
from assistants_app.events.log import NewEvent
from assistants_app.models import Message, Run, RunStep
from assistants_app.models.threads import words_of_content
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.runs.costs import USAGE_COLUMNS, settle_unused
from assistants_app.services.threads.messages import insert_messages
from assistants_app.statements.rows import write
from assistants_app.wire.runs.steps import tool_calls_details

# Why the messages of a run that ends early are incomplete, in the vendor's words.
INCOMPLETE_REASON = {
    run_status.CANCELLED: "run_cancelled",
    run_status.EXPIRED: "run_expired",
    run_status.FAILED: "run_failed",
}
# The status of open steps, by that of their run; any other means "failed". An incomplete run has
# closed its last step itself.
STEP_END = {
    run_status.CANCELLED: run_status.CANCELLED,
    run_status.EXPIRED: run_status.EXPIRED,
    run_status.COMPLETED: run_status.COMPLETED,
}

# The metadata is missing in both because a client may change it at any time.
RUN_END_COLUMNS = (
    "status",
    "last_error",
    "incomplete_reason",
    "required_action",
    *USAGE_COLUMNS,
    "reasoning",
    "lease_owner",
    "lease_expires_at",
    "cancelled_at",
    "failed_at",
    "completed_at",
)


MESSAGE_END_COLUMNS = (
    "status",
    "content",
    "words",
    "attachments",
    "has_attachments",
    "incomplete_reason",
    "incomplete_at",
    "completed_at",
)


def end_step(
    step: RunStep,
    status: str,
    *,
    error: dict[str, str] | None = None,
    usage: dict[str, int] | None = None,
    now: datetime | None = None,
) -> None:
    """End a step with this status, an error and its usage."""
    mark_step_ended(step, status, error=error, usage=usage, now=now)
    step.save()


def mark_step_ended(
    step: RunStep,
    status: str,
    *,
    error: dict[str, str] | None = None,
    usage: dict[str, int] | None = None,
    now: datetime | None = None,
) -> None:
    """Set the columns of a step that ends, without saving them."""
    step.status, step.last_error = status, error
    setattr(step, f"{status}_at", now or timezone.now())
    if usage is not None:
        step.usage = usage


def end_message(
    message: Message, *, reason: str | None = None, now: datetime | None = None
) -> None:
    """End a message as completed, or as incomplete if there is a reason."""
    mark_message_ended(message, reason=reason, now=now)
    # After a crash of the database it may be missing: its first commit didn't wait for the disk.
    if not write(message, MESSAGE_END_COLUMNS):
        message.save(force_insert=True)


def mark_message_ended(
    message: Message, *, reason: str | None = None, now: datetime | None = None
) -> None:
    """Set the columns of a message that ends, without saving them."""
    now = now or timezone.now()
    if reason:
        message.status, message.incomplete_reason = run_status.INCOMPLETE, reason
        message.incomplete_at = now
    else:
        message.status, message.completed_at = run_status.COMPLETED, now


def end_run(
    run: Run,
    status: str,
    *,
    error: dict[str, str] | None = None,
    reason: str | None = None,
) -> list[NewEvent]:
    """End a run with all its open work, and return the events to publish."""
    now = timezone.now()
    happened = close_open_work(run, status, error=error, now=now)
    mark_run_ended(run, status, error=error, reason=reason, now=now)
    run.save(update_fields=RUN_END_COLUMNS)
    happened.append(publish.run_is(status, run))
    return happened


def mark_run_ended(
    run: Run,
    status: str,
    *,
    error: dict[str, str] | None = None,
    reason: str | None = None,
    now: datetime | None = None,
) -> None:
    """Set the columns of a run that ends, without saving them."""
    settle_unused(run)
    run.status, run.last_error, run.incomplete_reason = status, error, reason
    run.required_action, run.lease_owner, run.lease_expires_at = None, "", None
    if status in {run_status.CANCELLED, run_status.FAILED, run_status.COMPLETED}:
        setattr(run, f"{status}_at", now or timezone.now())


def cancel(run: Run) -> list[NewEvent]:
    """Request that a run stops, or end it if no worker holds it. Return the events to publish."""
    happened = [publish.run_is(run_status.CANCELLING, run)]
    if run.status == run_status.IN_PROGRESS:
        run.status = run_status.CANCELLING
        run.save(update_fields=["status"])
        # For the worker that holds it, which would notice with its next heartbeat.
        transaction.on_commit(partial(publish_cancel, run.id))
        return happened
    return happened + end_run(run, run_status.CANCELLED)


def publish_and_start_next(thread_id: str, happened: list[NewEvent]) -> None:
    """Publish events that may have freed the thread, and start its next waiting run if they have.

    The events are published once the transaction is committed.
    """
    # A run that begins to wait while this looks is started by the sweeper.
    run = _lock_next_run(thread_id)
    if run is None:
        publish_on_commit(thread_id, happened)
        return
    messages = insert_messages(thread_id, run.waits["messages"])
    now = timezone.now()
    run.waits, run.dispatched_at = None, now
    # The time that it waited doesn't count.
    run.expires_at = now + timedelta(seconds=conf.RUN_EXPIRES_AFTER)
    run.save(update_fields=["waits", "dispatched_at", "expires_at"])
    added = [event for message in messages for event in publish.message_created(message)]
    publish_on_commit(thread_id, happened + added, and_dispatch=run.id)


def lock_waiting_runs(thread_id: str) -> list[Run]:
    """Lock the runs that wait on the thread, oldest first."""
    waiting = Run.objects.filter(thread_id=thread_id, status=run_status.QUEUED, waits__isnull=False)
    return list(waiting.select_for_update(no_key=True).order_by("pk"))


def _lock_next_run(thread_id: str) -> Run | None:
    # A held run is sent by the person who stopped the run before it.
    line = [run for run in lock_waiting_runs(thread_id) if not run.held]
    busy = Run.objects.filter(thread_id=thread_id, status__in=run_status.ACTIVE, waits__isnull=True)
    if not line or busy.exists():
        return None
    # Runs that interrupted the active one go first, the newest of them before the others.
    return next((run for run in reversed(line) if run.waits["first"]), line[0])


def insert_lost(rows: Iterable[Message | RunStep]) -> None:
    """Insert those of these open rows that a crash of the database has lost."""
    # The commit that opened them didn't wait for the disk (docs/adr/0015).
    for row in rows:
        type(row).objects.bulk_create([row], ignore_conflicts=True)  # type: ignore[list-item]


def save_texts(texts: Mapping[str, list[dict[str, Any]]]) -> None:
    """Save the content of open messages, by message id."""
    for message_id, content in texts.items():
        message = Message.objects.filter(pk=message_id, status=run_status.IN_PROGRESS)
        message.update(content=content, words=words_of_content(content))


def save_open_calls(calls: Mapping[str, list[dict[str, Any]]]) -> None:
    """Save the calls of open steps, by step id."""
    for step_id, open_calls in calls.items():
        open_step = RunStep.objects.filter(pk=step_id, status=run_status.IN_PROGRESS)
        open_step.update(step_details=tool_calls_details(open_calls))


def close_open_work(
    run: Run, status: str, *, error: dict[str, str] | None, now: datetime | None = None
) -> list[NewEvent]:
    """End the run's open messages and steps to match its status. Return the events to publish."""
    happened: list[NewEvent] = []
    for message in Message.objects.filter(run_id=run.id, status=run_status.IN_PROGRESS):
        end_message(message, reason=INCOMPLETE_REASON.get(status, "run_failed"), now=now)
        happened.append(publish.message_ended(message))
    for step in run.steps.filter(status=run_status.IN_PROGRESS):
        end_step(step, STEP_END.get(status, run_status.FAILED), error=error, now=now)
        happened.append(publish.step_ended(step))
    return happened
