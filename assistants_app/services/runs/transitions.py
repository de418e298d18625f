"""Pieces of run services. They run inside the caller's transaction and commit nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.events import publish
from assistants_app.events.log import NewEvent
from assistants_app.models import Message, Run, RunStep
from assistants_app.services.publishing import dispatch_on_commit, publish_on_commit
from assistants_app.services.threads.messages import insert_messages
from assistants_app.wire.runs.steps import tool_calls_details

# Why the messages of a run that ends early are incomplete.
INCOMPLETE_REASON = {
    run_status.CANCELLED: "run_cancelled",
    run_status.EXPIRED: "run_expired",
    run_status.FAILED: "run_failed",
}
# A run that is incomplete has cut its last message itself; other open work of it has failed.
STEP_END = {
    run_status.CANCELLED: run_status.CANCELLED,
    run_status.EXPIRED: run_status.EXPIRED,
    run_status.COMPLETED: run_status.COMPLETED,
}

RUN_END_COLUMNS = (
    "status",
    "last_error",
    "incomplete_reason",
    "required_action",
    "usage",
    "reasoning",
    "lease_owner",
    "lease_expires_at",
    "cancelled_at",
    "failed_at",
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
    """Bring a step to its end."""
    step.status, step.last_error = status, error
    setattr(step, f"{status}_at", now or timezone.now())
    if usage is not None:
        step.usage = usage
    step.save()


def end_message(
    message: Message, *, reason: str | None = None, now: datetime | None = None
) -> None:
    """Bring a message to its end: complete, or incomplete for a reason."""
    now = now or timezone.now()
    if reason:
        message.status, message.incomplete_reason = run_status.INCOMPLETE, reason
        message.incomplete_at = now
    else:
        message.status, message.completed_at = run_status.COMPLETED, now
    message.save(
        update_fields=[
            "status",
            "content",
            "attachments",
            "has_attachments",
            "incomplete_reason",
            "incomplete_at",
            "completed_at",
        ]
    )


def end_run(
    run: Run,
    status: str,
    *,
    error: dict[str, str] | None = None,
    reason: str | None = None,
) -> list[NewEvent]:
    """Bring a run and all that is open in it to its end; the events that tell so."""
    now = timezone.now()
    # What completes has closed its own work; looking for more would cost two queries a run.
    completed = status == run_status.COMPLETED
    happened = [] if completed else close_open_work(run, status, error=error, now=now)
    run.status, run.last_error, run.incomplete_reason = status, error, reason
    run.required_action, run.lease_owner, run.lease_expires_at = None, "", None
    if status in {run_status.CANCELLED, run_status.FAILED, run_status.COMPLETED}:
        setattr(run, f"{status}_at", now)
    run.save(update_fields=RUN_END_COLUMNS)
    happened.append(publish.run_is(status, run))
    return happened


def cancel(run: Run) -> list[NewEvent]:
    """Ask an active run to stop, or end it if no worker holds it; the events that tell so."""
    happened = [publish.run_is(run_status.CANCELLING, run)]
    if run.status == run_status.IN_PROGRESS:
        run.status = run_status.CANCELLING
        run.save(update_fields=["status"])
        return happened
    return happened + end_run(run, run_status.CANCELLED)


def publish_and_start_next(thread_id: str, happened: list[NewEvent]) -> None:
    """Publish on commit what may have freed the thread; then its next waiting run starts if it
    has. A run that began to wait while this looked is started by the sweeper.
    """
    run = _next_run(thread_id)
    if run is None:
        publish_on_commit(thread_id, happened)
        return
    messages = insert_messages(thread_id, run.waits["messages"])
    now = timezone.now()
    run.waits, run.dispatched_at = None, now
    run.expires_at = now + timedelta(seconds=conf.RUN_EXPIRES_AFTER)
    run.save(update_fields=["waits", "dispatched_at", "expires_at"])
    added = [event for message in messages for event in publish.message_created(message)]
    # In this order: a worker that is quick would else tell of the run before this does.
    publish_on_commit(thread_id, happened + added)
    dispatch_on_commit(run.id)


def _next_run(thread_id: str) -> Run | None:
    """The waiting run whose turn has come, held for this transaction."""
    waiting = Run.objects.filter(thread_id=thread_id, status=run_status.QUEUED, waits__isnull=False)
    line = list(waiting.select_for_update(no_key=True).order_by("pk"))
    busy = Run.objects.filter(thread_id=thread_id, status__in=run_status.ACTIVE, waits__isnull=True)
    if not line or busy.exists():
        return None
    return next((run for run in reversed(line) if run.waits["first"]), line[0])


def save_texts(texts: Mapping[str, list[dict[str, Any]]]) -> None:
    """Save what unfinished messages reached, by message id."""
    for message_id, content in texts.items():
        Message.objects.filter(pk=message_id, status=run_status.IN_PROGRESS).update(content=content)


def save_open_calls(calls: Mapping[str, list[dict[str, Any]]]) -> None:
    """Save how far the calls of unfinished steps came, by step id."""
    for step_id, reached in calls.items():
        open_step = RunStep.objects.filter(pk=step_id, status=run_status.IN_PROGRESS)
        open_step.update(step_details=tool_calls_details(reached))


def close_open_work(
    run: Run, status: str, *, error: dict[str, str] | None, now: datetime | None = None
) -> list[NewEvent]:
    """End the messages and steps that are still in progress, as befits a run that ends so."""
    happened: list[NewEvent] = []
    for message in Message.objects.filter(run_id=run.id, status=run_status.IN_PROGRESS):
        end_message(message, reason=INCOMPLETE_REASON.get(status, "run_failed"), now=now)
        happened.append(publish.message_ended(message))
    for step in RunStep.objects.filter(run=run, status=run_status.IN_PROGRESS):
        end_step(step, STEP_END.get(status, run_status.FAILED), error=error, now=now)
        happened.append(publish.step_ended(step))
    return happened
