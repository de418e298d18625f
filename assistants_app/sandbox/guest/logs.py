"""The text of a call: its head is sent at once; of the rest, only the tail is kept and sent."""

import io
import os
import select
import threading
import time
from collections.abc import Callable

_PIECE = 64 << 10
# Text that arrives faster is sent together: code that prints many short lines would otherwise send
# a frame for each.
_PAUSE_SECONDS = 0.05
# No program starts, writes and ends within this time, so between two quick prints the pipe need
# not be read.
_PIPE_SECONDS = 0.0001


class Logs:
    """stdout and stderr of the interpreter and, through a pipe, of the programs it starts."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        # Reentrant, because the methods call each other while they hold it.
        self._lock = threading.RLock()
        self._tail: list[str] = []
        self._waiting: list[str] = []
        self._room = self._tail_room = self._tail_size = self._dropped = 0
        self._sent_at = self._wrote_at = 0.0
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._pipe, write_end = os.pipe()
        os.set_blocking(self._pipe, False)
        for descriptor in (1, 2):
            os.dup2(write_end, descriptor)
        os.close(write_end)
        threading.Thread(target=self._drain_forever, daemon=True).start()

    def begin(self, limit: int) -> None:
        """Start a call that may keep `limit` characters, half of them from its end."""
        with self._lock:
            self._room = self._tail_room = limit // 2
            self._tail.clear()
            self._tail_size = self._dropped = 0

    def write(self, text: str) -> None:
        """Add text of the interpreter."""
        with self._lock:
            now = time.monotonic()
            # What programs wrote before comes first.
            if now - self._wrote_at > _PIPE_SECONDS:
                self._drain_pipe()
            self._wrote_at = now
            self._add(text)

    def _add(self, text: str) -> None:
        with self._lock:
            if not self._room:
                self._add_to_tail(text)
                return
            head, rest = text[: self._room], text[self._room :]
            if head:
                self._room -= len(head)
                self._waiting.append(head)
                # `print` writes its newline separately, so a line is complete only with that.
                self.flush(now=head.endswith("\n"))
            if rest:
                self._add_to_tail(rest)

    def flush(self, *, now: bool = True) -> None:
        """Send waiting text soon or, if `now` and nothing was sent just before, at once."""
        with self._lock:
            if now and time.monotonic() - self._sent_at > _PAUSE_SECONDS:
                self.send_now()
            elif self._waiting:
                os.eventfd_write(self._wake, 1)

    def send_now(self) -> None:
        """Send waiting text at once."""
        with self._lock:
            text = "".join(self._waiting)
            self._waiting.clear()
            self._sent_at = time.monotonic()
            for start in range(0, len(text), _PIECE):
                self._send(text[start : start + _PIECE])

    def end(self) -> None:
        """Send the rest of the call's text, with a note if text was dropped."""
        self._drain_pipe()
        with self._lock:
            tail = self._trim_tail()
            if self._dropped:
                self._waiting.append(f"\n[... {self._dropped} characters dropped ...]\n")
            self._waiting.append(tail)
            self._tail.clear()
            self._tail_size = self._dropped = 0
            self.send_now()

    def _add_to_tail(self, text: str) -> None:
        self._tail.append(text)
        self._tail_size += len(text)
        # Not at each piece: joining copies the whole tail.
        if self._tail_size > 2 * self._tail_room + _PIECE:
            self._trim_tail()

    def _trim_tail(self) -> str:
        text = "".join(self._tail)
        kept = text[max(0, len(text) - self._tail_room) :]
        self._dropped += len(text) - len(kept)
        self._tail[:] = [kept]
        self._tail_size = len(kept)
        return kept

    def _drain_forever(self) -> None:
        while True:
            ready, _, _ = select.select([self._pipe, self._wake], [], [])
            if self._pipe in ready:
                self._drain_pipe()
            if self._wake in ready:
                time.sleep(_PAUSE_SECONDS)
                os.eventfd_read(self._wake)
                self.send_now()

    def _drain_pipe(self) -> None:
        with self._lock:
            while True:
                try:
                    data = os.read(self._pipe, _PIECE)
                except BlockingIOError:
                    return
                self._add(data.decode("utf-8", "replace"))


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr`. In a forked child it writes to the pipe instead."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, logs: Logs, descriptor: int) -> None:
        super().__init__()
        self._logs: Logs | None = logs
        self._descriptor = descriptor
        # A child has no thread that sends, and would answer on the host's channel.
        os.register_at_fork(after_in_child=self._switch_to_pipe)

    def write(self, text: str) -> int:
        """Write text. Raises TypeError for anything that is not text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._logs is None:
            os.write(self._descriptor, text.encode("utf-8", "replace"))
        else:
            self._logs.write(text)
        return len(text)

    def flush(self) -> None:
        """Send waiting text soon."""
        if self._logs is not None:
            self._logs.flush()

    def fileno(self) -> int:
        """Return the pipe's descriptor, for code and programs that write without Python's help."""
        return self._descriptor

    def writable(self) -> bool:
        """Return True."""
        return True

    def _switch_to_pipe(self) -> None:
        self._logs = None
