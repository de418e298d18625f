"""The embedding process: one model, a thread per core, queries before chunks.

Its arguments are the socket's path, the model's name, the number of threads, and the seconds
without a request after which it ends. It also ends when its last client has disconnected or was
killed. It writes a line to standard output when it is ready.
"""

import contextlib
import fcntl
import importlib
import itertools
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from assistants_app.domain.embeddings import Kind
from assistants_app.retrieval.embed import frames
from assistants_app.retrieval.embed.identity import LOCAL_MODELS
from assistants_app.retrieval.embed.windows import Floats, Model, Window, combined
from assistants_app.retrieval.priority import step_back

NICENESS = 10  # gives way to runs and pages
LOOK_SECONDS = 0.5  # between two looks whether a client still waits
GRACE = 2.0  # seconds without any client before the process ends
# A person or a run waits for a query, and nobody for the chunks of a large batch.
PRIORITIES = {"query": 0, "passage": 1}


@dataclass(slots=True)
class Text:
    """A text that waits for the vectors of its windows."""

    windows: list[Window]
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
    """The threads that embed the windows of all requests, windows of queries first.

    Requests take turns, so a short one doesn't wait for all windows of a long one.
    """

    def __init__(self, model: Model, threads: int) -> None:
        self._model = model
        # Keeps windows of the same turn in order, and the queue from comparing two texts.
        self._order = itertools.count()
        self._turn = 0  # that of the window that was taken last
        self._queue: queue.PriorityQueue[tuple[int, int, int, Text, int]] = queue.PriorityQueue()
        for _ in range(threads):
            threading.Thread(target=self._embed_windows, daemon=True).start()

    def embed(
        self, texts: list[str], kind: Kind, has_left: Callable[[], bool] = lambda: False
    ) -> list[Floats]:
        """Return the texts' vectors. Raises ``RuntimeError`` with the model's error.

        `has_left` says whether nobody waits for them any more. If so, the rest isn't embedded.
        """
        turns = itertools.count(self._turn)
        waiting = [self._enqueue_windows(text, kind, turns) for text in texts]
        vectors = []
        for text in waiting:
            while not text.done.wait(LOOK_SECONDS):
                if has_left():
                    for one in waiting:
                        one.fail("The client has left.")
            if text.failure:
                raise RuntimeError(text.failure)
            parts = [vector for vector in text.vectors if vector is not None]
            vectors.append(combined(parts, text.windows))
        return vectors

    def _enqueue_windows(self, source: str, kind: Kind, turns: Iterator[int]) -> Text:
        windows, priority = self._model.windows_of(source, kind), PRIORITIES[kind]
        text = Text(windows, [None] * len(windows))
        for at in range(len(windows)):
            self._queue.put((priority, next(turns), next(self._order), text, at))
        return text

    def _embed_windows(self) -> None:
        while True:
            _, self._turn, _, text, at = self._queue.get()
            if text.done.is_set():
                continue  # it has failed
            try:
                text.put(at, self._model.embed(text.windows[at]))
            except Exception as error:  # noqa: BLE001 (the request reports it, and the thread continues)
                text.fail(f"{type(error).__name__}: {error}")


class Server:
    """Answers requests on a socket, as long as there are clients and requests."""

    def __init__(self, path: Path, workers: Workers, idle_seconds: float) -> None:
        self._path = path
        self._idle = idle_seconds
        self._clients = self._requests = 0
        self._last_request = self._last_left = time.monotonic()
        self._lock = threading.Lock()
        self._workers = workers
        # A socket here was left by a killed server: the process that starts this one holds the lock
        # and has found no server.
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        os.umask(0o177)  # only this user may connect
        self._listener.bind(str(path))
        self._listener.listen(256)
        self._listener.settimeout(0.5)

    def serve(self) -> None:
        """Answer requests. Returns when the process is no longer needed."""
        over = False
        while not over:
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                with self._lock:
                    self._clients += 1
                    self._last_request = time.monotonic()
                threading.Thread(target=self._serve_client, args=(connection,), daemon=True).start()
            over = self._close_if_idle()

    def _close_if_idle(self) -> bool:
        # Clients connect and start servers under the same lock, so none can connect to the socket
        # between the second look and its removal.
        if not self._is_idle():
            return False
        try:
            with _lock_file(self._path.with_suffix(".lock")):
                if self._is_idle():
                    self._path.unlink(missing_ok=True)
                    return True
        except FileNotFoundError:  # the folder was removed, so nobody can find the socket
            return True
        return False

    def _is_idle(self) -> bool:
        with self._lock:
            now = time.monotonic()
            alone = self._clients == 0 and now - self._last_left > GRACE
            return alone or (self._requests == 0 and now - self._last_request > self._idle)

    def _serve_client(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(None)
            with connection:
                while True:
                    request, _ = frames.receive(connection)
                    self._answer_request(connection, request)
        except (EOFError, OSError, ValueError):
            return
        finally:
            with self._lock:
                self._clients -= 1
                self._last_left = time.monotonic()

    def _answer_request(self, connection: socket.socket, request: dict[str, Any]) -> None:
        with self._lock:
            self._requests += 1
        try:
            vectors = self._workers.embed(
                request["texts"], request["kind"], partial(_has_left, connection)
            )
        except (RuntimeError, KeyError, TypeError) as error:
            frames.send(connection, {"error": str(error)})
        else:
            frames.send(connection, {}, b"".join(vector.tobytes() for vector in vectors))
        finally:
            with self._lock:
                self._requests -= 1
                self._last_request = time.monotonic()


def _has_left(connection: socket.socket) -> bool:
    # The other end sends nothing before it has its answer, except its end.
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextlib.contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    path, name, threads, idle_seconds = sys.argv[1:]
    step_back(NICENESS)
    # A module for each model, because each loads a library of its own.
    model = importlib.import_module(LOCAL_MODELS[name].module).Model()
    workers = Workers(model, int(threads))
    server = Server(Path(path), workers, float(idle_seconds))
    sys.stdout.write("ready\n")
    sys.stdout.close()
    server.serve()
    # Threads of clients and of the model may still run, and nothing is left to clean up.
    os._exit(0)


if __name__ == "__main__":
    main()
