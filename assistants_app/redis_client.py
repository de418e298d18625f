"""Connections to Redis."""

import threading

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

_lock = threading.Lock()
_client: redis.Redis | None = None


def client() -> redis.Redis:
    """Return this process's client, which is safe to use from many threads.

    Calls fail after seconds and are tried only twice: callers that can wait know for how long.
    """
    global _client
    with _lock:
        if _client is None:
            _client = redis.Redis.from_url(
                settings.REDIS_URL,
                socket_timeout=5,
                socket_connect_timeout=2,
                retry=Retry(NoBackoff(), 1),
            )
        return _client


def new_async_client() -> redis.asyncio.Redis:
    """Return a new client, for the running event loop alone."""
    # A subscription waits as long as nothing is published, so its reads have no timeout.
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=None)
