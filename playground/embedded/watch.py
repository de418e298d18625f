"""Notices changes of Python files, for `make dev`."""

import os
from collections.abc import Iterator
from pathlib import Path


class Watch:
    """Remembers the times of the Python files below some folders.

    It polls, which needs no package and no operating system's interface. For 450 files a look takes
    about 1 ms.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._seen = self._times()
        self._pending: set[str] = set()

    def changed(self) -> set[Path]:
        """Return the files that changed, once no more of them do.

        Editors and version control write several files one after another; a restart in between
        would find half a change.
        """
        now = self._times()
        fresh = {path for path, time in now.items() ^ self._seen.items()}
        self._seen = now
        if fresh or not self._pending:
            self._pending |= fresh
            return set()
        done, self._pending = self._pending, set()
        return {Path(path) for path in done}

    def _times(self) -> dict[str, int]:
        return {
            entry.path: entry.stat().st_mtime_ns
            for folder in self._folders
            for entry in _python_files(str(folder))
        }


def _python_files(folder: str) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                yield from _python_files(entry.path)
            elif entry.name.endswith(".py"):
                yield entry
