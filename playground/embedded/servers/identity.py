"""The user that PostgreSQL runs as. It refuses to run as root, so root needs another identity."""

import contextlib
import os
import pwd
from pathlib import Path

from playground.embedded.errors import LaunchError
from playground.embedded.process import Command

SAME = "same"
NO_WAY = (
    "PostgreSQL refuses to run as root, and here root can neither create a user namespace nor let "
    "user {user} reach {path}. Start as an ordinary user, allow user namespaces "
    "(kernel.unprivileged_userns_clone=1, or a container option such as --security-opt "
    "seccomp=unconfined), choose a DATA_DIR that every user may enter, or set DATABASE_URL."
)


def choose_identity(data_dir: Path, program: Path) -> str:
    """Return the identity (see child.py) that may run `program` and own `data_dir`.

    Ordinary users keep their own. Root gets a user namespace if possible, because the files then
    still belong to root. Raises LaunchError if nothing works.
    """
    if os.geteuid() != 0:
        return SAME
    owner = data_dir.stat().st_uid if data_dir.exists() else 0
    if owner != 0:
        with contextlib.suppress(KeyError):
            return as_user(pwd.getpwuid(owner))
    somebody = _unprivileged_user()
    inside = f"namespace:{somebody.pw_uid}:{somebody.pw_gid}"
    return inside if _works(inside, program) else as_user(somebody)


def as_user(user: pwd.struct_passwd) -> str:
    """Return the identity of a user of this machine."""
    return f"user:{user.pw_uid}:{user.pw_gid}"


def hand_over(identity: str, folders: list[Path], program: Path) -> None:
    """Give `folders` to the identity's user, and let that user pass through their parents.

    A parent is opened only if it is ours, and only for passing, not for listing. Raises LaunchError
    if the user still can't reach the folders.
    """
    if not identity.startswith("user:"):
        return
    uid, gid = (int(number) for number in identity.split(":")[1:])
    for folder in folders:
        try:
            reached = _works(identity, program) and _give(folder, uid, gid)
        except OSError:  # the user doesn't exist in our namespace
            reached = False
        entering = Command(("/bin/sh", "-c", 'cd "$0"', str(folder)), {}, Path("/"))
        if not reached or _run_as(identity, entering) != 0:
            raise LaunchError(NO_WAY.format(user=_name(uid), path=folder))


def _give(folder: Path, uid: int, gid: int) -> bool:
    above = folder.parent.stat()
    if above.st_uid == os.geteuid() and above.st_mode & 0o777 == 0o700:
        folder.parent.chmod(0o711)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)
    return True


def _works(identity: str, program: Path) -> bool:
    command = Command((str(program), "--version"), {"LC_ALL": "C"}, Path("/"))
    return _run_as(identity, command) == 0


def _run_as(identity: str, command: Command) -> int:
    return Command(command.argv, command.env, command.cwd, identity=identity).run().returncode


def _unprivileged_user() -> pwd.struct_passwd:
    # initdb wants a user with a name.
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        others = [user for user in pwd.getpwall() if user.pw_uid != 0]
    if not others:
        raise LaunchError(NO_WAY.format(user="nobody", path="its files"))
    return others[0]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
