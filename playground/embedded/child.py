"""Becomes another program that ends with its parent; run by path with ``python -I -S``.

Arguments: parent's pid, signal to get when the parent dies, identity, watch descriptor, command.
It is a script of its own because all of this must happen after the fork and in this order: a new
user namespace and a change of user both clear the parent-death signal, so that one comes last.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
SECONDS_TO_END = 5.0


def enter_user_namespace(uid: int, gid: int) -> None:
    """Appears as `uid` from now on, while files stay those of the user outside."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outside_uid} 1"),
        ("gid_map", f"{gid} {outside_gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 (no pathlib: start-up time)
            file.write(text)


def become_user(uid: int, gid: int) -> None:
    """Gives up root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def take_identity(identity: str) -> None:
    """`same`, `namespace:UID:GID` or `user:UID:GID`."""
    kind, _, ids = identity.partition(":")
    if kind == "same":
        return
    uid, gid = (int(number) for number in ids.split(":"))
    if kind == "namespace":
        enter_user_namespace(uid, gid)
    else:
        become_user(uid, gid)


def die_with_parent(parent: int, orphan_signal: int) -> None:
    """Linux only; elsewhere `watch` does it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, orphan_signal)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)


def watch(descriptor: int, orphan_signal: int) -> None:
    """Forks a watcher that ends this process when the pipe's other end closes with its owner.

    A byte in the pipe means that the process ended and there is nothing to watch any more.
    """
    target = os.getpid()
    if os.fork() > 0:
        os.close(descriptor)
        return
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    if not os.read(descriptor, 1):
        with contextlib.suppress(ProcessLookupError):
            os.kill(target, orphan_signal)
            deadline = time.monotonic() + SECONDS_TO_END
            while time.monotonic() < deadline:
                os.kill(target, 0)
                time.sleep(0.05)
            os.kill(target, signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Never returns: the command takes this process over."""
    parent, orphan_signal, identity, descriptor, *command = sys.argv[1:]
    if int(descriptor) >= 0:
        watch(int(descriptor), int(orphan_signal))
    try:
        take_identity(identity)
        die_with_parent(int(parent), int(orphan_signal))
        os.execv(command[0], command)
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error}\n")
        os._exit(126)


main()
