"""Make and send the tasks of the workers; no other module does.

A task is a message in the format of kombu, Celery's transport (protocol 2), made from a template:
Celery took 0.3-0.65 ms to send one, and this takes 0.01 ms (docs/adr/0018). A test compares it with
what Celery sends.
"""

import json
import logging
import os
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

from redis.exceptions import RedisError

from assistants_app.redis_client import client

logger = logging.getLogger(__name__)

EXECUTE_RUN = "assistants_app.execute_run"
CLOSE_SESSION = "assistants_app.close_session"
INDEX_FILE = "assistants_app.index_file"
REBUILD_WORDS = "assistants_app.rebuild_words"
RUN_QUEUE = "runs"
INDEX_QUEUE = "indexing"
# Upper limit of tasks sent at once, however many files wait: each indexer goes on to the next file.
INDEX_WAKE_UPS = 4

_EMBEDDED: Final = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}

_held_back: ContextVar[bool] = ContextVar("held_back", default=False)


@contextmanager
def held_back() -> Iterator[None]:
    """Send no tasks from this block, whose caller does the work itself."""
    token = _held_back.set(True)
    try:
        yield
    finally:
        _held_back.reset(token)


def run_task(run_id: str) -> bytes | None:
    """Return the task that makes a worker execute the run, or None if tasks are held back.

    It belongs into the list `RUN_QUEUE`.
    """
    return None if _held_back.get() else _message(EXECUTE_RUN, RUN_QUEUE, run_id)


def dispatch_run(run_id: str) -> None:
    """Send a task that makes a worker execute the run."""
    # Nothing is lost without the broker: the run is queued in the database.
    if not _send(EXECUTE_RUN, RUN_QUEUE, run_id):
        logger.warning("The sweeper will dispatch %s later.", run_id)


def dispatch_close_session(thread_id: str) -> None:
    """Send a task that ends the thread's session of the code interpreter."""
    # A lost task does no harm: an idle session ends by itself.
    _send(CLOSE_SESSION, RUN_QUEUE, thread_id)


def dispatch_indexing() -> None:
    """Send a task that wakes an indexer. It claims the most urgent file itself."""
    if not _send(INDEX_FILE, INDEX_QUEUE):
        logger.warning("The sweeper will dispatch indexing later.")


def dispatch_rebuild() -> None:
    """Send a task that continues the rebuild of the search index."""
    # The sweeper sends another if this one is lost.
    _send(REBUILD_WORDS, INDEX_QUEUE)


def is_waiting(queue: str) -> bool:
    """Return whether a task waits in the queue, or Redis can't say."""
    try:
        return bool(client().llen(queue))
    except RedisError:
        return True


def _send(task: str, queue: str, *arguments: str) -> bool:
    if _held_back.get():
        return True
    try:
        client().lpush(queue, _message(task, queue, *arguments))
    except RedisError as error:
        logger.warning("Broker unavailable, couldn't send %s%s: %s", task, arguments, error)
        return False
    return True


def _message(task: str, queue: str, *arguments: str) -> bytes:
    body = b64encode(json.dumps([arguments, {}, _EMBEDDED]).encode())
    task_id = str(uuid4()).encode()
    return (
        _template(task, queue, os.getpid())
        .replace(b"$BODY", body)
        .replace(b"$ID", task_id)
        .replace(b"$ARGUMENTS", json.dumps(repr(arguments))[1:-1].encode())
    )


@lru_cache(maxsize=16)
def _template(task: str, queue: str, process: int) -> bytes:
    """Return a message with placeholders for its body, its arguments and its id."""
    headers: dict[str, Any] = {
        "lang": "py",
        "task": task,
        "id": "$ID",
        **dict.fromkeys(("shadow", "eta", "expires", "group", "group_index")),
        "retries": 0,
        "timelimit": [None, None],
        "root_id": "$ID",
        "parent_id": None,
        "argsrepr": "$ARGUMENTS",
        "kwargsrepr": "{}",
        "origin": f"gen{process}@{socket.gethostname()}",
        "ignore_result": True,
        "replaced_task_nesting": 0,
        "stamped_headers": None,
        "stamps": {},
    }
    properties = {
        "correlation_id": "$ID",
        "reply_to": str(uuid4()),  # of this process; nobody reads results
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": queue},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": "$ID",
    }
    message = {
        "body": "$BODY",
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": headers,
        "properties": properties,
    }
    return json.dumps(message).encode()
