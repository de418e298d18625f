"""Files of /mnt/data as the session sees them: regular ones only, links never followed."""

import hashlib
import os
import stat
from collections.abc import Iterator
from typing import Any

from assistants_app.sandbox.guest.jail import WORK

_BLOCK = 1 << 20
_Key = tuple[int, int, int]
_FileObject = dict[str, Any]


class Files:
    """Knows which files the host was told of."""

    def __init__(self) -> None:
        self._digests: dict[str, tuple[_Key, str]] = {}
        self._told: dict[str, _Key] = {}

    def all(self, count: int, max_bytes: int) -> list[_FileObject]:
        """At most `count` files; those beyond `max_bytes` in sum have no digest."""
        found: list[_FileObject] = []
        for name, status in _regular():
            if len(found) == count:
                break
            digest = self._digest(name, status, max_bytes)
            max_bytes -= status.st_size
            found.append({"name": name, "size": status.st_size, "digest": digest})
        return found

    def changed(self, count: int, max_bytes: int) -> list[_FileObject]:
        """New or changed ones since the last call of this."""
        found: list[_FileObject] = []
        for name, status in _regular():
            if self._told.get(name) == _key(status) or len(found) == count:
                continue
            self._told[name] = _key(status)
            digest = self._digest(name, status, max_bytes)
            max_bytes -= status.st_size
            found.append({"name": name, "size": status.st_size, "digest": digest})
        return found

    def write(self, name: str, data: bytes, *, first: bool) -> None:
        """Make the file anew, or append to it. Raises OSError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
        flags |= os.O_TRUNC if first else os.O_APPEND
        os.makedirs(os.path.dirname(_path(name)), exist_ok=True)  # noqa: PTH103, PTH120
        descriptor = os.open(_path(name), flags, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        self._told[name] = _key(os.lstat(_path(name)))

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Bytes of a regular file, none at its end. Raises OSError."""
        with os.fdopen(_open(name), "rb") as file:
            file.seek(offset)
            return file.read(count)

    def status(self, name: str) -> _FileObject:
        """One file. Raises OSError."""
        status = os.lstat(_path(name))
        digest = self._digest(name, status, status.st_size)
        return {"name": name, "size": status.st_size, "digest": digest}

    def remove(self, name: str) -> None:
        """Away with a half-written file. Raises OSError."""
        os.unlink(_path(name))  # noqa: PTH108

    def _digest(self, name: str, status: os.stat_result, max_bytes: int) -> str:
        known = self._digests.get(name)
        if known is not None and known[0] == _key(status):
            return known[1]
        if status.st_size > max_bytes:
            return ""
        sha = hashlib.sha256()
        try:
            with os.fdopen(_open(name), "rb") as file:
                while block := file.read(_BLOCK):
                    sha.update(block)
        except OSError:
            return ""
        self._digests[name] = (_key(status), sha.hexdigest())
        return sha.hexdigest()


def _regular() -> Iterator[tuple[str, os.stat_result]]:
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


def _open(name: str) -> int:
    descriptor = os.open(_path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(name)
    return descriptor


def _path(name: str) -> str:
    return f"{WORK}/{name}"


def _key(status: os.stat_result) -> _Key:
    return (status.st_ino, status.st_mtime_ns, status.st_size)
