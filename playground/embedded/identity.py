"""As whom PostgreSQL runs: it refuses to be root, so root must be somebody else for it."""

import contextlib
import os
import pwd
from pathlib import Path

from playground.embedded.errors import LaunchError
from playground.embedded.process import Command

SAME = "same"
NO_WAY = (
    "PostgreSQL refuses to run as root, and here root can neither make a user namespace nor let "
    "user {user} reach {path}: start as an ordinary user, allow user namespaces "
    "(kernel.unprivileged_userns_clone=1, or a container option such as --security-opt "
    "seccomp=unconfined), choose a DATA_DIR that every user may enter, or set DATABASE_URL."
)


def choose_identity(data_dir: Path, program: Path) -> str:
    """Identity (see child.py) under which `program` may run and own `data_dir`.

    Ordinary users run it as themselves. For root a user namespace is preferred, because there the
    files stay root's own. Raises LaunchError when nothing works.
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
    """The identity of a user of this machine."""
    return f"user:{user.pw_uid}:{user.pw_gid}"


def hand_over(identity: str, folders: list[Path], program: Path) -> None:
    """Gives `folders` to the identity's user and lets it pass through the folder above each.

    That one is opened only if it is ours, and only for passing, not for listing.
    Raises LaunchError when the user cannot get there all the same.
    """
    if not identity.startswith("user:"):
        return
    uid, gid = (int(number) for number in identity.split(":")[1:])
    for folder in folders:
        try:
            reached = _works(identity, program) and _give(folder, uid, gid)
        except OSError:  # this user does not exist in the namespace that we run in
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
    """Nobody, or the first user that is not root: initdb wants one that has a name."""
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
