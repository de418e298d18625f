"""The local embedder, a client of the embedding process. It starts that process if necessary."""

import array
import contextlib
import fcntl
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistants_app.domain.embeddings import EmbeddingError, Kind, Vector
from assistants_app.retrieval.embed import frames
from assistants_app.retrieval.embed.identity import BUNDLED, DIMENSION, LocalModel

ROOT = Path(__file__).resolve().parents[3]
SERVER = "assistants_app.retrieval.embed.server"
BATCH = 32  # texts per request
START_SECONDS = 60.0
LONGEST_PATH = 100  # bytes; the systems' limits for Unix sockets are 104 and 108
ATTEMPTS = 3  # since the process may end by itself between two requests


class LocalEmbedder:
    """Embedder of a model on this machine. Threads may share one.

    All embedders with the same `folder` and model share one embedding process. The first request
    starts it. It ends when its last client is gone, or `idle_seconds` after the last request.
    """

    dimension = DIMENSION

    def __init__(
        self,
        folder: Path,
        *,
        model: LocalModel = BUNDLED,
        threads: int | None = None,
        idle_seconds: float = 900.0,
        timeout: float = 600.0,
    ) -> None:
        """Create an embedder, without connecting yet. By default it is the bundled model's.

        `threads` defaults to one per core. `timeout` is in seconds, for one batch of 32 texts.
        Raises :class:`EmbeddingError` if the path of `folder` is too long for a socket.
        """
        self.name = model.name
        self._path = folder.resolve() / f"embed-{model.name}.sock"
        if len(os.fsencode(self._path)) > LONGEST_PATH:
            raise EmbeddingError(
                f"The path {folder} is too long for a Unix socket. Choose a shorter one."
            )
        self._threads = threads or os.cpu_count() or 1
        self._idle_seconds = idle_seconds
        self._timeout = timeout
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], kind: Kind = "passage") -> list[Vector]:
        """Embed texts as :class:`Embedder` promises. Queries do not wait behind chunks."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), BATCH):
            vectors += self._embed_batch(list(texts[start : start + BATCH]), kind)
        return vectors

    def close(self) -> None:
        """Disconnect. The embedding process ends if nobody else uses it."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _embed_batch(self, texts: list[str], kind: Kind) -> list[Vector]:
        for attempts_left in reversed(range(ATTEMPTS)):
            connection = self._take_connection()
            try:
                frames.send(connection, {"texts": texts, "kind": kind})
                message, numbers = frames.receive(connection)
            except TimeoutError as error:
                connection.close()
                raise EmbeddingError(f"Embedding took more than {self._timeout:g} s.") from error
            except (OSError, EOFError, ValueError) as error:
                self.close()  # the idle connections lead to the same process
                connection.close()
                if not attempts_left:
                    raise EmbeddingError(
                        f"The embedding process stopped unexpectedly ({error})."
                    ) from error
            else:
                self._keep_connection(connection)
                return _parse_vectors(message, numbers, len(texts))
        raise AssertionError("the last attempt returns or raises")

    def _take_connection(self) -> socket.socket:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect() or self._start_and_connect()

    def _keep_connection(self, connection: socket.socket) -> None:
        # The embedding process counts its connections to know whether it is still needed.
        with self._lock:
            self._idle.append(connection)

    def _connect(self) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(self._timeout)
            connection.connect(str(self._path))
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            return None
        except OSError as error:
            connection.close()
            raise EmbeddingError(f"Couldn't connect to the embedding process ({error}).") from error
        return connection

    def _start_and_connect(self) -> socket.socket:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # The first to get the lock starts the process. The others wait for the lock, then find
            # the process running and connect to it.
            with _lock_file(self._path.with_suffix(".lock")):
                connection = self._connect()
                if connection is None:
                    self._launch()
                    connection = self._connect()
        except OSError as error:
            raise EmbeddingError(f"Couldn't start the embedding process ({error}).") from error
        if connection is None:
            raise EmbeddingError("The embedding process exited right after it started.")
        return connection

    def _launch(self) -> None:
        """Start the embedding process. Returns when it is ready or has failed."""
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                SERVER,
                str(self._path),
                self.name,
                str(self._threads),
                str(self._idle_seconds),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # None of the server's secrets.
            env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            start_new_session=True,
        )
        assert process.stdout is not None, "it is a pipe"
        with process.stdout as output:
            ready, _, _ = select.select([output], [], [], START_SECONDS)
            if not ready or not output.readline():
                process.kill()
        # Waits for its end, so that no zombie remains.
        threading.Thread(target=process.wait, daemon=True).start()


def _parse_vectors(message: dict[str, str], numbers: bytes, count: int) -> list[Vector]:
    if "error" in message:
        raise EmbeddingError(f"The embedding model failed: {message['error']}")
    values = array.array("f", numbers)
    if len(values) != count * DIMENSION:
        raise EmbeddingError("The embedding process returned the wrong number of vectors.")
    return [values[start : start + DIMENSION] for start in range(0, len(values), DIMENSION)]


@contextlib.contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
