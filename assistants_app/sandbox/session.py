"""The host's end of one session: sends requests, receives events, and trusts none of them.

Once model-written code has run, everything that a session sends may be forged: sizes are capped,
request numbers matched, and names and images checked.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistants_app.sandbox.cgroups import Group
from assistants_app.sandbox.guest.frames import Buffer, ChannelClosed, Message, encode
from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.processes import Kill
from assistants_app.sandbox.protocol import FileInfo, FileRefused, Output, SessionLost, StopSignal
from assistants_app.sandbox.zygote import Fork

# How quickly a stop signal or a limit is noticed while the session is silent.
_TICK = 0.05
# Time for a request about files. It has a limit of its own because a hostile session could
# otherwise hold its caller forever.
_FILE_SECONDS = 60.0
# Many small outputs stay below the limit of bytes, but each costs the host an object and an event.
_MAX_EVENTS = 10_000


@dataclass
class Heard:
    """What one call has sent so far."""

    outputs: list[Output] = field(default_factory=list)
    error: str | None = None
    ok: bool = False
    reason: str | None = None


class Session:
    """One jailed interpreter. Methods that talk to it raise SessionLost once it has ended."""

    def __init__(self, fork: Fork, limits: Limits) -> None:
        self.group: Group | None = None
        self.limits = limits
        # Descriptors of /mnt/data and of the other two places in memory.
        self.disks = fork.disks
        self.slot = fork.slot
        self.init = fork.init
        self.lock = threading.Lock()
        self.used_at = time.monotonic()
        self.death: str | None = None
        self.running_since: float | None = None
        self.inputs: dict[str, str] = {}
        self._channel = fork.channel
        self._channel.setblocking(False)
        self._buffer = Buffer()
        self._number = 0
        self._closed = False
        self._descriptors = threading.Lock()
        self._kill = Kill(fork.init, fork.runner)

    @property
    def alive(self) -> bool:
        """Whether process 1 of the session is running."""
        return self.death is None and not self._closed and self._kill.alive

    def kill(self, reason: str) -> None:
        """Kill all processes of the session."""
        # What follows from the first reason, such as a closed channel, must not hide it.
        self.death = self.death or reason
        if not self._closed:
            self._kill.now()

    def close(self) -> None:
        """Kill the session and release its disk and its group."""
        self.kill("The session was closed.")
        self._kill.wait()
        # A thread that still talks to the session must notice the end before the descriptors are
        # closed: the system may give their numbers to other files at once.
        with self.lock, self._descriptors:
            self._closed = True
            self._channel.close()
            self._kill.close()
            for disk in self.disks:
                os.close(disk)
        if self.group is not None:
            self.group.remove()

    def execute(
        self,
        code: str,
        limits: Limits,
        on_event: Callable[[Output], None] | None,
        stop: StopSignal,
        heard: Heard | None = None,
    ) -> Heard:
        """Run one cell. The wall limit and `stop` interrupt it, and later kill the session.

        Fills `heard`, which keeps what arrived even if SessionLost is raised.
        """
        heard = heard if heard is not None else Heard()
        call = _Call(self, limits, stop)
        request = {"op": "execute", "code": code}
        sizes = {"image_bytes": limits.image_bytes, "log_bytes": limits.log_bytes}
        self.running_since = time.monotonic()
        try:
            self._send({**request, **sizes})
            while (frame := self._next_frame(call.check)) is not None:
                call.count(frame)
                if self._is_done(frame[0]):
                    heard.ok = frame[0].get("ok") is True
                    break
                self._collect(heard, frame, on_event)
            heard.reason = call.interrupted_for
        except SessionLost:
            raise
        except BaseException:
            # An error of the caller, for example in `on_event`. The code still runs, and its
            # outputs would arrive as those of the next call.
            self.kill("The call was abandoned.")
            raise
        finally:
            self.running_since = None
            self.used_at = time.monotonic()
        return heard

    def out_of_memory(self) -> str | None:
        """Return a sentence if the control group killed a process for lack of memory, else None."""
        if self.group is None or not self.group.ran_out_of_memory:
            return None
        return f"The memory limit of {self.limits.memory_bytes >> 20} MiB was reached."

    def disk_bytes(self) -> int:
        """Return the memory that its files take."""
        with self._descriptors:
            if self._closed:
                return 0
            states = [os.fstatvfs(disk) for disk in self.disks]
        return sum((one.f_blocks - one.f_bfree) * one.f_frsize for one in states)

    def interrupt(self) -> None:
        """Send SIGINT to the interpreter."""
        self._kill.signal_runner(signal.SIGINT)

    def changed_files(self) -> tuple[list[FileInfo], list[str]]:
        """Return the files that are new or changed since the last call of this method.

        Beside them, return the names that no file may have outside, with escapes.
        """
        answer, _ = self._ask({"op": "changed", **self._file_limits()})
        return _file_infos(answer, self.limits), _odd_names(answer)

    def list_files(self) -> list[FileInfo]:
        """Return the regular files in /mnt/data."""
        answer, _ = self._ask({"op": "list", **self._file_limits()})
        return _file_infos(answer, self.limits)

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return bytes of a file, none at its end. Raises FileRefused."""
        _, data = self._ask({"op": "read", "name": name, "offset": offset, "count": count})
        # A forged answer may be longer than what was asked for.
        return data[:count]

    def write(self, name: str, data: bytes, *, first: bool) -> None:
        """Create or replace a file if `first`, else append to it. Raises FileRefused."""
        self._ask({"op": "write", "name": name, "first": first}, data)

    def status(self, name: str) -> FileInfo:
        """Return one file's size and digest. Raises FileRefused."""
        answer, _ = self._ask({"op": "status", "name": name})
        found = _file_infos(answer, self.limits)
        if not found:
            raise FileRefused(f"There is no file {name}")
        return found[0]

    def remove(self, name: str) -> None:
        """Delete a file. Raises FileRefused."""
        self._ask({"op": "remove", "name": name})

    def _file_limits(self) -> dict[str, int]:
        return {"count": self.limits.changed_files, "bytes": self.limits.disk_bytes}

    def _ask(self, request: Message, blob: bytes = b"") -> tuple[Message, bytes]:
        deadline = time.monotonic() + _FILE_SECONDS

        def check() -> None:
            if time.monotonic() > deadline:
                self.kill("The session didn't answer a request about its files.")

        self._send(request, blob)
        received = 0
        while True:
            message, data = self._next_frame(check)
            if self._is_done(message):
                break
            # Events here come from threads and processes that outlive their call. They are not
            # shown to anyone, but must not keep the caller busy either.
            received += _volume(message, data)
            if received > self.limits.output_bytes:
                self.kill("The session sent too much output between calls.")
        if "refused" in message:
            raise FileRefused(_text_of(message, "refused"))
        return message, data

    def _send(self, request: Message, blob: bytes = b"") -> None:
        self._number += 1
        data = memoryview(encode({**request, "id": self._number}, blob))
        deadline = time.monotonic() + _FILE_SECONDS
        while data:
            if time.monotonic() > deadline:
                self.kill("The session didn't accept a request.")
            try:
                data = data[self._channel.send(data) :]
            except BlockingIOError:
                select.select([], [self._channel], [], _TICK)
                self._raise_if_dead()
            except OSError as error:
                raise self._session_lost() from error

    def _next_frame(self, check: Callable[[], None]) -> tuple[Message, bytes]:
        try:
            while (frame := self._buffer.next()) is None:
                check()
                self._raise_if_dead()
                if select.select([self._channel], [], [], _TICK)[0]:
                    data = self._channel.recv(1 << 18)
                    if not data:
                        raise ChannelClosed("nothing more")
                    self._buffer.feed(data)
        except ChannelClosed as error:
            self.kill(self.out_of_memory() or f"The interpreter ended: it sent {error}.")
            raise self._session_lost() from error
        except (OSError, ValueError) as error:
            raise self._session_lost() from error
        check()
        return frame

    def _is_done(self, message: Message) -> bool:
        # The number distinguishes this answer from forged ones and from late ones.
        return message.get("event") == "done" and message.get("id") == self._number

    def _raise_if_dead(self) -> None:
        if self.death is not None:
            raise self._session_lost()

    def _session_lost(self) -> SessionLost:
        self.kill(self.out_of_memory() or "The interpreter ended.")
        return SessionLost(self.death)

    def _collect(
        self,
        heard: Heard,
        frame: tuple[Message, bytes],
        on_event: Callable[[Output], None] | None,
    ) -> None:
        message, data = frame
        match message.get("event"):
            case "logs":
                output = Output("logs", _text_of(message, "text"))
            case "display":
                output = Output("display", _text_of(message, "text"))
            # The signature of PNG: anything else, such as a script, must not reach a page as an
            # image.
            case "image" if data.startswith(b"\x89PNG\r\n\x1a\n"):
                output = Output("image", data=data)
            case "error":
                heard.error = _text_of(message, "text")
                return
            case _:
                return
        heard.outputs.append(output)
        if on_event is not None:
            on_event(output)


@dataclass
class _Call:
    """The time and the volume of one call."""

    session: Session
    limits: Limits
    stop: StopSignal
    interrupted_for: str | None = None
    interrupted_at: float = 0.0
    last_signal: float = 0.0
    received: int = 0
    events: int = 0

    def check(self) -> None:
        """Interrupt the code when its time is over, and kill the session a grace period later."""
        now = time.monotonic()
        if self.interrupted_for is None:
            began = self.session.running_since or now
            if now - began > self.limits.wall_seconds:
                reason = f"The time limit of {self.limits.wall_seconds:g} s was reached."
                self._interrupt(now, reason)
            elif self.stop.is_set():
                self._interrupt(now, "The call was cancelled.")
        elif now - self.interrupted_at > self.limits.grace_seconds:
            self.session.kill(
                f"{self.interrupted_for} The code ignored the interrupt, so the session was ended."
            )
        elif now - self.last_signal > 0.5:
            # Again, since the code may have caught the first KeyboardInterrupt.
            self._signal(now)

    def count(self, frame: tuple[Message, bytes]) -> None:
        """Kill a session that sends more than its limits allow."""
        message, data = frame
        self.events += 1
        self.received += _volume(message, data)
        if self.received > self.limits.output_bytes:
            self.session.kill(
                f"The output limit of {self.limits.output_bytes >> 20} MiB per call was reached."
            )
        if self.events > _MAX_EVENTS:
            self.session.kill(f"The limit of {_MAX_EVENTS:,} outputs per call was reached.")

    def _interrupt(self, now: float, reason: str) -> None:
        self.interrupted_for, self.interrupted_at = reason, now
        self._signal(now)

    def _signal(self, now: float) -> None:
        self.last_signal = now
        self.session.interrupt()


def _volume(message: Message, data: bytes) -> int:
    # Approximate: the length of the JSON itself is no longer known here.
    return len(data) + sum(len(str(value)) for value in message.values())


def _text_of(message: Message, key: str) -> str:
    value: Any = message.get(key)
    if not isinstance(value, str):
        return ""
    # Neither half an emoji nor NUL can be stored in PostgreSQL.
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def _file_infos(answer: Message, limits: Limits) -> list[FileInfo]:
    # Rows that cannot describe a file are left out.
    rows = answer.get("files")
    infos = [_file_info(row) for row in rows] if isinstance(rows, list) else []
    return [info for info in infos if info is not None][: limits.changed_files]


def _odd_names(answer: Message) -> list[str]:
    rows = answer.get("files")
    rows = rows if isinstance(rows, list) else []
    names = [row.get("name") for row in rows if isinstance(row, dict)]
    return [ascii(name) for name in names if isinstance(name, str) and not is_file_name(name)]


def _file_info(row: object) -> FileInfo | None:
    if not isinstance(row, dict):
        return None
    name, size, digest = row.get("name"), row.get("size"), row.get("digest")
    if not (isinstance(name, str) and isinstance(size, int) and isinstance(digest, str)):
        return None
    if not is_file_name(name) or size < 0 or len(digest) > 64:
        return None
    return FileInfo(name, size, digest)


def is_file_name(name: str) -> bool:
    """Return whether `name` is the name of a file below /mnt/data, and of nothing else."""
    parts = name.split("/")
    return (
        0 < len(name) <= 1024
        and name.isprintable()
        and all(0 < len(part.encode("utf-8", "replace")) <= 255 for part in parts)
        and not {".", ".."} & set(parts)
    )
