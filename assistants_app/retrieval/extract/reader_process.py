"""Reader processes, and the pool of idle ones."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]  # the folder that contains assistants_app
CHILD = "assistants_app.retrieval.extract.child"
IDLE_SECONDS = 60.0  # how long a process waits for its next file before it ends


class ReaderProcess:
    """A process that has loaded the readers and forks for each file, one file at a time.

    Measured: a fork takes 4 ms per file; a new process takes 70 to 110 ms (docs/adr/0006).
    """

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", CHILD],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # None of the server's secrets, and one thread, because each thread's stack counts
                # towards the limit of address space.
                env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
                cwd="/",
                # A group of its own, so that kill() also reaches the fork. It stays in the session,
                # whose niceness then applies to it.
                process_group=0,
            )
        self._killed = False

    @property
    def alive(self) -> bool:
        """Whether this process can read another file."""
        return not self._killed and self._process.poll() is None

    def read(self, request: bytes, *, seconds: float, most: int) -> tuple[bytes, int]:
        """Send a request to a new fork. Return its answer and its exit status.

        The status is like ``Popen.returncode``: ``-SIGKILL`` after `seconds` or `most` bytes.
        Raises ``OSError`` if the process itself has ended.
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
                data = answer.read(most)
                if len(data) == most:
                    self.kill()
                return data, self._receive_status()
            finally:
                # Joined, because a timer that fires late would kill the process at its next file.
                timer.cancel()
                timer.join()

    def _receive_status(self) -> int:
        status = self._control.recv(16)
        if status:
            return int(status)
        if self._killed:
            return -signal.SIGKILL
        raise ConnectionError("The reader process has ended.")

    def kill(self) -> None:
        """Kill this process and its fork."""
        self._killed = True
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill this process and wait for its end."""
        self.kill()
        self._control.close()
        self._process.wait()


class ReaderPool:
    """Reader processes, as many as files are read at the same time.

    A process that has read its file waits for the next one, and ends after ``IDLE_SECONDS``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[ReaderProcess, threading.Timer] = {}

    @contextlib.contextmanager
    def reader(self) -> Iterator[ReaderProcess]:
        """Yield a reader process that nobody else uses."""
        reader = self._take_idle() or ReaderProcess()
        try:
            yield reader
        except BaseException:
            # Its fork may still be reading, and the next request would receive that fork's status.
            reader.close()
            raise
        if reader.alive:
            self._keep_idle(reader)
        else:
            reader.close()

    def _take_idle(self) -> ReaderProcess | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                reader, timer = self._idle.popitem()
            timer.cancel()
            if reader.alive:
                return reader
            reader.close()

    def _keep_idle(self, reader: ReaderProcess) -> None:
        timer = threading.Timer(IDLE_SECONDS, self._close_idle, [reader])
        timer.daemon = True
        with self._lock:
            self._idle[reader] = timer
        timer.start()

    def _close_idle(self, reader: ReaderProcess) -> None:
        # The pool may have handed the process out since its timer fired: then it stays.
        with self._lock:
            idle = self._idle.pop(reader, None)
        if idle:
            reader.close()


pool = ReaderPool()
