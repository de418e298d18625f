"""The bytes beside the rows. They come before their row's transaction and go after it, so a row
has its bytes at any time; what a crash leaves between is the sweeper's.
"""

import logging
from collections.abc import Iterable, Iterator
from functools import partial

from django.db import transaction

from assistants_app.domain.errors import ApiError
from assistants_app.storage.byte_store import Stored, byte_store

logger = logging.getLogger(__name__)


def store_bytes(*, key: str, chunks: Iterable[bytes], limit: int) -> Stored:
    """Keep these bytes under an id that is to be. Raises a 413 above `limit` bytes."""
    return byte_store().write(key, _bounded(chunks, limit))


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
