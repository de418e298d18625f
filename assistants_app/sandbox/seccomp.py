"""The seccomp filter of a session: an allow-list compiled to BPF without libseccomp."""

import errno
import struct
from collections.abc import Iterable, Mapping, Sequence

from assistants_app.sandbox import syscalls

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Opcodes of classic BPF: load a word; jump if equal, if at least, if any bit is set; return.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Offsets in struct seccomp_data. Arguments have 64 bits, and a load reads 32 of them.
_ARCHITECTURE, _NUMBER, _FIRST, _SECOND, _THIRD, _THIRD_HIGH = 4, 0, 16, 24, 32, 36
_KILL, _ALLOW, _ERROR = 0x80000000, 0x7FFF0000, 0x00050000
# x32 calls report the architecture x86_64 and set this bit, so the list would not apply to them.
_X32_BIT = 0x40000000
_AF_UNIX = 1
# NEWTIME | NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
_NEW_NAMESPACES = 0x7E020080
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
# F_SETLEASE, F_NOTIFY: like inotify, they report what other sessions do with shared files.
_FILE_SPIES = (1024, 1026)
_PR_SET_DUMPABLE, _RLIMIT_CORE = 4, 4
_QUERY_PERSONALITY = 0xFFFFFFFF
# Calls newer than the tables. Programs probe for them, expect ENOSYS and then fall back.
_FIRST_UNKNOWN = 470
# These must look as if the kernel did not have them. A filter sees only registers, but clone3 has
# its flags in memory and io_uring its operations in a queue. With the others, sessions can watch or
# signal each other by the libraries that they share: what another one imports, by inotify and by
# what is in the page cache (mincore, RWF_NOWAIT), and messages by locks on a library. SQLite
# locks records with fcntl, and HDF5 does without locks if flock is absent.
_ABSENT = (
    *("clone3", "memfd_create", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch"),
    *("flock", "mincore", "preadv2", "pwritev2"),
)
# These succeed and do nothing. All that a session can write is in memory, so there is nothing to do
# for its own files, and it must not make the host write to its disks.
_WITHOUT_EFFECT = ("sync", "fsync", "fdatasync", "sync_file_range")

# code, instructions to skip if true, instructions to skip if false, operand
Instruction = tuple[int, int, int, int]


def build(architecture: str) -> bytes:
    """Return the filter as an array of `struct sock_filter`.

    Calls that are in no list fail with EPERM, unknown numbers with ENOSYS, and calls of another
    architecture kill the process. Raises KeyError for an architecture without a table.
    """
    audit = _AUDIT[architecture]
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
        *_conditions(syscalls.conditional(architecture)),
        *_allow(syscalls.allowed(architecture).values()),
        (_AT_LEAST, 0, 1, _FIRST_UNKNOWN),
        (_RETURN, 0, 0, _ERROR | errno.ENOSYS),
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
    ]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def _conditions(numbers: Mapping[str, int]) -> list[Instruction]:
    # An empty network namespace alone is not enough: no namespace covers vsock, for example.
    program = _allow_if_argument(numbers["socket"], _FIRST, [_AF_UNIX], errno.EAFNOSUPPORT)
    program += _allow_if_argument(numbers["socketpair"], _FIRST, [_AF_UNIX], errno.EAFNOSUPPORT)
    # Threads and processes may be cloned, but not into new namespaces.
    program += [
        (_EQUAL, 0, 4, numbers["clone"]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    # Would type into the terminal from which the app was started.
    program += _refuse_if_argument(numbers["ioctl"], _SECOND, _TERMINAL_INJECTION)
    program += _refuse_if_argument(numbers["fcntl"], _SECOND, _FILE_SPIES)
    # With another limit than 1, a crash could start a program of the host (see `guest/jail.py`).
    program += _refuse_if_argument(numbers["prctl"], _FIRST, [_PR_SET_DUMPABLE])
    program += _refuse_if_argument(numbers["setrlimit"], _FIRST, [_RLIMIT_CORE])
    program += [
        (_EQUAL, 0, 8, numbers["prlimit64"]),
        (_LOAD, 0, 0, _SECOND),
        (_EQUAL, 0, 5, _RLIMIT_CORE),
        (_LOAD, 0, 0, _THIRD),
        (_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _THIRD_HIGH),
        (_EQUAL, 1, 0, 0),  # without a new limit, the call only reads
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    personalities = [0, _QUERY_PERSONALITY]
    program += _allow_if_argument(numbers["personality"], _FIRST, personalities, errno.EPERM)
    for names, error in ((_ABSENT, errno.ENOSYS), (_WITHOUT_EFFECT, 0)):
        for name in names:
            if name in numbers:  # not every architecture has all of them
                program += [(_EQUAL, 0, 1, numbers[name]), (_RETURN, 0, 0, _ERROR | error)]
    return program


def _refuse_if_argument(number: int, argument: int, values: Sequence[int]) -> list[Instruction]:
    program: list[Instruction] = [
        (_EQUAL, 0, 3 + len(values), number),
        (_LOAD, 0, 0, argument),
    ]
    for place, value in enumerate(values):
        program.append((_EQUAL, len(values) - place, 0, value))
    return [*program, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERROR | errno.EPERM)]


def _allow_if_argument(
    number: int, argument: int, values: list[int], error: int
) -> list[Instruction]:
    program: list[Instruction] = [
        (_EQUAL, 0, 3 + len(values), number),
        (_LOAD, 0, 0, argument),
    ]
    for place, value in enumerate(values):
        program.append((_EQUAL, len(values) - place, 0, value))
    return [*program, (_RETURN, 0, 0, _ERROR | error), (_RETURN, 0, 0, _ALLOW)]


def _allow(numbers: Iterable[int]) -> list[Instruction]:
    # Ranges instead of single numbers keep the program short; it runs for every system call.
    program: list[Instruction] = []
    for first, last in _ranges_of(numbers):
        if first == last:
            program += [(_EQUAL, 0, 1, first), (_RETURN, 0, 0, _ALLOW)]
        else:
            program += [
                (_AT_LEAST, 0, 2, first),
                (_AT_LEAST, 1, 0, last + 1),
                (_RETURN, 0, 0, _ALLOW),
            ]
    return program


def _ranges_of(numbers: Iterable[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
