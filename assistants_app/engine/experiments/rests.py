"""Endpoints that asked for a pause, known to all workers: no cell begins there meanwhile."""

import hashlib
import logging
import time

from redis.exceptions import RedisError

from assistants_app.redis_client import client

logger = logging.getLogger(__name__)

# Seconds. An endpoint that asks for more is asked again after them.
LONGEST = 300.0


def _key(base_url: str) -> str:
    return f"experiments-rest:{hashlib.sha256(base_url.encode()).hexdigest()[:32]}"


def let_rest(base_url: str, seconds: float) -> None:
    """Let no cell of any experiment begin at this endpoint for these seconds."""
    seconds = min(seconds, LONGEST)
    try:
        # Of several pauses, the one that ends last counts.
        if remaining(base_url) < seconds:
            client().set(_key(base_url), time.time() + seconds, px=max(int(seconds * 1000), 1))
    except RedisError as error:
        logger.warning("Couldn't note that %s asks for a pause: %s", base_url, error)


def remaining(base_url: str) -> float:
    """Return for how many seconds the endpoint still asks to be left alone."""
    return max((client().pttl(_key(base_url)) or 0) / 1000, 0.0)


def is_resting(base_url: str) -> bool:
    """Return whether the endpoint asks to be left alone. Not without Redis, which would say so."""
    try:
        return remaining(base_url) > 0
    except RedisError:
        return False
