"""Takes up what a lost worker left, and sweeps for runs that nobody works on."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError

from assistants_app import conf
from assistants_app.engine.indexing import wake_indexers
from assistants_app.events.fold import texts_so_far
from assistants_app.models import Run
from assistants_app.queries.connections import release_connection
from assistants_app.queries.runs.runs import abandoned_runs, free_threads_with_waiting_runs
from assistants_app.services.files import requests as files
from assistants_app.services.files import stored_bytes, uploads
from assistants_app.services.project.idempotency import forget_old_keys
from assistants_app.services.runs import held, provider_calls, sweeping
from assistants_app.services.stores import indexing

logger = logging.getLogger(__name__)

FILES_AT_ONCE = 500
STORES_AT_ONCE = 10
CALLS_AT_ONCE = 500
FIRST_FILE_SWEEP = 60.0  # seconds after the start


def close_lost_attempt(run: Run) -> None:
    """End what the lost worker left open, with the text that its readers have seen."""
    held.close_lost_attempt(run=run, texts=texts_so_far(run.thread_id, run.id))


def sweep() -> None:
    """One round: dispatch what waits, end what is over."""
    revived = sweeping.revive_runs()
    if revived:
        logger.info("%d runs without a worker are sent again.", revived)
    for run in abandoned_runs():
        if sweeping.end_abandoned_run(run_id=run.id, texts=texts_so_far(run.thread_id, run.id)):
            logger.info("%s ended by the sweeper.", run.id)
    for thread_id in free_threads_with_waiting_runs():
        sweeping.start_waiting_run(thread_id=thread_id)
    forget_old_keys()


def sweep_stores() -> None:
    """One round: wake indexers for files that wait, and empty stores whose time is over."""
    wake_indexers()
    while indexing.empty_expired_stores(limit=STORES_AT_ONCE) == STORES_AT_ONCE:
        pass


def sweep_files() -> None:
    """One round: delete files that have expired, end uploads whose time is over, and remove bytes
    that belong to nothing.
    """
    while files.delete_expired_files(limit=FILES_AT_ONCE) == FILES_AT_ONCE:
        pass
    while uploads.expire_uploads(limit=FILES_AT_ONCE) == FILES_AT_ONCE:
        pass
    removed = stored_bytes.remove_orphans(min_age=timedelta(seconds=conf.ORPHAN_SECONDS))
    if removed:
        logger.info("%d files without a row are removed from the storage.", removed)


def sweep_provider_calls() -> None:
    """One round: delete what is kept of model calls and is too old, a batch at a time."""
    while provider_calls.forget_old_calls(limit=CALLS_AT_ONCE) == CALLS_AT_ONCE:
        pass


def sweep_for_ever() -> None:
    """Sweep as long as the worker lives: runs every few seconds, and files, apart from them since a
    large storage takes long to list, every hour and soon after the start.
    """
    _repeat(sweep, first=conf.SWEEP_SECONDS, every=conf.SWEEP_SECONDS)
    _repeat(sweep_stores, first=conf.SWEEP_SECONDS, every=conf.INDEX_SWEEP_SECONDS)
    every = conf.PROVIDER_CALL_SWEEP_SECONDS
    _repeat(sweep_provider_calls, first=min(FIRST_FILE_SWEEP, every), every=every)
    first = min(FIRST_FILE_SWEEP, conf.FILE_SWEEP_SECONDS)
    _repeat(sweep_files, first=first, every=conf.FILE_SWEEP_SECONDS)


def _repeat(work: Callable[[], None], *, first: float, every: float) -> None:
    def loop() -> None:
        pause = threading.Event()
        pause.wait(first)
        while True:
            try:
                work()
            except (DatabaseError, OSError) as error:
                logger.warning("Sweep failed, trying again: %s", error)
            finally:
                release_connection()
            pause.wait(every)

    threading.Thread(target=loop, name=work.__name__, daemon=True).start()
