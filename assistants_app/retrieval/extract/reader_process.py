"""Processes that have loaded the readers and fork for each file, and the few that wait for one."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHILD = "assistants_app.retrieval.extract.child"
IDLE_SECONDS = 60.0  # how long one waits for its next file


class ReaderProcess:
    """One such process. It reads one file at a time."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", CHILD],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Nothing of the server's secrets; one thread, for the address space is bounded.
                env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
                cwd="/",
                # To be killed together with its fork. The session stays, and with it the niceness.
                process_group=0,
            )
        self._killed = False

    @property
    def alive(self) -> bool:
        """Whether it can read another file."""
        return not self._killed and self._process.poll() is None

    def read(self, request: bytes, *, seconds: float, most: int) -> tuple[bytes, int]:
        """What a fork of it answers to the request, at most `most` bytes, and its exit status as
        ``Popen.returncode`` has it: ``-SIGKILL`` after `seconds`. Raises OSError when the process
        itself has ended.
        """
        ours, theirs = os.pipe()
        with os.fdopen(ours, "rb") as answer:
            try:
                socket.send_fds(self._control, [request], [theirs])
            finally:
                os.close(theirs)
            timer = threading.Timer(seconds, self.kill)
            timer.start()
            try:
                said = answer.read(most)
                if len(said) == most:
                    self.kill()
                return said, self._status()
            finally:
                timer.cancel()
                timer.join()  # from here on nothing kills it

    def _status(self) -> int:
        said = self._control.recv(16)
        if said:
            return int(said)
        if self._killed:
            return -signal.SIGKILL
        raise ConnectionError("The process of the readers has ended.")

    def kill(self) -> None:
        """End it, and the fork that reads."""
        self._killed = True
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill it, and wait until it is gone."""
        self.kill()
        self._control.close()
        self._process.wait()


class ReaderPool:
    """As many processes as files are read at once, for a while after that too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[ReaderProcess, threading.Timer] = {}

    @contextlib.contextmanager
    def reader(self) -> Iterator[ReaderProcess]:
        """One that nobody else has."""
        reader = self._take() or ReaderProcess()
        try:
            yield reader
        except BaseException:
            reader.close()
            raise
        if reader.alive:
            self._keep(reader)
        else:
            reader.close()

    def _take(self) -> ReaderProcess | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                reader, timer = self._idle.popitem()
            timer.cancel()
            if reader.alive:
                return reader
            reader.close()

    def _keep(self, reader: ReaderProcess) -> None:
        timer = threading.Timer(IDLE_SECONDS, self._let_go, [reader])
        timer.daemon = True
        with self._lock:
            self._idle[reader] = timer
        timer.start()

    def _let_go(self, reader: ReaderProcess) -> None:
        with self._lock:
            idle = self._idle.pop(reader, None)
        if idle:
            reader.close()


pool = ReaderPool()
