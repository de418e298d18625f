"""The memory of Redis: a warning before it is full, and a check whether it is."""

import logging
import time

from redis.exceptions import RedisError

from assistants_app import conf
from assistants_app.events.writer import writer
from assistants_app.faults import Fault, fault_of
from assistants_app.redis_client import client

logger = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
ROOM_SECONDS = 0.5  # between two looks whether there is room again
# A write that succeeded so recently shows that there is room, without a round trip.
RECENT_SECONDS = 1.0


def had_room_lately() -> bool:
    """Return whether :func:`require_room` knows without a round trip that there is room."""
    return time.monotonic() - writer.written_at <= RECENT_SECONDS


def require_room() -> None:
    """Raise ``redis.RedisError`` if Redis is unavailable, or its memory or disk is full."""
    if not had_room_lately():
        # Changes nothing, but is refused like each write that could need memory.
        client().setrange("events:room", 0, "")


def wait_for_room() -> None:
    """Return when Redis accepts writes, or can't be reached, which is for the caller to notice."""
    is_logged = False
    while True:
        try:
            require_room()
        except RedisError as error:
            if fault_of(error) is not Fault.FULL:
                return
            if not is_logged:
                logger.warning("Redis is full, in memory or on its disk. Waiting for room.")
            is_logged = True
            time.sleep(ROOM_SECONDS)
        else:
            return


def warn_before_full() -> None:
    """Log a warning if Redis uses much of the memory it may use. Raises ``redis.RedisError``."""
    memory = client().info("memory")
    used, limit = memory["used_memory"], memory["maxmemory"]
    if limit and used >= limit * conf.REDIS_MEMORY_ALARM / 100:
        logger.warning(
            "Redis uses %d of %d MB (maxmemory). When it is full, streams are refused and new runs "
            "wait. Raise maxmemory, or lower EVENT_LOG_TTL.",
            used // 2**20,
            limit // 2**20,
        )
