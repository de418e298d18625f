"""What every place for bytes promises. Keys are our own ids, never anyone's file name."""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from django.core.files.storage import storages

from assistants_app.domain.errors import PlaygroundError

Chunks = Generator[bytes, None, None]

CHUNK = 256 * 1024  # bytes that readers are given at once, at most


class BytesMissing(PlaygroundError):
    """There are no bytes under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The storage has no bytes for {key}.")


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: its size in bytes and its digests in hexadecimal digits."""

    size: int
    sha256: str
    md5: str


class ByteStore(Protocol):
    """A place for bytes. Its methods block, and raise :class:`OSError` when it is out of reach."""

    def write(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Keep these bytes. They are there whole and for good once this returns, and not at all if
        it raises, also when `chunks` does.
        """

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Chunks:
        """The bytes from `start` up to, not including, `end`. The call itself raises
        :class:`BytesMissing`. Close the iterator if it is not read to its end.
        """

    def exists(self, key: str) -> bool:
        """Whether there are bytes under `key`."""

    def delete(self, key: str) -> None:
        """Remove the bytes; none under this key is fine."""

    def keys(self, *, before: datetime) -> Iterator[str]:
        """The keys of all bytes that were written before this time, in no order."""

    def drop_unfinished(self, *, before: datetime) -> int:
        """Remove what writers that were killed before this time have left; how many there were."""


def byte_store() -> ByteStore:
    """The place that the settings name."""
    return cast(ByteStore, storages["files"])


class Digests:
    """Size and digests of chunks that pass by."""

    def __init__(self) -> None:
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks."""
        for chunk in chunks:
            self._size += len(chunk)
            self._sha256.update(chunk)
            self._md5.update(chunk)
            yield chunk

    def stored(self) -> Stored:
        """What has passed so far."""
        return Stored(self._size, self._sha256.hexdigest(), self._md5.hexdigest())
