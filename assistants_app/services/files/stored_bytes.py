"""Store and remove the bytes of files.

Bytes are stored before their row's transaction and removed after it, so a row always has its
bytes. A crash can only leave bytes without a row, which the sweeper removes (docs/adr/0005).
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
from assistants_app.services.space import require_space
from assistants_app.storage.byte_store import BytesMissing, Stored, byte_store

logger = logging.getLogger(__name__)

# The prefixes of our keys. A bucket may have objects of others.
OURS = ("file-", "part_", "tapefile_", "testfile_")
BATCH = 1000
WRITING = timedelta(days=1)  # longer than any write under one key takes


def store_bytes(*, key: str, chunks: Iterable[bytes], limit: int) -> Stored:
    """Store the bytes under the id of a row that doesn't exist yet.

    Raises :class:`ApiError` with status 413 for more than `limit` bytes, and 507 without space.
    """
    require_space()
    return byte_store().write(key, _bounded(chunks, limit))


def join_bytes(*, key: str, sources: list[str]) -> Stored:
    """Store the bytes of several keys, joined in order, under the id of a row to be created.

    Raises :class:`InvalidRequest` if one of the keys is gone, and :class:`NoSpace`.
    """
    require_space()
    store = byte_store()
    try:
        return store.write(key, chain.from_iterable(store.read(source) for source in sources))
    except BytesMissing:
        raise InvalidRequest("The Upload was cancelled or has expired.") from None


def remove_orphans(*, min_age: timedelta) -> int:
    """Remove bytes without a row that are at least `min_age` old. Return the number of keys."""
    # Younger bytes may belong to a request that has not committed its row yet.
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
    """Remove the bytes of these keys. If the storage is unavailable, the sweeper does it later."""
    for key in keys:
        try:
            byte_store().delete(key)
        except OSError as error:
            logger.warning("Couldn't remove the bytes of %s; the sweeper will: %s", key, error)


def discard_on_commit(keys: Iterable[str]) -> None:
    """Remove the bytes of deleted rows once the transaction is committed."""
    transaction.on_commit(partial(discard_bytes, keys=list(keys)))


def _bounded(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    # Counted while they pass: no process holds a whole file in memory.
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise ApiError(
                f"File is too large: the maximum is {limit // 1024**2} MB.", http_status=413
            )
        yield chunk
