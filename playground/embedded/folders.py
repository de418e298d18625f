"""Folders and files of one start: the lock, kept secrets, short places for sockets, disk space."""

import errno
import fcntl
import os
import shutil
import stat
from pathlib import Path

from playground.embedded.errors import LaunchError

# Bytes of a unix socket's path without the closing zero: 107 on Linux, 103 on macOS.
LONGEST_SOCKET_PATH = 103
LONGEST_SOCKET_NAME = len("/db/.s.PGSQL.5432")


class FolderLock:
    """An exclusive lock on a folder, gone with the process that holds it."""

    def __init__(self, path: Path, busy: str) -> None:
        """`busy` is the sentence for one who comes second, with `{pid}` for the holder."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(self._descriptor, 32).decode(errors="replace").strip() or "unknown"
            self.release()
            raise LaunchError(busy.format(pid=pid)) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Gives the lock up; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def make_folder(path: Path) -> None:
    """Makes `path`, for its owner alone, if it is missing. Raises LaunchError."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(path, error) from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise unusable(path, PermissionError(errno.EACCES, "Permission denied"))


def unusable(path: Path, error: OSError) -> LaunchError:
    """The sentence for a folder that cannot be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return LaunchError(
            f"The disk that holds {path} is full: free some space, or choose another DATA_DIR."
        )
    reason = (error.strerror or "unknown reason").lower()
    return LaunchError(
        f"The data folder {path} cannot be written ({reason}): choose another DATA_DIR, or give "
        "this user the rights to it."
    )


def require_space(path: Path, megabytes: int) -> None:
    """Raises LaunchError when less than `megabytes` are free where `path` is."""
    free = shutil.disk_usage(path).free // 2**20
    if free < megabytes:
        raise LaunchError(
            f"The disk that holds {path} is full ({free} MB free, {megabytes} MB needed): free "
            "some space, or choose another DATA_DIR."
        )


def kept_secret(path: Path, prefix: str = "") -> str:
    """The secret in `path`, made at the first start and readable by its owner alone."""
    try:
        if path.exists() and (value := path.read_text(encoding="ascii").strip()):
            return value
        value = prefix + os.urandom(24).hex()
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{value}\n")
        fresh.replace(path)
    except OSError as error:
        raise unusable(path.parent, error) from error
    except UnicodeDecodeError as error:
        raise LaunchError(f"{path} holds no text: delete it, and a new one is made.") from error
    return value


def socket_folder(data_dir: Path) -> Path:
    """A private folder for unix sockets: in `data_dir`, or a short one when its path is too long.

    Capitals count as too long as well: a host in a URL, which is how the database's socket is
    named in DATABASE_URL, is read in lower case.
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
    """The folder named in `note` if it is still ours alone, else a new one."""
    try:
        if note.exists():
            known = Path(note.read_text(encoding="utf-8").strip())
            if _is_ours_alone(known):
                return known
        folder = Path("/tmp") / f"playground-{os.urandom(8).hex()}"
        folder.mkdir(mode=0o700)  # fails if somebody else was there first
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
    """Removes a short folder after an orderly stop; the one in `data_dir` stays."""
    if folder.parent != data_dir:
        shutil.rmtree(folder, ignore_errors=True)
        (data_dir / "socket_folder").unlink(missing_ok=True)
