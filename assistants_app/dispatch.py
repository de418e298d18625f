"""The only sender of tasks."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

EXECUTE_RUN = "assistants_app.execute_run"
INDEX_FILE = "assistants_app.index_file"
INDEX_QUEUE = "indexing"


def dispatch_run(run_id: str) -> None:
    """Tell a worker that the run waits.

    A broker that is away loses nothing: the run is queued in the database, and the sweeper sends
    it again.
    """
    try:
        current_app.send_task(EXECUTE_RUN, args=[run_id], retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("Broker away, %s waits for the sweeper: %s", run_id, error)


def dispatch_indexing() -> None:
    """Tell an indexer that files wait; which of them it takes is its own to find out."""
    try:
        current_app.send_task(INDEX_FILE, queue=INDEX_QUEUE, retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("Broker away, files of vector stores wait for the sweeper: %s", error)
