"""The only sender of tasks."""

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
INDEX_QUEUE = "indexing"

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
    """Tell a worker that the run waits.

    A broker that is away loses nothing: the run is queued in the database, and the sweeper sends
    it again.
    """
    if not _send(EXECUTE_RUN, run_id):
        logger.warning("%s waits for the sweeper.", run_id)


def dispatch_close_session(thread_id: str) -> None:
    """Tell a worker to end the thread's session of the code interpreter. If nobody hears of it,
    the session ends by itself when it was idle for long.
    """
    _send(CLOSE_SESSION, thread_id)


def dispatch_indexing() -> None:
    """Tell an indexer that files wait; which of them it takes is its own to find out."""
    if not _send(INDEX_FILE, queue=INDEX_QUEUE):
        logger.warning("Files of vector stores wait for the sweeper.")


class _Sent:
    """In place of Celery's result, which nobody asks for and which sets up a store of results anew
    in each thread, and so in each request.
    """

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
        logger.warning("Broker away, nobody hears of %s%s: %s", task, arguments, error)
        return False
    return True
