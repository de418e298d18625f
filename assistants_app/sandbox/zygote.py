"""The host's side of the zygote: start it, ask it for sessions, end it."""

import array
import contextlib
import json
import os
import platform
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from assistants_app.sandbox import seccomp
from assistants_app.sandbox.bubblewrap import Command, zygote_command
from assistants_app.sandbox.environment import find_bwrap, find_environment
from assistants_app.sandbox.guest.frames import Buffer, ChannelClosed
from assistants_app.sandbox.limits import Limits, SandboxConfig
from assistants_app.sandbox.processes import die_first, usage
from assistants_app.sandbox.protocol import SandboxUnavailable
from assistants_app.sandbox.user_ids import UserIds, refuse_disguised_root

# The first user id of sessions as seen inside the outer user namespace.
_INSIDE_FIRST = 10_000
_CREDENTIALS = struct.Struct("3i")
_SESSION_SECONDS = 20.0
_DISKS = 3  # of a session, see `guest/jail.py`


@dataclass(frozen=True)
class Fork:
    """A jailed session: its channel, its two process ids, descriptors of its disks, its user slot.

    `init` and `runner` are process 1 and the interpreter, as this host numbers them. The first disk
    is /mnt/data.
    """

    channel: socket.socket
    init: int
    runner: int
    disks: tuple[int, ...]
    slot: int | None


class Zygote:
    """One warm interpreter in bubblewrap. Raises SandboxUnavailable if it does not start."""

    def __init__(self, config: SandboxConfig) -> None:
        self._bwrap = find_bwrap()
        self._config = config
        self._lock = threading.Lock()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the zygote
        if os.geteuid():
            refuse_disguised_root()
        self._ids = None if os.geteuid() else UserIds.choose(config)
        self._filter_program = _filter_program()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._process = self._start(theirs.fileno())
            self._wait_until_ready()
        except BaseException:
            self._control.close()
            self._release_ids()
            raise

    @property
    def alive(self) -> bool:
        """Whether the zygote can still fork sessions."""
        return self._process.poll() is None

    @property
    def warm_bytes(self) -> int:
        """Memory of the imported libraries, which the sessions share."""
        return self._warm_bytes

    def fork(self, limits: Limits) -> Fork:
        """Start a session. Raises SandboxUnavailable if it cannot be jailed."""
        slot = self._ids.take() if self._ids else None
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                # The kernel adds the sender's process id, which a message could not forge.
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                ours.settimeout(_SESSION_SECONDS)
                with self._lock:
                    socket.send_fds(self._control, [self._request(limits, slot)], [theirs.fileno()])
            init, disks = _receive_greeting(ours)
            runner, _ = _receive_greeting(ours)
        except (OSError, ChannelClosed) as error:
            ours.close()
            self.release(slot)
            raise SandboxUnavailable(
                f"Couldn't isolate a session, so no code was run ({error}): {self._last_log_line()}"
            ) from error
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        die_first((init, runner))
        return Fork(ours, init, runner, disks, slot)

    def release(self, slot: int | None) -> None:
        """Free the user id of a session that has ended."""
        if self._ids and slot is not None:
            self._ids.give_back(slot)

    def close(self) -> None:
        """End the zygote and every session that it forked."""
        self._control.close()
        if self.alive:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._log.close()
        self._release_ids()

    def _release_ids(self) -> None:
        if self._ids is not None:
            self._ids.let_go()

    def _start(self, control: int) -> subprocess.Popen[bytes]:
        environment = find_environment(self._config.environment)
        if self._ids is None:
            command = zygote_command(self._bwrap, environment, control, mapping=None)
            return self._spawn(command.plain(), [control])
        process: subprocess.Popen[bytes] | None = None
        block, unblock = os.pipe()
        info, their_info = os.pipe()
        try:
            command = zygote_command(self._bwrap, environment, control, mapping=(block, their_info))
            argv = _through_launcher(command, self._ids.first)
            process = self._spawn(argv, [control, block, their_info])
            # So that reading `info` ends if bubblewrap fails before it writes.
            os.close(their_info)
            their_info = -1
            self._write_id_maps(_child_process(info), self._ids)
            os.write(unblock, b"1")
        except (OSError, ValueError) as error:
            if process is not None:
                process.kill()
                process.wait()
            words = self._last_log_line() or str(error)
            raise SandboxUnavailable(_explain_failure(words)) from error
        finally:
            for descriptor in (block, unblock, info, their_info):
                if descriptor >= 0:
                    os.close(descriptor)
        return process

    def _spawn(self, argv: list[str], descriptors: list[int]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            argv,
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # A file and not a pipe: nobody reads it unless something fails.
            stderr=self._log,
            # None of the app's variables, which hold its secrets.
            env={"PATH": "/usr/bin:/bin"},
            cwd="/",
            start_new_session=True,
        )
        # The limit that sessions need (`guest/jail.py`). Where the app's own is 0, only root can
        # raise it.
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (1, 1))
        return process

    def _write_id_maps(self, child: int, ids: UserIds) -> None:
        text = f"1000 {ids.first} 1\n{_INSIDE_FIRST} {ids.first + 1} {ids.count}\n"
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{name}").write_text(text)

    def _wait_until_ready(self) -> None:
        self._control.settimeout(self._config.start_seconds)
        try:
            ready = self._control.recv(16)
        except OSError:
            ready = b""
        if ready != b"ready":
            self.close_quietly()
            raise SandboxUnavailable(_explain_failure(self._last_log_line()))
        self._control.settimeout(_SESSION_SECONDS)
        self._warm_bytes = usage(self._process.pid).memory_bytes()

    def close_quietly(self) -> None:
        """Kill the process, which may not have started properly."""
        self._process.kill()
        self._process.wait()

    def _request(self, limits: Limits, slot: int | None) -> bytes:
        uid = None if slot is None else _INSIDE_FIRST + slot
        extra = {"uid": uid, "filter": self._filter_program, "niceness": self._config.niceness}
        return json.dumps({**asdict(limits), **extra}).encode()

    def _last_log_line(self) -> str:
        self._log.seek(0)
        lines = self._log.read()[-4000:].decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def _filter_program() -> str:
    try:
        return seccomp.build(platform.machine()).hex()
    except KeyError:
        raise SandboxUnavailable(
            f"Model-written code runs only on x86_64 and aarch64, not on {platform.machine()}. "
            "Use a remote interpreter host instead."
        ) from None


def _through_launcher(command: Command, uid: int) -> list[str]:
    order = json.dumps(
        {
            "uid": uid,
            "sources": [str(path) for path in command.sources],
            "copies": command.copies,
            "libraries": command.libraries,
            "argv": command.argv,
        }
    )
    return [sys.executable, "-I", str(Path(__file__).with_name("launcher.py")), order]


def _child_process(info: int) -> int:
    # The process whose map is to be written, from the JSON that bubblewrap writes to `--info-fd`.
    text = b""
    while not text.rstrip().endswith(b"}"):
        piece = os.read(info, 4096)
        if not piece:
            raise ValueError("bubblewrap ended before it reported its process")
        text += piece
    return int(json.loads(text)["child-pid"])


def _receive_greeting(channel: socket.socket) -> tuple[int, tuple[int, ...]]:
    # Returns the sender's process id on this host, and the descriptors that it sent. Both can be
    # trusted, because a session greets twice before it runs any model-written code.
    buffer, process, descriptors = Buffer(), 0, array.array("i")
    deadline = time.monotonic() + _SESSION_SECONDS
    while buffer.next() is None:
        space = socket.CMSG_SPACE(_CREDENTIALS.size) + socket.CMSG_SPACE(4 * _DISKS)
        # With SO_PASSCRED the kernel does not merge messages of different processes, so this never
        # reads into the other greeting.
        data, ancillary, _, _ = channel.recvmsg(4096, space, socket.MSG_CMSG_CLOEXEC)
        if not data or time.monotonic() > deadline:
            raise ChannelClosed("it ended while it was being set up")
        buffer.feed(data)
        for _, kind, content in ancillary:
            if kind == socket.SCM_RIGHTS:
                descriptors.frombytes(content)
            else:
                process = _CREDENTIALS.unpack(content)[0]
    return process, tuple(descriptors)


def _explain_failure(words: str) -> str:
    remedy = "or use a remote interpreter host"
    if "namespace" in words or "Operation not permitted" in words or "uid map" in words:
        return (
            "This machine forbids user namespaces, which isolate model-written code. Allow them "
            "(in Docker `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`, "
            "on Ubuntu an AppArmor profile for bwrap or "
            f"`sysctl kernel.apparmor_restrict_unprivileged_userns=0`), {remedy}. ({words})"
        )
    return f"The sandbox didn't start, so no code can run ({words}). Fix this problem, {remedy}."
