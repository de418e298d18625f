"""Which kinds of processes run. Only for people to look at: it may be lost."""

import time
from collections.abc import Collection, Iterable
from typing import Final, cast

import redis

from assistants_app.redis_client import client

WORKER: Final = "worker"
INDEXER: Final = "indexer"
INTERPRETER: Final = "interpreter"

NOTE_SECONDS = 5.0  # between two notes
# A process that is restarted at once isn't missed.
ALIVE_SECONDS = 20
# A kind that was given up on purpose is forgotten some day, and one that never ran isn't missed.
KNOWN_SECONDS = 7 * 24 * 3600
# After its own start, a web process waits for those that start with it.
GRACE_SECONDS = 30.0

_started = time.monotonic()


def note_presence(kinds: Iterable[str]) -> None:
    """Note that a process of each kind runs now. Raises ``redis.RedisError``."""
    with client().pipeline(transaction=False) as pipeline:
        for kind in kinds:
            pipeline.set(_alive(kind), "", ex=ALIVE_SECONDS)
            pipeline.set(_known(kind), "", ex=KNOWN_SECONDS)
        pipeline.execute()


def missing(kinds: Collection[str]) -> list[str]:
    """Return the kinds of processes that ran lately and don't run now."""
    if time.monotonic() - _started < GRACE_SECONDS:
        return []
    keys = [key for kind in kinds for key in (_alive(kind), _known(kind))]
    try:
        found = cast(list[bytes | None], client().mget(keys))
    except redis.RedisError:
        return []
    pairs = zip(kinds, found[::2], found[1::2], strict=True)
    return [kind for kind, alive, known in pairs if alive is None and known is not None]


def _alive(kind: str) -> str:
    return f"process:{kind}"


def _known(kind: str) -> str:
    return f"process:{kind}:known"
