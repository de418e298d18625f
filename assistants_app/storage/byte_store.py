"""The interface of all byte stores. Keys are our own ids, never a file's name."""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from django.core.files.storage import storages

from assistants_app.domain.errors import PlaygroundError

Chunks = Generator[bytes, None, None]

CHUNK = 256 * 1024  # the most bytes that a reader yields at once


class BytesMissing(PlaygroundError):
    """Raised when the store has no bytes under a key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The storage has no bytes for {key}.")


@dataclass(frozen=True, slots=True)
class Stored:
    """The size in bytes and the hexadecimal digests of what was written."""

    size: int
    sha256: str
    md5: str


class ByteStore(Protocol):
    """A store for bytes. Its methods block, and raise ``OSError`` if they can't reach the store."""

    def write(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Store these bytes, completely and durably before it returns.

        If this raises, also because `chunks` does, nothing is stored.
        """

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Chunks:
        """Yield the bytes from `start` up to but not including `end`.

        Raises :class:`BytesMissing`, at the call and not at the first read. Close the iterator if
        you don't read it to its end.
        """

    def exists(self, key: str) -> bool:
        """Return whether there are bytes under `key`."""

    def delete(self, key: str) -> None:
        """Remove the bytes under `key`, if there are any."""

    def keys(self, *, before: datetime) -> Iterator[str]:
        """Yield the keys of all bytes written before this time, in any order."""

    def drop_unfinished(self, *, before: datetime) -> int:
        """Remove what writers killed before this time left behind. Return the number removed."""


def byte_store() -> ByteStore:
    """Return the byte store of the settings."""
    return cast(ByteStore, storages["files"])


class Digests:
    """Size and digests of a stream of bytes."""

    def __init__(self) -> None:
        self._size = 0
        self._sha256 = hashlib.sha256()
        # Only compared with the checksum that a client may send for an upload.
        self._md5 = hashlib.md5(usedforsecurity=False)

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the same chunks, and count each."""
        for chunk in chunks:
            self._size += len(chunk)
            self._sha256.update(chunk)
            self._md5.update(chunk)
            yield chunk

    def stored(self) -> Stored:
        """Return the size and digests of all chunks so far."""
        return Stored(self._size, self._sha256.hexdigest(), self._md5.hexdigest())
