"""The embedding process: one model, a thread per core, queries before passages.

Arguments: the socket's path, threads, and seconds without a request after which it ends. It also
ends when the last client has gone, killed ones too. It writes a line when it can be asked.
"""

import contextlib
import fcntl
import itertools
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistants_app.retrieval.embed import frames
from assistants_app.retrieval.embed.model import Floats, Model, combined, windows_of
from assistants_app.retrieval.priority import step_back

NICENESS = 10  # runs and pages come first
GRACE = 2.0  # seconds without any client before it ends
PRIORITIES = {"query": 0, "passage": 1}


@dataclass(slots=True)
class Text:
    """A text on its way through the windows that it is cut into."""

    windows: list[list[int]]
    vectors: list[Floats | None]
    done: threading.Event = field(default_factory=threading.Event)
    failure: str = ""

    def put(self, at: int, vector: Floats) -> None:
        self.vectors[at] = vector
        if all(one is not None for one in self.vectors):
            self.done.set()

    def fail(self, failure: str) -> None:
        self.failure = failure
        self.done.set()


class Workers:
    """Threads that embed the windows of all requests, those of queries first."""

    def __init__(self, threads: int) -> None:
        self._model = Model()
        self._order = itertools.count()
        self._queue: queue.PriorityQueue[tuple[int, int, Text, int]] = queue.PriorityQueue()
        for _ in range(threads):
            threading.Thread(target=self._work, daemon=True).start()

    def embed(self, texts: list[str], kind: str) -> list[Floats]:
        """Raises ``RuntimeError`` with what the model said."""
        waiting = [self._submit(text, PRIORITIES[kind]) for text in texts]
        vectors = []
        for text in waiting:
            text.done.wait()
            if text.failure:
                raise RuntimeError(text.failure)
            parts = [vector for vector in text.vectors if vector is not None]
            vectors.append(combined(parts, [len(window) for window in text.windows]))
        return vectors

    def _submit(self, source: str, priority: int) -> Text:
        windows = windows_of(source)
        text = Text(windows, [None] * len(windows))
        for at in range(len(windows)):
            self._queue.put((priority, next(self._order), text, at))
        return text

    def _work(self) -> None:
        while True:
            _, _, text, at = self._queue.get()
            try:
                text.put(at, self._model.embed(text.windows[at]))
            except Exception as error:  # noqa: BLE001 (a thread's edge: the request gets it)
                text.fail(f"{type(error).__name__}: {error}")


class Server:
    """Answers on a socket for as long as somebody may ask."""

    def __init__(self, path: Path, threads: int, idle_seconds: float) -> None:
        self._path = path
        self._idle = idle_seconds
        self._clients = self._requests = 0
        self._asked = self._left = time.monotonic()
        self._lock = threading.Lock()
        self._workers = Workers(threads)
        path.unlink(missing_ok=True)  # of a server that was killed: the starter holds the lock
        self._listener = socket.socket(socket.AF_UNIX)
        os.umask(0o177)
        self._listener.bind(str(path))
        self._listener.listen(256)
        self._listener.settimeout(0.5)

    def serve(self) -> None:
        """Returns when it is not needed any more."""
        over = False
        while not over:
            with contextlib.suppress(TimeoutError):
                line, _ = self._listener.accept()
                with self._lock:
                    self._clients += 1
                    self._asked = time.monotonic()
                threading.Thread(target=self._client, args=(line,), daemon=True).start()
            over = self._is_over()

    def _is_over(self) -> bool:
        """Leaves no socket behind; nobody is starting another server meanwhile."""
        if not self._is_idle():
            return False
        try:
            with _locked(self._path.with_suffix(".lock")):
                if self._is_idle():
                    self._path.unlink(missing_ok=True)
                    return True
        except FileNotFoundError:  # the folder was removed: nobody finds the socket any more
            return True
        return False

    def _is_idle(self) -> bool:
        with self._lock:
            now = time.monotonic()
            alone = self._clients == 0 and now - self._left > GRACE
            return alone or (self._requests == 0 and now - self._asked > self._idle)

    def _client(self, line: socket.socket) -> None:
        try:
            line.settimeout(None)
            with line:
                while True:
                    request, _ = frames.receive(line)
                    self._answer(line, request)
        except (EOFError, OSError, ValueError):
            return
        finally:
            with self._lock:
                self._clients -= 1
                self._left = time.monotonic()

    def _answer(self, line: socket.socket, request: dict[str, Any]) -> None:
        with self._lock:
            self._requests += 1
        try:
            vectors = self._workers.embed(request["texts"], request["kind"])
        except (RuntimeError, KeyError, TypeError) as error:
            frames.send(line, {"error": str(error)})
        else:
            frames.send(line, {}, b"".join(vector.tobytes() for vector in vectors))
        finally:
            with self._lock:
                self._requests -= 1
                self._asked = time.monotonic()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    path, threads, idle_seconds = sys.argv[1:]
    step_back(NICENESS)
    server = Server(Path(path), int(threads), float(idle_seconds))
    sys.stdout.write("ready\n")
    sys.stdout.close()
    server.serve()
    os._exit(0)


if __name__ == "__main__":
    main()
