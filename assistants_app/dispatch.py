"""Send tasks to the workers; no other module does."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

EXECUTE_RUN = "assistants_app.execute_run"
CLOSE_SESSION = "assistants_app.close_session"
INDEX_FILE = "assistants_app.index_file"
REBUILD_WORDS = "assistants_app.rebuild_words"
INDEX_QUEUE = "indexing"
# Upper limit of tasks sent at once, however many files wait: each indexer goes on to the next file.
INDEX_WAKE_UPS = 4

_held_back: ContextVar[bool] = ContextVar("held_back", default=False)


@contextmanager
def held_back() -> Iterator[None]:
    """Send no tasks from this block, whose caller does the work itself."""
    token = _held_back.set(True)
    try:
        yield
    finally:
        _held_back.reset(token)


def dispatch_run(run_id: str) -> None:
    """Send a task that makes a worker execute the run."""
    # Nothing is lost without the broker: the run is queued in the database.
    if not _send(EXECUTE_RUN, run_id):
        logger.warning("The sweeper will dispatch %s later.", run_id)


def dispatch_close_session(thread_id: str) -> None:
    """Send a task that ends the thread's session of the code interpreter."""
    # A lost task does no harm: an idle session ends by itself.
    _send(CLOSE_SESSION, thread_id)


def dispatch_indexing() -> None:
    """Send a task that wakes an indexer. It claims the most urgent file itself."""
    if not _send(INDEX_FILE, queue=INDEX_QUEUE):
        logger.warning("The sweeper will dispatch indexing later.")


def dispatch_rebuild() -> None:
    """Send a task that continues the rebuild of the search index."""
    # The sweeper sends another if this one is lost.
    _send(REBUILD_WORDS, queue=INDEX_QUEUE)


class _Sent:
    # Instead of Celery's AsyncResult, which sets up a result backend in each thread, and so in each
    # request. Nobody reads results here.
    def __init__(self, task_id: str) -> None:
        self.id = task_id


def _send(task: str, *arguments: str, **options: Any) -> bool:
    if _held_back.get():
        return True
    try:
        current_app.send_task(
            task,
            args=arguments,
            retry=False,
            ignore_result=True,
            result_cls=_Sent,
            add_to_parent=False,
            **options,
        )
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("Broker unavailable, couldn't send %s%s: %s", task, arguments, error)
        return False
    return True
