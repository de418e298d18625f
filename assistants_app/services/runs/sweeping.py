"""Dispatch or end runs that no worker holds. Every worker sweeps."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.dispatch import RUN_QUEUE, is_waiting
from assistants_app.domain import run_status
from assistants_app.models import Run
from assistants_app.queries.runs.runs import ABANDONED, LOST
from assistants_app.services.publishing import dispatch_on_commit
from assistants_app.services.runs import transitions

BATCH = 100
# A queued run that no worker took by then is sent again, which does no harm (docs/adr/0002).
REDISPATCH_SECONDS = 10.0
# If no task waits in Redis, a worker has taken this one, and has died or is busy with others.
TAKEN_SECONDS = 2.0


@transaction.atomic(durable=True)
def revive_runs() -> int:
    """Dispatch runs again that were queued too long ago or lost their worker.

    Return their number.
    """
    # A task can be lost when the broker is unavailable or loses its memory, so the rows decide.
    patience = REDISPATCH_SECONDS if is_waiting(RUN_QUEUE) else TAKEN_SECONDS
    forgotten = Q(status=run_status.QUEUED, waits__isnull=True) & Q(
        dispatched_at__lt=Now() - timedelta(seconds=patience)
    )
    lost = Q(status=run_status.IN_PROGRESS) & LOST
    # A lost run stays lost until a worker claims it, and must not be sent in each round meanwhile.
    recently = Q(dispatched_at__gt=Now() - timedelta(seconds=conf.SWEEP_SECONDS))
    ids = list(
        _lock_free_rows(
            Run.objects.filter(forgotten | (lost & ~recently), attempts__lt=conf.RUN_ATTEMPTS)
        )
        .filter(expires_at__gt=Now())
        .values_list("pk", flat=True)[:BATCH]
    )
    Run.objects.filter(pk__in=ids).update(dispatched_at=Now())
    for run_id in ids:
        dispatch_on_commit(run_id)
    return len(ids)


@transaction.atomic(durable=True)
def start_waiting_run(*, thread_id: str) -> None:
    """Start the thread's next waiting run if the thread is free."""
    transitions.publish_and_start_next(thread_id, [])


@transaction.atomic(durable=True)
def end_abandoned_run(*, run_id: str, texts: dict[str, list[dict[str, Any]]]) -> bool:
    """End a run that no worker will end, and return whether it still was one.

    `texts` is the content of its open messages so far, by message id.
    """
    # Checked again with the row locked: a worker may have come back since the run was found.
    run = _lock_free_rows(Run.objects.filter(ABANDONED, pk=run_id)).first()
    if run is None:
        return False
    transitions.save_texts(texts)
    # A run that was cancelled ends as cancelled, even if it has expired as well.
    if run.status == run_status.CANCELLING:
        happened = transitions.end_run(run, run_status.CANCELLED)
    elif run.attempts >= conf.RUN_ATTEMPTS and run.status == run_status.IN_PROGRESS:
        message = f"The run's worker stopped responding {run.attempts} times."
        error = {"code": "server_error", "message": message}
        happened = transitions.end_run(run, run_status.FAILED, error=error)
    else:
        happened = transitions.end_run(run, run_status.EXPIRED)
    transitions.publish_and_start_next(run.thread_id, happened)
    return True


def _lock_free_rows(rows: "QuerySet[Run]") -> "QuerySet[Run]":
    # Skips rows that another sweeper has locked, so that sweepers don't wait for each other.
    return rows.select_for_update(skip_locked=True, no_key=True).order_by("pk")
