"""Becomes another program that ends with its parent; run by path with ``python -I -S``.

Arguments: the parent's pid, the signal to receive when the parent dies, the identity, the watch
descriptor, the command. It is a script of its own because everything has to happen after the fork
and in this order: a new user namespace and a change of user both clear the parent-death signal, so
the signal is set last.
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
    """Appear as `uid` inside; files still belong to the user outside."""
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
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def take_identity(identity: str) -> None:
    """Take on `same`, `namespace:UID:GID` or `user:UID:GID`."""
    kind, _, ids = identity.partition(":")
    if kind == "same":
        return
    uid, gid = (int(number) for number in ids.split(":"))
    if kind == "namespace":
        enter_user_namespace(uid, gid)
    else:
        become_user(uid, gid)


def die_with_parent(parent: int, orphan_signal: int) -> None:
    """Ask the kernel for a signal when the parent dies. Linux only; see `watch`."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, orphan_signal)
        if os.getppid() != parent:  # it died before the call above
            os._exit(1)


def watch(descriptor: int, orphan_signal: int) -> None:
    """Fork a watcher that ends this process when the pipe's other end closes with its owner.

    A byte in the pipe means that the process has ended, so the watcher ends too.
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
    """Become the command. Never returns."""
    parent, orphan_signal, identity, descriptor, *command = sys.argv[1:]
    if int(descriptor) >= 0:
        watch(int(descriptor), int(orphan_signal))
    try:
        take_identity(identity)
        die_with_parent(int(parent), int(orphan_signal))
        os.execv(command[0], command)
    except OSError as error:
        sys.stderr.write(f"Can't start {command[0]}: {error}\n")
        os._exit(126)


if __name__ == "__main__":
    main()
