"""The Celery tasks, a few lines each. The engine has the work itself."""

import logging
from collections.abc import Callable
from typing import Any

from celery import Task, current_app, shared_task
from celery.signals import worker_init, worker_ready, worker_shutdown, worker_shutting_down

from assistants_app import conf
from assistants_app.dispatch import (
    CLOSE_SESSION,
    EXECUTE_RUN,
    INDEX_FILE,
    INDEX_QUEUE,
    REBUILD_WORDS,
    RUN_QUEUE,
    dispatch_run,
)
from assistants_app.engine import indexing, rebuild, recovery
from assistants_app.engine.experiments.worker import experiment_worker
from assistants_app.engine.worker.runs import worker_runs
from assistants_app.event_loop import process_loop
from assistants_app.events import memory, presence
from assistants_app.events.writer import writer
from assistants_app.garbage import collect_less_often
from assistants_app.retrieval.priority import step_back
from assistants_app.sandbox.protocol import SandboxUnavailable
from assistants_app.services.runs.persistence import stop_trying
from assistants_app.tools.code_interpreter.hosts import close_session_of
from assistants_app.tools.hops import tools

logger = logging.getLogger(__name__)

KINDS = {RUN_QUEUE: presence.WORKER, INDEX_QUEUE: presence.INDEXER}
INDEXER_NICENESS = 10  # runs and pages come first
LAST_EVENTS_SECONDS = 5.0  # that a worker waits for the event log before it ends
AT_ONCE = f"{__name__}:carry_out_at_once"  # the strategy of tasks that only hand something over


def carry_out_at_once(task: Task, *_: Any) -> Callable[..., None]:
    """Return what Celery calls with each message of the task.

    It takes the place of Celery's own strategy, which costs 1.3 ms for each message. A task with
    this one can't be revoked, tried again or delayed.
    """

    # Celery acknowledges each message, and kombu then removes it in a transaction in Redis, even if
    # its queue has no acknowledgements (docs/adr/0018).
    def take(message: Any, *_: Any) -> None:
        arguments, *_ = message.payload
        try:
            task.run(*arguments)
        except Exception:  # noqa: BLE001 - the task boundary: the worker goes on with other tasks
            logger.exception("%s failed", task.name)

    return take


@shared_task(name=EXECUTE_RUN, ignore_result=True, Strategy=AT_ONCE)
def execute_run(run_id: str) -> None:
    """Hand a run over to this worker's event loop."""
    if not worker_runs.accept(run_id):
        dispatch_run(run_id)


@shared_task(name=CLOSE_SESSION, ignore_result=True, Strategy=AT_ONCE)
def close_session(thread_id: str) -> None:
    """End the session of a thread that was deleted."""
    process_loop.submit(_close_session(thread_id))


async def _close_session(thread_id: str) -> None:
    try:
        # In a thread of its own: this worker takes no other task while one is carried out.
        await tools(close_session_of, thread_id)
    except (OSError, SandboxUnavailable) as error:
        # An idle session ends by itself.
        logger.warning("Couldn't end the session of %s: %s", thread_id, error)


@shared_task(name=INDEX_FILE, ignore_result=True)
def index_file() -> None:
    """Index the files that wait."""
    indexing.index_files()


@shared_task(name=REBUILD_WORDS, ignore_result=True)
def rebuild_words() -> None:
    """Rebuild the search index after an update."""
    rebuild.rebuild_words()


@worker_init.connect
def wait_for_room(**_: Any) -> None:
    """Begin when Redis has room: Celery ends a worker whose first write is refused."""
    memory.wait_for_room()


@worker_ready.connect
def prepare_worker(sender: Any, **_: Any) -> None:
    """Set up a worker that has just started, and start its sweeper."""
    # Nothing that a worker does depends on whether the log has an event. So its runs don't wait,
    # and the writer can try for longer than a request would wait.
    writer.is_waited_for, writer.patience = False, conf.EVENT_LOG_PATIENCE
    # Only a process that does nothing but indexing: it shares the processor with runs and pages.
    queues = set(current_app.amqp.queues.consume_from)
    if queues == {INDEX_QUEUE}:
        step_back(INDEXER_NICENESS)
        indexing.slots.number = sender.controller.concurrency
    collect_less_often()
    recovery.sweep_for_ever([kind for queue, kind in KINDS.items() if queue in queues])


@worker_shutting_down.connect
def refuse_runs(**_: Any) -> None:
    """Accept no more runs: the worker was asked to end."""
    worker_runs.close()


@worker_shutdown.connect
def drain_runs(**_: Any) -> None:
    """Let the runs of this worker end, and leave the others to other workers."""
    experiment_worker.close()
    for run_id in worker_runs.drain(conf.DRAIN_SECONDS):
        dispatch_run(run_id)
    if not writer.flush(LAST_EVENTS_SECONDS):
        logger.warning("Couldn't append the last events before the end.")
    stop_trying()
