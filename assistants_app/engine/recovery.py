"""Takes up what a lost worker left, and sweeps for runs that nobody works on."""

import logging
import threading

from django.db import DatabaseError

from assistants_app import conf
from assistants_app.events.fold import texts_so_far
from assistants_app.models import Run
from assistants_app.queries.connections import release_connection
from assistants_app.queries.runs import free_threads_with_waiting_runs, runs_that_are_over
from assistants_app.services import run_life, sweeping
from assistants_app.services.idempotency import forget_old_keys

logger = logging.getLogger(__name__)


def close_lost_attempt(run: Run) -> None:
    """End what the lost worker left open, with the text that its readers have seen."""
    run_life.close_lost_attempt(run=run, texts=texts_so_far(run.thread_id, run.id))


def sweep() -> None:
    """One round: dispatch what waits, end what is over."""
    revived = sweeping.revive_runs()
    if revived:
        logger.info("%d runs without a worker are sent again.", revived)
    for run in runs_that_are_over():
        if sweeping.end_run_that_is_over(run_id=run.id, texts=texts_so_far(run.thread_id, run.id)):
            logger.info("%s ended by the sweeper.", run.id)
    for thread_id in free_threads_with_waiting_runs():
        sweeping.start_waiting_run(thread_id=thread_id)
    forget_old_keys()


def sweep_for_ever() -> None:
    """Sweep every few seconds, in a thread of its own, as long as the worker lives."""

    def work() -> None:
        pause = threading.Event()
        while not pause.wait(conf.SWEEP_SECONDS):
            try:
                sweep()
            except DatabaseError as error:
                logger.warning("Sweep failed, trying again: %s", error)
            finally:
                release_connection()

    threading.Thread(target=work, name="sweeper", daemon=True).start()
