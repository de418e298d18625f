"""Free space on this machine's disks: below a floor nothing new begins, so that work can end."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from assistants_app import conf
from assistants_app.domain.errors import NoSpace
from assistants_app.models import Project

LOOK_SECONDS = 1.0
SMALL_DISK_PARTS = 10  # of a small disk, a tenth is enough
# The line of PostgreSQL's lock file beside its socket that names its data folder, from 0.
FOLDER_LINE = 1


def require_space(_: Project | None = None) -> None:
    """Raise :class:`NoSpace` if a disk has less than `FREE_SPACE_BYTES` left.

    It is the same for all projects. As one of the needs of an act, it is called with its project.
    """
    if is_short():
        raise NoSpace


def is_short() -> bool:
    """Return whether a disk had less than `FREE_SPACE_BYTES` left up to a second ago."""
    return _disks.are_short()


class Disks:
    """The disks of the data folder, of files, of temporary files, and of a local PostgreSQL."""

    def __init__(self) -> None:
        self._looked_at = 0.0
        self._short = False

    def are_short(self) -> bool:
        """Return whether one of them has too little space. Looks once a second."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._short = any(map(_is_short, _folders()))
        return self._short


def _folders() -> Iterator[Path]:
    yield Path(settings.DATA_DIR)
    # Bodies of requests wait there until they are complete.
    yield Path(tempfile.gettempdir())
    if folder := settings.STORAGES["files"].get("OPTIONS", {}).get("folder"):
        yield Path(folder)
    if folder := _database_folder():
        yield folder


def _database_folder() -> Path | None:
    # Only PostgreSQL's superusers may ask it for its folder. Its lock file is for the same user.
    database = settings.DATABASES["default"]
    lock = (
        Path(database.get("HOST") or "/nowhere") / f".s.PGSQL.{database.get('PORT') or 5432}.lock"
    )
    try:
        return Path(lock.read_text(encoding="utf-8").splitlines()[FOLDER_LINE])
    except (OSError, IndexError, UnicodeDecodeError):
        return None


def _is_short(folder: Path) -> bool:
    # A folder that doesn't exist yet will be made in the one above it.
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    # A temporary folder in memory may be smaller than the floor, and empty.
    floor = min(conf.FREE_SPACE_BYTES, disk.f_blocks * disk.f_frsize // SMALL_DISK_PARTS)
    return disk.f_bavail * disk.f_frsize < floor


_disks = Disks()
