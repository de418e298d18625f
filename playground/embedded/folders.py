"""Folders and files of a start: the lock, secrets, short paths for sockets, disk space."""

import errno
import fcntl
import os
import shutil
import stat
import threading
from pathlib import Path

from playground.embedded.errors import LaunchError

# Longest path of a unix socket in bytes, without the closing zero: 107 on Linux, 103 on macOS.
LONGEST_SOCKET_PATH = 103
LONGEST_SOCKET_NAME = len("/db/.s.PGSQL.5432")


class FolderBusy(LaunchError):
    """Raised when another process holds a folder's lock."""


class FolderLock:
    """An exclusive lock on a folder, released when the process that holds it ends.

    Raises FolderBusy with the sentence `busy`, where `{pid}` becomes the holder's process id.
    """

    def __init__(self, path: Path, busy: str) -> None:
        self._releasing = threading.Lock()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(self._descriptor, 32).decode(errors="replace").strip() or "unknown"
            self.release()
            raise FolderBusy(busy.format(pid=pid)) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Release the lock. A second call does nothing, also from another thread."""
        # A start that fails stops its servers from two threads, and one descriptor is closed once.
        with self._releasing:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1


def make_folder(path: Path) -> None:
    """Create `path`, readable by its owner only, unless it exists. Raises LaunchError."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(path, error) from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise unusable(path, PermissionError(errno.EACCES, "Permission denied"))


def unusable(path: Path, error: OSError) -> LaunchError:
    """Return the error for a folder that can't be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return LaunchError(
            f"The disk with {path} is full. Free some space, or choose another DATA_DIR."
        )
    reason = (error.strerror or "unknown reason").lower()
    return LaunchError(
        f"Can't write to the data folder {path} ({reason}). Choose another DATA_DIR, or give this "
        "user access to it."
    )


def require_space(path: Path, megabytes: int) -> None:
    """Raise LaunchError if the disk of `path` has less than `megabytes` free."""
    free = shutil.disk_usage(path).free // 2**20
    if free < megabytes:
        raise LaunchError(
            f"The disk with {path} is full ({free} MB free, {megabytes} MB needed). Free some "
            "space, or choose another DATA_DIR."
        )


def kept_secret(path: Path, prefix: str = "") -> str:
    """Return the secret in `path`. The first call creates it, readable by its owner only."""
    try:
        if path.exists() and (value := path.read_text(encoding="ascii").strip()):
            return value
        value = prefix + os.urandom(24).hex()
    except OSError as error:
        raise unusable(path.parent, error) from error
    except UnicodeDecodeError as error:
        raise LaunchError(
            f"{path} is damaged. Delete it, and the next start creates a new one."
        ) from error
    keep_secret(path, value)
    return value


def keep_secret(path: Path, value: str) -> None:
    """Write the secret to `path`, readable by its owner only. Raises LaunchError."""
    try:
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{value}\n")
        fresh.replace(path)
    except OSError as error:
        raise unusable(path.parent, error) from error


def socket_folder(data_dir: Path) -> Path:
    """Return a private folder for unix sockets: in `data_dir`, or in /tmp if that path is too long.

    Capitals count as too long: DATABASE_URL has the folder in place of its host, and hosts are read
    in lower case.
    """
    folder = data_dir / "run"
    if _fits_a_socket(folder):
        make_folder(folder)
        return folder
    return _short_folder(data_dir / "socket_folder")


def _fits_a_socket(folder: Path) -> bool:
    path = str(folder)
    length = len(os.fsencode(path)) + LONGEST_SOCKET_NAME
    return path == path.lower() and path.isascii() and length <= LONGEST_SOCKET_PATH


def _short_folder(note: Path) -> Path:
    """Return the folder named in `note` if only we can enter it, else a new one."""
    try:
        if note.exists():
            known = Path(note.read_text(encoding="utf-8").strip())
            if _is_ours_alone(known):
                return known
        folder = Path("/tmp") / f"playground-{os.urandom(8).hex()}"
        folder.mkdir(mode=0o700)  # fails if another user has created it
        note.write_text(f"{folder}\n", encoding="utf-8")
    except OSError as error:
        raise unusable(note.parent, error) from error
    return folder


def _is_ours_alone(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid == os.geteuid()
        and stat.S_IMODE(status.st_mode) == 0o700
    )


def remove_socket_folder(data_dir: Path, folder: Path) -> None:
    """Remove a folder in /tmp after an orderly stop; the one in `data_dir` stays."""
    if folder.parent != data_dir:
        shutil.rmtree(folder, ignore_errors=True)
        (data_dir / "socket_folder").unlink(missing_ok=True)
