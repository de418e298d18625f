"""The seccomp filter, run as the kernel would run it, for both architectures."""

import errno
import struct

import pytest

from assistants_app.sandbox import seccomp, syscalls

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE_THREAD, _NEW_USER, _NEW_NET = 0x10F00, 0x10000000, 0x40000000

both = pytest.mark.parametrize("architecture", syscalls.ARCHITECTURES)


def _verdict(architecture: str, number: int, *arguments: int, audit: int | None = None) -> int:
    # Interprets the part of classic BPF that the filter uses.
    data = struct.pack(
        "<iIQ6Q", number, audit or _AUDIT[architecture], 0, *arguments, *[0] * (6 - len(arguments))
    )
    program = list(struct.iter_unpack("<HBBI", seccomp.build(architecture)))
    place, value = 0, 0
    while True:
        code, if_true, if_false, operand = program[place]
        place += 1
        if code == 0x06:
            return int(operand)
        if code == 0x20:
            value = struct.unpack_from("<I", data, operand)[0]
            continue
        jump = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
        place += if_true if jump else if_false


def _error_verdict(number: int) -> int:
    return 0x00050000 | number


@both
def test_everything_on_the_list_is_allowed(architecture: str) -> None:
    for name, number in syscalls.allowed(architecture).items():
        assert _verdict(architecture, number) == _ALLOW, name


@both
def test_no_other_number_is_allowed(architecture: str) -> None:
    known = set(syscalls.allowed(architecture).values())
    conditional = set(syscalls.conditional(architecture).values())
    for number in set(range(600)) - known - conditional:
        expected = errno.ENOSYS if number >= 470 else errno.EPERM
        assert _verdict(architecture, number) == _error_verdict(expected), number


@both
def test_no_list_has_a_dangerous_call(architecture: str) -> None:
    refused = syscalls.refused(architecture)
    assert {"ptrace", "mount", "bpf", "unshare", "setns", "keyctl", "userfaultfd"} <= set(refused)
    assert not set(refused.values()) & set(syscalls.allowed(architecture).values())
    assert not set(refused.values()) & set(syscalls.conditional(architecture).values())


@both
@pytest.mark.parametrize("name", ["socket", "socketpair"])
def test_only_local_sockets_are_allowed(architecture: str, name: str) -> None:
    number = syscalls.conditional(architecture)[name]
    assert _verdict(architecture, number, 1) == _ALLOW
    for family in {*range(64)} - {1}:
        assert _verdict(architecture, number, family) == _error_verdict(errno.EAFNOSUPPORT)


@both
def test_threads_are_cloned_and_namespaces_are_not(architecture: str) -> None:
    clone = syscalls.conditional(architecture)["clone"]
    assert _verdict(architecture, clone, _CLONE_THREAD) == _ALLOW
    for flag in (_NEW_USER, _NEW_NET, _CLONE_THREAD | _NEW_USER):
        assert _verdict(architecture, clone, flag) == _error_verdict(errno.EPERM)


@both
def test_typing_into_a_terminal_is_refused(architecture: str) -> None:
    ioctl = syscalls.conditional(architecture)["ioctl"]
    assert _verdict(architecture, ioctl, 0, 0x5401) == _ALLOW
    for request in (0x5412, 0x541C):
        assert _verdict(architecture, ioctl, 0, request) == _error_verdict(errno.EPERM)


@both
def test_the_personality_can_be_read_but_not_changed(architecture: str) -> None:
    personality = syscalls.conditional(architecture)["personality"]
    assert _verdict(architecture, personality, 0xFFFFFFFF) == _ALLOW
    assert _verdict(architecture, personality, 0) == _ALLOW
    assert _verdict(architecture, personality, 0x40000) == _error_verdict(errno.EPERM)


@both
@pytest.mark.parametrize("name", ["clone3", "memfd_create", "io_uring_setup", "io_uring_enter"])
def test_calls_whose_arguments_are_hidden_seem_not_to_exist(architecture: str, name: str) -> None:
    number = syscalls.conditional(architecture)[name]
    assert _verdict(architecture, number) == _error_verdict(errno.ENOSYS)


@both
@pytest.mark.parametrize("name", ["inotify_init1", "flock", "mincore", "preadv2"])
def test_calls_that_report_what_other_sessions_do_seem_not_to_exist(
    architecture: str, name: str
) -> None:
    number = syscalls.conditional(architecture)[name]
    assert _verdict(architecture, number) == _error_verdict(errno.ENOSYS)


@both
def test_leases_and_notifications_of_files_are_refused_and_locks_are_not(architecture: str) -> None:
    fcntl = syscalls.conditional(architecture)["fcntl"]
    for command in (1024, 1026):
        assert _verdict(architecture, fcntl, 5, command) == _error_verdict(errno.EPERM)
    for command in (1, 3, 5, 6, 7, 37, 1031, 1033):
        assert _verdict(architecture, fcntl, 5, command) == _ALLOW


@both
@pytest.mark.parametrize("name", ["sync", "fsync", "fdatasync", "sync_file_range"])
def test_nothing_makes_the_host_write_to_its_disks(architecture: str, name: str) -> None:
    assert _verdict(architecture, syscalls.conditional(architecture)[name], 5) == _error_verdict(0)


@both
def test_the_limit_of_core_files_can_be_read_but_not_changed(architecture: str) -> None:
    calls, core, files = syscalls.conditional(architecture), 4, 7
    assert _verdict(architecture, calls["setrlimit"], core, 0x1000) == _error_verdict(errno.EPERM)
    assert _verdict(architecture, calls["setrlimit"], files, 0x1000) == _ALLOW
    prlimit = calls["prlimit64"]
    assert _verdict(architecture, prlimit, 0, core, 0, 0x1000) == _ALLOW
    assert _verdict(architecture, prlimit, 0, files, 0x1000, 0) == _ALLOW
    for new in (0x1000, 0x7F00_0000_1000, 0x7F00_0000_0000):
        assert _verdict(architecture, prlimit, 0, core, new, 0) == _error_verdict(errno.EPERM)


@both
def test_a_process_cannot_become_dumpable(architecture: str) -> None:
    prctl = syscalls.conditional(architecture)["prctl"]
    assert _verdict(architecture, prctl, 4, 1) == _error_verdict(errno.EPERM)
    assert _verdict(architecture, prctl, 15) == _ALLOW


@both
def test_calls_of_another_architecture_kill(architecture: str) -> None:
    other = next(name for name in syscalls.ARCHITECTURES if name != architecture)
    read = syscalls.allowed(architecture)["read"]
    assert _verdict(architecture, read, audit=_AUDIT[other]) == _KILL
    assert _verdict(architecture, read, audit=0x40000003) == _KILL
    assert _verdict(architecture, read | 0x40000000) == _KILL


def test_a_machine_without_a_table_has_no_filter() -> None:
    with pytest.raises(KeyError):
        seccomp.build("riscv64")
