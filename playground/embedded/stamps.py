"""Remembers for which files a step was done, so that the next start can skip it."""

import contextlib
from pathlib import Path


class Stamp:
    """A note in `path` of the names, sizes and times of the files below `folders`."""

    def __init__(self, path: Path, *folders: Path) -> None:
        self._path = path
        self._folders = folders

    def is_current(self) -> bool:
        """Return whether the files are the noted ones."""
        try:
            return self._path.read_text(encoding="utf-8") == self._listing()
        except (OSError, UnicodeDecodeError):
            return False

    def renew(self) -> None:
        """Note the files as they are."""
        # A full disk costs nothing but the step at the next start.
        with contextlib.suppress(OSError):
            self._path.write_text(self._listing(), encoding="utf-8")

    def _listing(self) -> str:
        lines = []
        for folder in self._folders:
            for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
                if path.is_file() and "__pycache__" not in path.parts:
                    status = path.stat()
                    lines.append(f"{path} {status.st_size} {status.st_mtime_ns}")
        return "\n".join(lines)
