"""The Celery tasks, a few lines each. The engine has the work itself."""

import gc
from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_ready

from assistants_app import conf
from assistants_app.dispatch import (
    CLOSE_SESSION,
    EXECUTE_RUN,
    INDEX_FILE,
    INDEX_QUEUE,
    REBUILD_WORDS,
)
from assistants_app.engine import indexing, rebuild, recovery, runner
from assistants_app.events.writer import writer
from assistants_app.retrieval.priority import step_back
from assistants_app.tools.code_interpreter.hosts import close_session_of

INDEXER_NICENESS = 10  # runs and pages come first


@shared_task(name=EXECUTE_RUN, ignore_result=True)
def execute_run(run_id: str) -> None:
    """Execute one run."""
    runner.execute(run_id)


@shared_task(name=CLOSE_SESSION, ignore_result=True)
def close_session(thread_id: str) -> None:
    """End the session of a thread that was deleted."""
    close_session_of(thread_id)


@shared_task(name=INDEX_FILE, ignore_result=True)
def index_file() -> None:
    """Index the files that wait."""
    indexing.index_files()


@shared_task(name=REBUILD_WORDS, ignore_result=True)
def rebuild_words() -> None:
    """Rebuild the search index after an update."""
    rebuild.rebuild_words()


@worker_ready.connect
def prepare_worker(sender: Any, **_: Any) -> None:
    """Set up a worker that has just started, and start its sweeper."""
    # A worker can wait for the event log; a request cannot.
    writer.patience = conf.EVENT_LOG_PATIENCE
    # Only a process that does nothing but indexing: it shares the processor with runs and pages.
    if set(current_app.amqp.queues.consume_from) == {INDEX_QUEUE}:
        step_back(INDEXER_NICENESS)
        indexing.slots.number = sender.controller.concurrency
    # A prompt of thousands of messages makes Python look for garbage everywhere, which took 120 ms,
    # twice as long as the prompt. Most of it were modules, which never become garbage.
    gc.collect()
    gc.freeze()
    recovery.sweep_for_ever()
