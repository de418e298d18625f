"""A child process that can't outlive the launcher, and hands on its output line by line."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

CHILD_SCRIPT = Path(__file__).with_name("child.py")
LONGEST_LINE = 16_384
LINES_REMEMBERED = 40

LogSink = Callable[[str], None]


class Running(Protocol):
    """A process that has been started, like `subprocess.Popen`."""

    @property
    def pid(self) -> int:
        """Its process ID."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """The end of the pipe that its output comes from."""

    def poll(self) -> int | None:
        """Return the exit status (negative for a signal), or None while it runs."""

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status. Raises `subprocess.TimeoutExpired`."""


class Program(Protocol):
    """Something that can be started as a process."""

    def spawn(self) -> tuple[Running, int]:
        """Start it. Return the process, and the descriptor to close when it has ended, or -1."""


@dataclass(frozen=True)
class Command:
    """A command, the user who runs it, and the signal it receives when the launcher dies."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    orphan_signal: signal.Signals = signal.SIGKILL
    # `same`, `namespace:UID:GID` or `user:UID:GID` (child.py).
    identity: str = "same"
    # A second way to end an orphan, and the only one where the kernel has no parent-death signal.
    watched: bool = field(default=not sys.platform.startswith("linux"))

    def wrapped(self, watch_descriptor: int = -1) -> list[str]:
        """Return the command line that makes `child.py` become this command."""
        return [
            sys.executable,
            "-I",
            "-S",
            str(CHILD_SCRIPT),
            str(os.getpid()),
            str(int(self.orphan_signal)),
            self.identity,
            str(watch_descriptor),
            *self.argv,
        ]

    def spawn(self) -> tuple[Running, int]:
        """See `Program`."""
        descriptor = watch_end = -1
        if self.watched:
            descriptor, watch_end = os.pipe()
        process = subprocess.Popen(
            self.wrapped(descriptor),
            env=dict(self.env),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the launcher only, which then stops the parts in order.
            start_new_session=True,
            pass_fds=[descriptor] if self.watched else [],
        )
        if self.watched:
            os.close(descriptor)
        return process, watch_end

    def run(self, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command to its end with `text` as input, and capture its output."""
        return subprocess.run(
            self.wrapped(),
            env=dict(self.env),
            cwd=self.cwd,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            start_new_session=True,
        )


class Child:
    """A running program.

    Start a `Command` from a thread that lives as long as the child should: the kernel sends the
    orphan signal when the *thread* that started the child ends.
    """

    def __init__(self, program: Program, log: LogSink) -> None:
        self.last_lines: deque[str] = deque(maxlen=LINES_REMEMBERED)
        self._log = log
        self._ending = threading.Lock()
        self._process, self._watch_end = program.spawn()
        self._pump = threading.Thread(target=self._hand_on_output, daemon=True)
        self._pump.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.is_alive():
            self._process.send_signal(number)

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit status (negative for a signal), or None after `timeout` seconds."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._end_group()
        # A grandchild that has left the group may hold the pipe open forever.
        self._pump.join(timeout=0.5)
        return status

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with self._ending:
            if self._watch_end >= 0:
                with contextlib.suppress(OSError):
                    os.write(self._watch_end, b".")
                os.close(self._watch_end)
                self._watch_end = -1

    def _hand_on_output(self) -> None:
        output = self._process.stdout
        assert output is not None
        with output:
            for raw in iter(lambda: output.readline(LONGEST_LINE), b""):
                line = raw.decode(errors="replace").rstrip()
                if line:
                    self.last_lines.append(line)
                    self._log(line)


def describe_end(status: int) -> str:
    """Return `ended with status 1` or `was killed by SIGKILL`."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
