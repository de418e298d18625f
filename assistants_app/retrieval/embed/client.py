"""The local embedder: asks the embedding process, and starts it when there is none."""

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
from assistants_app.retrieval.embed.identity import DIMENSION, NAME

ROOT = Path(__file__).resolve().parents[3]
SERVER = "assistants_app.retrieval.embed.server"
BATCH = 32  # texts of one request
START_SECONDS = 60.0
LONGEST_PATH = 100  # bytes; systems take 104 or 108
TRIES = 3


class LocalEmbedder:
    """The bundled model's vectors. One per process will do; its methods may be called by threads.

    All embedders of a machine with the same `folder` share one embedding process. It is started by
    the first request and ends with the last of its users, or `idle_seconds` after the last request.
    """

    name = NAME
    dimension = DIMENSION

    def __init__(
        self,
        folder: Path,
        *,
        threads: int | None = None,
        idle_seconds: float = 900.0,
        timeout: float = 600.0,
    ) -> None:
        """`threads`: None for one per core. `timeout`: seconds for one batch of 32 texts.

        Raises :class:`EmbeddingError` for a folder whose path is too long for a socket.
        """
        self._path = folder.resolve() / f"embed-{NAME}.sock"
        if len(os.fsencode(self._path)) > LONGEST_PATH:
            raise EmbeddingError(
                f"The path {folder} is too long for a socket: choose a shorter one."
            )
        self._threads = threads or os.cpu_count() or 1
        self._idle_seconds = idle_seconds
        self._timeout = timeout
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], kind: Kind = "passage") -> list[Vector]:
        """See :class:`Embedder`. Queries do not wait behind passages."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), BATCH):
            vectors += self._batch(list(texts[start : start + BATCH]), kind)
        return vectors

    def close(self) -> None:
        """Lets the embedding process end if nobody else uses it."""
        with self._lock:
            while self._lines:
                self._lines.pop().close()

    def _batch(self, texts: list[str], kind: Kind) -> list[Vector]:
        for tries_left in reversed(range(TRIES)):
            line = self._take()
            try:
                frames.send(line, {"texts": texts, "kind": kind})
                message, numbers = frames.receive(line)
            except TimeoutError as error:
                line.close()
                raise EmbeddingError(f"Embedding took more than {self._timeout:g} s.") from error
            except (OSError, EOFError, ValueError) as error:
                self.close()  # the others lead to the same process
                line.close()
                if not tries_left:
                    raise EmbeddingError(f"The embedding process broke off ({error}).") from error
            else:
                self._give_back(line)
                return _vectors(message, numbers, len(texts))
        raise AssertionError("the last try returns or raises")

    def _take(self) -> socket.socket:
        with self._lock:
            if self._lines:
                return self._lines.pop()
        return self._connect() or self._start()

    def _give_back(self, line: socket.socket) -> None:
        """It stays open: that is how the embedding process knows that it is needed."""
        with self._lock:
            self._lines.append(line)

    def _connect(self) -> socket.socket | None:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(self._timeout)
            line.connect(str(self._path))
        except (FileNotFoundError, ConnectionRefusedError):
            line.close()
            return None
        except OSError as error:
            line.close()
            raise EmbeddingError(f"The embedding process cannot be reached ({error}).") from error
        return line

    def _start(self) -> socket.socket:
        """One process starts it while the others wait for the lock and then find it there."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _locked(self._path.with_suffix(".lock")):
                line = self._connect()
                if line is None:
                    self._launch()
                    line = self._connect()
        except OSError as error:
            raise EmbeddingError(f"The embedding process cannot be started ({error}).") from error
        if line is None:
            raise EmbeddingError("The embedding process ended as soon as it was started.")
        return line

    def _launch(self) -> None:
        """Returns when it can be asked, or has failed. It outlives us if others still use it."""
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                SERVER,
                str(self._path),
                str(self._threads),
                str(self._idle_seconds),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            start_new_session=True,
        )
        assert process.stdout is not None, "it was asked for"
        with process.stdout as output:
            ready, _, _ = select.select([output], [], [], START_SECONDS)
            if not ready or not output.readline():
                process.kill()
        threading.Thread(target=process.wait, daemon=True).start()  # no zombie stays


def _vectors(message: dict[str, str], numbers: bytes, count: int) -> list[Vector]:
    if "error" in message:
        raise EmbeddingError(f"The embedding model failed: {message['error']}")
    values = array.array("f", numbers)
    if len(values) != count * DIMENSION:
        raise EmbeddingError("The embedding process sent another number of vectors.")
    return [values[start : start + DIMENSION] for start in range(0, len(values), DIMENSION)]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
