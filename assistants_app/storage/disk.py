"""A byte store in a folder of this machine."""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from assistants_app.storage.byte_store import CHUNK, BytesMissing, Chunks, Digests, Stored

# What a key may contain: no path separator and no dot, so that no key leads out of the folder.
KEY = re.compile(r"[A-Za-z0-9_-]{3,64}")
UNFINISHED = ".unfinished-"


class DiskStore:
    """A byte store with one file per key.

    Files are in sub-folders named after the last two characters of their key. Those are random in
    our ids, so a million files are spread over 3,844 folders of about 260.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def write(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Write a file, as :class:`ByteStore` promises."""
        path = self._path_of(key)
        # A new sub-folder is a new name in the folder above, which has to be synced too.
        folders = [path.parent] if path.parent.exists() else [path.parent, self._folder]
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written under another name first, so that no reader sees half a file.
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
        """Yield the file's bytes, as :class:`ByteStore` promises."""
        try:
            source = self._path_of(key).open("rb")
        except FileNotFoundError:
            raise BytesMissing(key) from None
        source.seek(start)
        # A generator of its own, so that a missing file raises here and not at the first read.
        return _read_chunks(source, None if end is None else end - start)

    def exists(self, key: str) -> bool:
        """Return whether the file exists."""
        return self._path_of(key).exists()

    def delete(self, key: str) -> None:
        """Remove the file, if it exists."""
        self._path_of(key).unlink(missing_ok=True)

    def keys(self, *, before: datetime) -> Iterator[str]:
        """Yield the keys of files last changed before this time."""
        return (
            path.name for path in self._files_before(before) if not path.name.startswith(UNFINISHED)
        )

    def drop_unfinished(self, *, before: datetime) -> int:
        """Remove unfinished files last changed before this time. Return their number."""
        stale = [path for path in self._files_before(before) if path.name.startswith(UNFINISHED)]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _path_of(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise BytesMissing(key)
        return self._folder / key[-2:] / key

    def _files_before(self, before: datetime) -> Iterator[Path]:
        for path in self._folder.glob("*/*"):
            try:
                changed = path.stat().st_mtime
            except FileNotFoundError:
                continue  # deleted since it was listed
            if changed < before.timestamp():
                yield path


def _read_chunks(source: BinaryIO, left: int | None) -> Chunks:
    with source:
        while chunk := source.read(CHUNK if left is None else min(CHUNK, left)):
            yield chunk
            if left is not None:
                left -= len(chunk)


def _sync_folder(folder: Path) -> None:
    # Syncing a file makes its bytes durable, not its name. The name belongs to the folder.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
