"""The interface of all parts of one-command mode: start, report readiness, stop."""

import contextlib
import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from playground.embedded.errors import LaunchError
from playground.embedded.process import Child, LogSink, Program, describe_end

POLL_SECONDS = 0.01
FULL_DISK = "No space left on device"


def discard(_line: str) -> None:
    """Drop a log line."""


class Part(ABC):
    """A server process, usable by itself (`start`, `stop`, `with`) and under the supervisor.

    Start it from a thread that lives as long as the server should (see `Child`).
    """

    stop_signal = signal.SIGTERM
    # Seconds for an orderly end. All parts together have 5 s.
    stop_seconds = 1.0
    # When memory runs out, the kernel ends the processes with the highest number first. Only root
    # may choose one below 0.
    oom_score_adj = 0

    def __init__(self, name: str, log: LogSink = discard) -> None:
        self.name = name
        self.log = log
        self.child: Child | None = None
        self._launching = threading.Lock()

    @abstractmethod
    def prepare(self) -> None:
        """Do everything that must precede the start of the process. Raises LaunchError."""

    @abstractmethod
    def command(self) -> Program:
        """Return the program of the process."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Return whether the part serves. It is polled, so it must be quick."""

    def after_end(self) -> None:  # noqa: B027 (most parts leave nothing)
        """Clean up what the ended process may have left."""

    def launch(self) -> Child:
        """Prepare and start the process, without waiting until it serves."""
        with self._launching:
            self.prepare()
            self.child = Child(self.command(), self.log)
            if self.oom_score_adj:
                with contextlib.suppress(OSError):
                    score = Path(f"/proc/{self.child.pid}/oom_score_adj")
                    score.write_text(str(self.oom_score_adj))
            return self.child

    def start(self, timeout: float = 60.0) -> Self:
        """Start the part and return when it serves. Raises LaunchError."""
        try:
            child = self.launch()
            deadline = time.monotonic() + timeout
            while not self.is_ready():
                if not child.is_alive():
                    raise self.failure(describe_end(child.wait() or 0))
                if time.monotonic() > deadline:
                    raise self.failure(f"was not ready after {timeout:g} s")
                time.sleep(POLL_SECONDS)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, timeout: float = 5.0) -> None:
        """End the process in order, and by force after `timeout` seconds."""
        if self.child is None:
            return
        self.child.send(self.stop_signal)
        if self.child.wait(timeout) is None:
            self.kill()
        self.after_end()

    def kill(self) -> None:
        """End the process with SIGKILL, like a crash."""
        if self.child is None:
            return
        self.child.send(signal.SIGKILL)
        self.child.wait()
        self.after_end()

    def failure(self, what: str) -> LaunchError:
        """Return the error of a failed start, with the last words of the process."""
        lines = list(self.child.last_lines) if self.child else []
        if any(FULL_DISK in line for line in lines):
            return LaunchError(
                f"The disk is full, so {self.name} can't start. Free some space, or choose "
                "another DATA_DIR."
            )
        return LaunchError(f"{self.name} {what}{last_words(lines)}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def last_words(lines: list[str]) -> str:
    """Return `: reason` from the most telling line of a log, or an empty text."""
    telling = [line for line in lines if "FATAL" in line or "rror" in line] or lines[-1:]
    if not telling:
        return ""
    return f": {telling[-1].rpartition('FATAL:')[2].strip()}"


def end_leftovers(folder: Path, patience: float = 3.0) -> None:
    """End processes of an earlier start that still work in `folder`.

    After a crash of their launcher they are about to end, so it waits for `patience` seconds before
    it kills them. Call it only while you hold the folder's lock. It does nothing without /proc; the
    servers' own locks protect the folder then.
    """
    deadline = time.monotonic() + patience
    while pids := _processes_in(folder):
        if time.monotonic() > deadline:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def _processes_in(folder: Path) -> list[int]:
    wanted = str(folder.resolve())
    pids = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str((entry / "cwd").readlink()) == wanted and int(entry.name) != os.getpid():
                pids.append(int(entry.name))
    return pids
