"""The launcher's side of the parent: start it, and let it fork the site's processes."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import IO

from playground.embedded.forked.messages import LARGEST, ForkRequest, packet_of
from playground.embedded.options import PROJECT
from playground.embedded.part import Part, discard
from playground.embedded.process import Command, LogSink, Running

# Seconds until the parent answers. It may have to start first: after a crash, or at the start.
ANSWER_SECONDS = 60.0
POLL_SECONDS = 0.02
# A command that needs nothing of the shell but its variables.
_RUNS_A_MODULE = re.compile(r"exec python -m [^|&;<>`\n]+")


def is_possible() -> bool:
    """Return whether the site's processes can be forks of one parent on this system."""
    # macOS can fork too, but its own libraries do not survive that.
    return sys.platform.startswith("linux")


def only_runs_a_module(command: str) -> bool:
    """Return whether a shell command is `exec python -m` with arguments, and nothing else."""
    return bool(_RUNS_A_MODULE.fullmatch(command)) and "$(" not in command


def module_words(command: str, env: Mapping[str, str]) -> list[str]:
    """Return the module and the arguments of a command that `only_runs_a_module`."""
    # The shell itself replaces the variables.
    shell = ("/bin/sh", "-c", f"printf '%s\\0' {command.removeprefix('exec ')}")
    printed = subprocess.run(shell, env=dict(env), stdout=subprocess.PIPE, text=True, check=True)
    return printed.stdout.split("\0")[2:-1]


class SiteParent(Part):
    """A process that imports what the site, the worker and the indexer share, and forks them.

    When it dies, its forks die with it; each is then forked again from the next parent.
    """

    stop_seconds = 0.5

    def __init__(self, env: Mapping[str, str], path: Path, *, log: LogSink = discard) -> None:
        """Create a part whose parent listens at the socket `path`."""
        super().__init__("site", log)
        self._env = env
        self._path = path

    def prepare(self) -> None:
        """Nothing has to precede the start."""

    def command(self) -> Command:
        """Return the command of the parent."""
        module = "playground.embedded.forked.server"
        argv = (sys.executable, "-m", module, str(self._path))
        return Command(argv=argv, env=self._env, cwd=PROJECT)

    def is_ready(self) -> bool:
        """Return whether it can fork."""
        try:
            connect(self._path).close()
        except OSError:
            return False
        return True

    def fork_of(self, name: str, words: list[str]) -> "Fork":
        """Return the program that runs the module `words[0]` in a fork."""
        return Fork(self._path, ForkRequest(name, words[0], words[1:]))


def connect(path: Path) -> socket.socket:
    """Return a connection to the parent that listens at `path`. Raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


@dataclass(frozen=True)
class Fork:
    """A module that runs in a fork of the parent that listens at `path`."""

    path: Path
    request: ForkRequest

    def spawn(self) -> tuple[Running, int]:
        """See `Program`. Raises OSError if there is no parent for ``ANSWER_SECONDS``."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                return self._ask(), -1
            except OSError:
                # Not there yet, or it died while it was asked.
                if time.monotonic() > deadline:
                    raise
            time.sleep(POLL_SECONDS)

    def _ask(self) -> "ForkedProcess":
        connection = connect(self.path)
        output, theirs = os.pipe()
        try:
            connection.settimeout(ANSWER_SECONDS)
            self.request.send(connection, theirs)
            answer = connection.recv(LARGEST)
            if not answer:
                raise ConnectionResetError("the parent of the site's processes ended")
            connection.settimeout(None)
            return ForkedProcess(connection, int(answer), os.fdopen(output, "rb"))
        except BaseException:
            os.close(output)
            connection.close()
            raise
        finally:
            os.close(theirs)


class ForkedProcess:
    """A fork of the parent, which is the only process that may wait for it."""

    def __init__(self, connection: socket.socket, pid: int, stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdout = stdout
        self._connection = connection
        self._status: int | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._await_end, name=f"fork-{pid}", daemon=True).start()

    def poll(self) -> int | None:
        """See `Running`."""
        return self._status

    def send_signal(self, sig: int, /) -> None:
        """See `Running`."""
        # By the parent: it knows whether the process ID still means this process.
        try:
            self._connection.send(packet_of(sig))
        except OSError:
            return

    def wait(self, timeout: float | None = None) -> int:
        """See `Running`."""
        if not self._ended.wait(timeout):
            assert timeout is not None
            raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout)
        assert self._status is not None
        return self._status

    def _await_end(self) -> None:
        try:
            answer = self._connection.recv(LARGEST)
        except OSError:
            answer = b""
        # No answer: the parent is dead, and the kernel has killed its forks.
        self._status = int(answer) if answer else -SIGKILL
        self._connection.close()
        self._ended.set()
