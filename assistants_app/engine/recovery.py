"""Clean up after lost workers, and sweep for work that no worker holds."""

import logging
import threading
from collections.abc import Callable, Collection
from datetime import timedelta

from django.db import Error as DatabaseFailure
from redis.exceptions import RedisError

from assistants_app import conf
from assistants_app.engine.experiments.worker import experiment_worker
from assistants_app.engine.indexing import wake_indexers
from assistants_app.engine.rebuild import wake_rebuild
from assistants_app.events import memory, presence
from assistants_app.events.connections import ReplyError
from assistants_app.events.ended import EndedRuns
from assistants_app.events.fold import texts_so_far
from assistants_app.events.writer import writer
from assistants_app.models import Run
from assistants_app.queries.runs.runs import abandoned_runs, free_threads_with_waiting_runs
from assistants_app.services import audit
from assistants_app.services.checks import judging
from assistants_app.services.experiments import deletion as experiments
from assistants_app.services.experiments.files import release_held_files, remove_unused_files
from assistants_app.services.files import requests as files
from assistants_app.services.files import stored_bytes, uploads
from assistants_app.services.money import late_costs
from assistants_app.services.project import deletion
from assistants_app.services.receipts import forget_old_receipts
from assistants_app.services.runs import held, kept_events, provider_calls, sweeping
from assistants_app.services.runs.progress import Content
from assistants_app.services.stores import indexing
from assistants_app.tools.code_interpreter import hosts

logger = logging.getLogger(__name__)

FILES_AT_ONCE = 500
STORES_AT_ONCE = 10
CALLS_AT_ONCE = 500
COSTS_AT_ONCE = 500
ENTRIES_AT_ONCE = 1000
STORE_SWEEP_SECONDS = 5.0
FIRST_FILE_SWEEP_SECONDS = 60.0  # after the start
# A few: their events are read in one go, while the process writes tokens of other runs.
RUNS_AT_ONCE = 20
# Listing a large storage takes long, and nobody waits for what these two remove.
FILE_SWEEP_SECONDS = 3600.0
CALL_SWEEP_SECONDS = 3600.0
COST_SWEEP_SECONDS = 10.0
AUDIT_SWEEP_SECONDS = 3600.0
EXPERIMENT_SECONDS = 1.0  # between two looks for experiments that need a worker
DELETED_SWEEP_SECONDS = 5.0
CELLS_AT_ONCE = 50
ROWS_AT_ONCE = 50
# Bytes are stored before their row: no request takes this long to commit it.
ORPHAN_AGE = timedelta(hours=1)
FLUSH_SECONDS = 5.0  # in which this process writes what it has of a run that it has lost

_ended_runs = EndedRuns()


def close_lost_attempt(run: Run) -> None:
    """End the messages and steps that a lost worker left open.

    Their text is taken from the event log, so it is what readers have seen (docs/adr/0004).
    """
    held.close_lost_attempt(run=run, texts=_texts_of(run))


def _texts_of(run: Run) -> dict[str, Content]:
    # This process may be the one that lost the run, and its runs don't wait for the log.
    writer.flush(FLUSH_SECONDS)
    return texts_so_far(run.thread_id, run.id)


def sweep() -> None:
    """Dispatch runs that wait for a worker, and end the ones that no worker will end."""
    revived = sweeping.revive_runs()
    if revived:
        logger.info("Dispatched %d runs without a worker again.", revived)
    for run in abandoned_runs():
        if sweeping.end_abandoned_run(run_id=run.id, texts=_texts_of(run)):
            logger.info("The sweeper ended %s.", run.id)
    # A run that began to wait while its thread became free was not started then.
    for thread_id in free_threads_with_waiting_runs():
        sweeping.start_waiting_run(thread_id=thread_id)
    forget_old_receipts()


def sweep_stores() -> None:
    """Wake indexers if work waits for one, and empty expired stores."""
    wake_indexers()
    wake_rebuild()
    while indexing.empty_expired_stores(limit=STORES_AT_ONCE) == STORES_AT_ONCE:
        pass


def sweep_files() -> None:
    """Delete expired files, end expired uploads, and remove bytes without a row."""
    while files.delete_expired_files(limit=FILES_AT_ONCE) == FILES_AT_ONCE:
        pass
    while uploads.expire_uploads(limit=FILES_AT_ONCE) == FILES_AT_ONCE:
        pass
    for remove in (remove_unused_files, release_held_files):
        while remove(limit=ROWS_AT_ONCE) == ROWS_AT_ONCE:
            pass
    removed = stored_bytes.remove_orphans(min_age=ORPHAN_AGE)
    if removed:
        logger.info("Removed %d files without a row from the storage.", removed)


def sweep_provider_calls() -> None:
    """Delete old requests to model endpoints, in batches."""
    for forget in (provider_calls.forget_old_calls, judging.forget_old_judge_calls):
        while forget(limit=CALLS_AT_ONCE) == CALLS_AT_ONCE:
            pass


def sweep_costs() -> None:
    """Give a cost to what has ended without one, in batches."""
    while late_costs.apply_new_prices(limit=COSTS_AT_ONCE) >= COSTS_AT_ONCE:
        pass
    for table in late_costs.TABLES:
        while late_costs.settle(table, limit=COSTS_AT_ONCE) == COSTS_AT_ONCE:
            pass


def sweep_audit() -> None:
    """Delete entries of the audit that are older than `AUDIT_DAYS`, in batches."""
    while audit.forget_old_entries(limit=ENTRIES_AT_ONCE) == ENTRIES_AT_ONCE:
        pass


def sweep_experiments() -> None:
    """Delete what is left of deleted experiments, in batches."""
    while experiments.delete_cells(limit=CELLS_AT_ONCE):
        pass


def sweep_projects() -> None:
    """Delete everything of deleted projects."""
    while project_id := deletion.claim_deletion():
        deletion.delete_everything(project_id=project_id)


def sweep_events() -> None:
    """Keep the names, times and sizes of the events of runs that have ended."""
    while kept_events.keep_events(_ended_runs, limit=RUNS_AT_ONCE) == RUNS_AT_ONCE:
        pass


def sweep_for_ever(kinds: Collection[str]) -> None:
    """Start the threads that sweep as long as the worker lives, which is of these kinds."""

    def note_presence() -> None:
        presence.note_presence(kinds)
        # An interpreter host knows no Redis, so the workers that use it look after it.
        if presence.WORKER in kinds and hosts.is_answered():
            presence.note_presence([presence.INTERPRETER])

    # The first note comes late: a process that ends soon after each start doesn't work.
    _repeat(note_presence, first=presence.NOTE_SECONDS, every=presence.NOTE_SECONDS)
    # Each sweep has its own thread, because a large storage takes long to list.
    _repeat(sweep, first=conf.SWEEP_SECONDS, every=conf.SWEEP_SECONDS)
    if presence.WORKER in kinds:
        _repeat(experiment_worker.work, first=conf.SWEEP_SECONDS, every=EXPERIMENT_SECONDS)
        _repeat(sweep_experiments, first=conf.SWEEP_SECONDS, every=DELETED_SWEEP_SECONDS)
    _repeat(sweep_costs, first=conf.SWEEP_SECONDS, every=COST_SWEEP_SECONDS)
    _repeat(sweep_projects, first=conf.SWEEP_SECONDS, every=conf.SWEEP_SECONDS)
    _repeat(sweep_events, first=conf.SWEEP_SECONDS, every=conf.SWEEP_SECONDS)
    _repeat(memory.warn_before_full, first=conf.SWEEP_SECONDS, every=memory.LOOK_SECONDS)
    _repeat(sweep_stores, first=conf.SWEEP_SECONDS, every=STORE_SWEEP_SECONDS)
    _repeat(sweep_provider_calls, first=FIRST_FILE_SWEEP_SECONDS, every=CALL_SWEEP_SECONDS)
    _repeat(sweep_audit, first=FIRST_FILE_SWEEP_SECONDS, every=AUDIT_SWEEP_SECONDS)
    _repeat(sweep_files, first=FIRST_FILE_SWEEP_SECONDS, every=FILE_SWEEP_SECONDS)


def _repeat(work: Callable[[], None], *, first: float, every: float) -> None:
    def loop() -> None:
        pause = threading.Event()
        pause.wait(first)
        while True:
            try:
                work()
            except (DatabaseFailure, OSError, RedisError, ReplyError) as error:
                logger.warning("Sweep failed; trying again: %s", error)
            pause.wait(every)

    threading.Thread(target=loop, name=work.__name__, daemon=True).start()
