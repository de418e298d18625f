"""The files in /mnt/data as the session sees them: only regular ones, never through links."""

import hashlib
import os
import stat
from collections.abc import Iterator
from typing import Any

from assistants_app.sandbox.guest.jail import WORK

_BLOCK = 1 << 20
# inode, modification time, size: as long as they are equal, a file is not read again.
_FileKey = tuple[int, int, int]
_FileRow = dict[str, Any]


class Files:
    """The files of a session, and which of them the host already knows."""

    def __init__(self) -> None:
        self._digests: dict[str, tuple[_FileKey, str]] = {}
        self._reported: dict[str, _FileKey] = {}

    def all(self, count: int, max_bytes: int) -> list[_FileRow]:
        """Return at most `count` files. Beyond `max_bytes` in total, files have no digest."""
        found: list[_FileRow] = []
        for name, status in _regular_files():
            if len(found) == count:
                break
            digest = self._digest(name, status, max_bytes)
            max_bytes -= status.st_size
            found.append({"name": name, "size": status.st_size, "digest": digest})
        return found

    def changed(self, count: int, max_bytes: int) -> list[_FileRow]:
        """Return the files that are new or changed since the last call, limited like `all`."""
        found: list[_FileRow] = []
        for name, status in _regular_files():
            if self._reported.get(name) == _key_of(status) or len(found) == count:
                continue
            self._reported[name] = _key_of(status)
            digest = self._digest(name, status, max_bytes)
            max_bytes -= status.st_size
            found.append({"name": name, "size": status.st_size, "digest": digest})
        return found

    def write(self, name: str, data: bytes, *, first: bool) -> None:
        """Create or replace a file if `first`, else append to it. Raises OSError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
        flags |= os.O_TRUNC if first else os.O_APPEND
        os.makedirs(os.path.dirname(_path_of(name)), exist_ok=True)  # noqa: PTH103, PTH120
        descriptor = os.open(_path_of(name), flags, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        # What the host wrote is not a change to report to it.
        self._reported[name] = _key_of(os.lstat(_path_of(name)))

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return bytes of a regular file, none at its end. Raises OSError."""
        with os.fdopen(_open_regular(name), "rb") as file:
            file.seek(offset)
            return file.read(count)

    def status(self, name: str) -> _FileRow:
        """Return one file's name, size and digest. Raises OSError."""
        status = os.lstat(_path_of(name))
        digest = self._digest(name, status, status.st_size)
        return {"name": name, "size": status.st_size, "digest": digest}

    def remove(self, name: str) -> None:
        """Delete a file. Raises OSError."""
        os.unlink(_path_of(name))  # noqa: PTH108

    def _digest(self, name: str, status: os.stat_result, max_bytes: int) -> str:
        known = self._digests.get(name)
        if known is not None and known[0] == _key_of(status):
            return known[1]
        if status.st_size > max_bytes:
            return ""
        sha = hashlib.sha256()
        try:
            with os.fdopen(_open_regular(name), "rb") as file:
                while block := file.read(_BLOCK):
                    sha.update(block)
        except OSError:
            return ""
        self._digests[name] = (_key_of(status), sha.hexdigest())
        return sha.hexdigest()


def _regular_files() -> Iterator[tuple[str, os.stat_result]]:
    for folder, folders, names in os.walk(WORK, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)  # noqa: PTH118
            try:
                status = os.lstat(path)
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode):
                yield os.path.relpath(path, WORK), status


def _open_regular(name: str) -> int:
    # O_NONBLOCK, since opening a FIFO would otherwise wait for a writer.
    descriptor = os.open(_path_of(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(name)
    return descriptor


def _path_of(name: str) -> str:
    return f"{WORK}/{name}"


def _key_of(status: os.stat_result) -> _FileKey:
    return (status.st_ino, status.st_mtime_ns, status.st_size)
