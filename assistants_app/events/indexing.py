"""How far the indexing of files has come. Only for people to look at: it may be lost."""

from collections.abc import Sequence
from contextlib import suppress
from typing import cast

import redis

from assistants_app.redis_client import client

KEPT = 300  # seconds after the last step

Progress = tuple[int, int]  # chunks that are done, and all chunks; 0 and 0 while the file is read


def note_progress(row_id: str, done: int, total: int) -> None:
    """Note how many chunks of a file in a store are embedded."""
    with suppress(redis.RedisError):
        client().set(_key(row_id), f"{done} {total}", ex=KEPT)


def forget_progress(row_id: str) -> None:
    """Forget the progress of a file that is no longer indexed."""
    with suppress(redis.RedisError):
        client().delete(_key(row_id))


def progress_of(row_ids: Sequence[str]) -> dict[str, Progress]:
    """Return the progress of those of the files that are being indexed."""
    if not row_ids:
        return {}
    try:
        found = cast(list[bytes | None], client().mget([_key(row_id) for row_id in row_ids]))
    except redis.RedisError:
        return {}
    values = zip(row_ids, found, strict=True)
    return {row_id: _parsed(value) for row_id, value in values if value is not None}


def _key(row_id: str) -> str:
    return f"indexing:{row_id}"


def _parsed(value: bytes) -> Progress:
    done, total = value.split()
    return int(done), int(total)
