"""The interface between the app and a sandbox backend, and the values that cross it."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from assistants_app.sandbox.limits import Limits

OutputKind = Literal["logs", "image", "display"]
Ending = Literal["ok", "error", "interrupted", "killed"]
# Bytes of one step of `read_file` or `write_file`. Files cross the channel in steps so that neither
# side holds a whole file in memory, and so that a frame stays far below `MAX_BLOB`.
CHUNK = 1 << 20


class SandboxUnavailable(Exception):
    """No code can run here. The message says what to allow, or what to use instead."""


class SessionLost(Exception):
    """The session does not exist, or ended during the call."""


class FileRefused(Exception):
    """The session could not accept or return a file: not found, invalid name or no space left."""


class StopSignal(Protocol):
    """An object that reports a stop request the way `threading.Event` does."""

    def is_set(self) -> bool:
        """Return whether the caller no longer wants the result."""


@dataclass(frozen=True)
class Output:
    """One output: `logs` (stdout and stderr), `display` (text of a value) or `image` (a PNG)."""

    kind: OutputKind
    text: str = ""
    data: bytes = b""


def merged(outputs: Iterable[Output]) -> list[Output]:
    """Return the outputs with adjacent `logs` joined into one."""
    rows: list[Output] = []
    for kind, group in itertools.groupby(outputs, key=lambda output: output.kind):
        if kind == "logs":
            rows.append(Output("logs", "".join(output.text for output in group)))
        else:
            rows += group
    return rows


@dataclass(frozen=True)
class FileInfo:
    """A file in /mnt/data: `name` relative to it, `size` in bytes, `digest` the SHA-256 in hex.

    The session reports all three and can forge them. Trust only the bytes that `read_file` yields.
    """

    name: str
    size: int
    digest: str


@dataclass(frozen=True)
class InputFile:
    """A file to put into /mnt/data. `open` is called only if the session lacks this digest."""

    name: str
    size: int
    digest: str
    open: Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Execution:
    """The result of one call.

    `error` is the traceback as text; `reason` names the limit that was reached, in one sentence.
    `interrupted` means that the time limit or `stop` ended the code and the session kept its state,
    `killed` that the session is gone. A `new_session` has no state from earlier calls.
    """

    outputs: Sequence[Output]
    new_session: bool
    ended: Ending
    error: str | None = None
    reason: str | None = None
    changed_files: Sequence[FileInfo] = ()
    duration_seconds: float = 0.0


class Sandbox(Protocol):
    """Interpreter sessions by id. Calls to the same session run one after another."""

    def execute(
        self,
        session_id: str,
        code: str,
        *,
        files: Sequence[InputFile],
        limits: Limits,
        on_event: Callable[[Output], None] | None,
        stop: StopSignal,
    ) -> Execution:
        """Run code in the session, starting the session if there is none.

        Raises SandboxUnavailable, and FileRefused for an input file that does not fit. Errors of
        the code itself are part of the result.
        """

    def list_files(self, session_id: str) -> list[FileInfo]:
        """Return the regular files in /mnt/data. Raises SessionLost."""

    def read_file(self, session_id: str, name: str) -> Iterator[bytes]:
        """Yield a file in pieces of at most `CHUNK` bytes. Raises SessionLost and FileRefused."""

    def write_file(
        self, session_id: str, name: str, chunks: Iterable[bytes], size: int
    ) -> FileInfo:
        """Write a file into an open session. Raises SessionLost and FileRefused."""

    def close(self, session_id: str) -> None:
        """End the session if it exists."""

    def is_open(self, session_id: str) -> bool:
        """Return whether the next call would find the session's state."""
