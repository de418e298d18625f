"""Turn a fork of the zygote into a session: namespaces, mounts, capabilities, limits, seccomp.

The order matters: each step needs privileges that a later step drops.
"""

import contextlib
import ctypes
import os
import resource
import socket
import struct
from pathlib import Path
from typing import Any

from assistants_app.sandbox.guest.frames import encode

WORK = "/mnt/data"
# NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_NEW_NAMESPACES = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000
_NOSUID, _NODEV, _NOEXEC, _RECURSIVE, _PRIVATE = 2, 4, 8, 1 << 14, 1 << 18
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 22, 24, 38
_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, _SECCOMP_FILTER = 47, 4, 2
_CAPABILITY_VERSION_3 = 0x20080522
# Each of them is memory of the host, like /mnt/data.
_SCRATCH = ("/tmp", "/dev/shm")
_SCRATCH_BYTES = 64 << 20
_SCRATCH_FILES = 4096
_USER = 1000

_libc = ctypes.CDLL(None, use_errno=True)


def enter(config: dict[str, Any], channel: socket.socket) -> None:
    """Jail this process, and return in process 1 of the new session. Raises OSError.

    `channel` gets a greeting that shows the host the new process and its disk.
    """
    die_before_others("1000")
    if config["uid"] is not None:
        os.setgroups([])
        os.setresgid(config["uid"], config["uid"], config["uid"])
        os.setresuid(config["uid"], config["uid"], config["uid"])
        # A change of user clears this flag, and /proc/self would belong to root: the maps below
        # could not be written.
        _raise_if_failed(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable")
    uid, gid = os.getuid(), os.getgid()
    _raise_if_failed(_libc.unshare(_NEW_NAMESPACES), "unshare")
    # The kernel accepts a group map of an ordinary user only after this.
    _write_file("/proc/self/setgroups", "deny")
    _write_file("/proc/self/uid_map", f"{_USER} {uid} 1")
    _write_file("/proc/self/gid_map", f"{_USER} {gid} 1")
    # `unshare` puts only children into the new pid namespace: the first one is process 1.
    if os.fork():
        os._exit(0)
    _mount_file_systems(config["disk_bytes"], config["disk_files"])
    # In a namespace of its own, code would get back all capabilities.
    _write_file("/proc/sys/user/max_user_namespaces", "0")
    _greet_host(channel)
    os.nice(config["niceness"])
    _drop_capabilities()
    _set_limits(config)
    # The memory of this process can be read by nobody, and a crash starts no program of the host.
    _raise_if_failed(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")
    _install_filter(bytes.fromhex(config["filter"]))


def die_before_others(score: str) -> None:
    """Let this process end before the app and its database when the machine runs out of memory."""
    # A system may forbid it, and isolation doesn't depend on it.
    with contextlib.suppress(OSError):
        _write_file("/proc/self/oom_score_adj", score)


def _mount_file_systems(disk_bytes: int, disk_files: int) -> None:
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    # Both limits, since empty files take memory without taking space.
    sizes = (
        (WORK, disk_bytes, disk_files),
        *((path, _SCRATCH_BYTES, _SCRATCH_FILES) for path in _SCRATCH),
    )
    for path, size, inodes in sizes:
        options = f"size={size},nr_inodes={inodes},mode=1777"
        _mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, options)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)


def _greet_host(channel: socket.socket) -> None:
    # The host reads the process id from the message's credentials, and gets the disks as
    # descriptors: it never opens a path of the session.
    disks = [os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in (WORK, *_SCRATCH)]
    socket.send_fds(channel, [encode({"event": "jailed"})], disks)
    for disk in disks:
        os.close(disk)


def _drop_capabilities() -> None:
    # Unknown numbers fail harmlessly; the kernel has about 40.
    for capability in range(64):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    _libc.prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    _raise_if_failed(_libc.capset(header, bytes(24)), "capset")


def _set_limits(config: dict[str, Any]) -> None:
    # The libraries already take address space, so the limit is what code may add to it.
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * resource.getpagesize() + config["memory_bytes"]
    limits = {
        resource.RLIMIT_AS: space,
        resource.RLIMIT_NPROC: config["processes"],
        resource.RLIMIT_NOFILE: config["open_files"],
        resource.RLIMIT_FSIZE: config["file_bytes"],
        # With 0, a crash would still start the program that a `core_pattern` with a pipe names, as
        # root and outside of all namespaces. With 1, the kernel writes no core and starts nothing.
        resource.RLIMIT_CORE: 1,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_STACK: 64 << 20,
    }
    for name, value in limits.items():
        # A process without privileges cannot raise a hard limit.
        _, hard = resource.getrlimit(name)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))


def _install_filter(program: bytes) -> None:
    # Required to install a filter without privileges, and keeps setuid programs from having any.
    _raise_if_failed(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    _raise_if_failed(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, header, 0, 0), "seccomp")


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    names = [text.encode() if text else None for text in (source, target, kind)]
    result = _libc.mount(*names, flags, options.encode() if options else None)
    _raise_if_failed(result, f"mount {target}")


def _write_file(path: str, text: str) -> None:
    Path(path).write_text(text)


def _raise_if_failed(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
