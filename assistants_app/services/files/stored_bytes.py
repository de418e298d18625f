"""The bytes beside the rows. They come before their row's transaction and go after it, so a row
has its bytes at any time; what a crash leaves between is the sweeper's.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from itertools import chain, islice

from django.db import transaction
from django.utils import timezone

from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.queries.files.files import keys_with_rows
from assistants_app.storage.byte_store import BytesMissing, Stored, byte_store

logger = logging.getLogger(__name__)

OURS = ("file-", "part_")
BATCH = 1000
WRITING = timedelta(days=1)  # longer than anyone writes under one key


def store_bytes(*, key: str, chunks: Iterable[bytes], limit: int) -> Stored:
    """Keep these bytes under an id that is to be. Raises a 413 above `limit` bytes."""
    return byte_store().write(key, _bounded(chunks, limit))


def join_bytes(*, key: str, sources: list[str]) -> Stored:
    """Keep the bytes of these keys, one after the other, under an id that is to be."""
    store = byte_store()
    try:
        return store.write(key, chain.from_iterable(store.read(source) for source in sources))
    except BytesMissing:
        raise InvalidRequest("The Upload was cancelled or has expired.") from None


def remove_orphans(*, min_age: timedelta) -> int:
    """Remove bytes of at least this age that no row stands for; how many keys there were.

    Whoever stores bytes commits their row at once, so older ones were left by a crash or by a row
    that is gone. Keys that are not ours are left alone.
    """
    store = byte_store()
    before = timezone.now() - min_age
    keys = (key for key in store.keys(before=before) if key.startswith(OURS))
    removed = 0
    while batch := list(islice(keys, BATCH)):
        orphans = set(batch) - keys_with_rows(batch)
        for key in orphans:
            store.delete(key)
        removed += len(orphans)
    return removed + store.drop_unfinished(before=timezone.now() - max(min_age, WRITING))


def discard_bytes(*, keys: Iterable[str]) -> None:
    """Remove bytes, if the storage can be reached; else the sweeper will."""
    for key in keys:
        try:
            byte_store().delete(key)
        except OSError as error:
            logger.warning("The bytes of %s are left to the sweeper: %s", key, error)


def discard_on_commit(keys: Iterable[str]) -> None:
    """Remove the bytes of rows that this transaction deletes."""
    transaction.on_commit(partial(discard_bytes, keys=list(keys)))


def _bounded(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise ApiError(
                f"File is too large: the maximum is {limit // 1024**2} MB.", http_status=413
            )
        yield chunk
