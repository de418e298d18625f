"""Bytes in a folder of this machine."""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from assistants_app.storage.byte_store import CHUNK, BytesMissing, Chunks, Digests, Stored

KEY = re.compile(r"[A-Za-z0-9_-]{3,64}")
UNFINISHED = ".unfinished-"


class DiskStore:
    """One file per key, in sub-folders named by the last two characters of keys: those of ids are
    random, so that a million files make 3,844 folders of 260.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def write(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Under another name first, so that nobody sees half of it; on the disk when it returns."""
        path = self._path(key)
        folders = [path.parent] if path.parent.exists() else [path.parent, self._folder]
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{UNFINISHED}{path.name}-{token_hex(8)}")
        digests = Digests()
        try:
            with unfinished.open("xb") as out:
                for chunk in digests.watch(chunks):
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        for folder in folders:
            _sync_folder(folder)
        return digests.stored()

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Chunks:
        """Chunks of the file."""
        try:
            source = self._path(key).open("rb")
        except FileNotFoundError:
            raise BytesMissing(key) from None
        source.seek(start)
        return _chunks(source, None if end is None else end - start)

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        return self._path(key).exists()

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._path(key).unlink(missing_ok=True)

    def keys(self, *, before: datetime) -> Iterator[str]:
        """Names of files by their time of change."""
        return (path.name for path in self._old(before) if not path.name.startswith(UNFINISHED))

    def drop_unfinished(self, *, before: datetime) -> int:
        """Remove files that nobody has written to since."""
        stale = [path for path in self._old(before) if path.name.startswith(UNFINISHED)]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise BytesMissing(key)
        return self._folder / key[-2:] / key

    def _old(self, before: datetime) -> Iterator[Path]:
        for path in self._folder.glob("*/*"):
            try:
                changed = path.stat().st_mtime
            except FileNotFoundError:
                continue
            if changed < before.timestamp():
                yield path


def _chunks(source: BinaryIO, left: int | None) -> Chunks:
    with source:
        while chunk := source.read(CHUNK if left is None else min(CHUNK, left)):
            yield chunk
            if left is not None:
                left -= len(chunk)


def _sync_folder(folder: Path) -> None:
    """Make the names in it last: a file's own sync does not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
