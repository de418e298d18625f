"""What the app asks of a sandbox, whichever backend holds it, and what it gets back."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from assistants_app.sandbox.limits import Limits

OutputKind = Literal["logs", "image", "display"]
Ending = Literal["ok", "error", "interrupted", "killed"]
# Of one `read_file` or `write_file` step, in bytes.
CHUNK = 1 << 20


class SandboxUnavailable(Exception):
    """No code runs here; the message is one sentence that says what to allow or what to do."""


class SessionLost(Exception):
    """The session that was asked for is not there, or ended meanwhile."""


class FileRefused(Exception):
    """The session could not take or give a file: no such file, a bad name, no room."""


class StopSignal(Protocol):
    """Anything with threading.Event's way of asking."""

    def is_set(self) -> bool:
        """True when the caller no longer wants the result."""


@dataclass(frozen=True)
class Output:
    """`logs` is text of stdout and stderr, `display` text of a shown value, `image` a PNG."""

    kind: OutputKind
    text: str = ""
    data: bytes = b""


def merged(outputs: Iterable[Output]) -> list[Output]:
    """Neighbouring logs as one."""
    rows: list[Output] = []
    for kind, group in itertools.groupby(outputs, key=lambda output: output.kind):
        if kind == "logs":
            rows.append(Output("logs", "".join(output.text for output in group)))
        else:
            rows += group
    return rows


@dataclass(frozen=True)
class FileInfo:
    """A file of /mnt/data: `name` relative to it, `size` in bytes, `digest` the SHA-256 in hex.

    All three are what the session says: `read_file` gives the bytes that count.
    """

    name: str
    size: int
    digest: str


@dataclass(frozen=True)
class InputFile:
    """A file that shall lie in /mnt/data; `open` is called only when the session lacks it."""

    name: str
    size: int
    digest: str
    open: Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Execution:
    """What one call did.

    `error` is the traceback's text. `interrupted`: the time limit or `stop` ended the code and the
    state is kept. `killed`: the session is gone. `reason` names the limit in a sentence. In a
    `new_session` nothing of earlier calls is left.
    """

    outputs: Sequence[Output]
    new_session: bool
    ended: Ending
    error: str | None = None
    reason: str | None = None
    changed_files: Sequence[FileInfo] = ()
    duration_seconds: float = 0.0


class Sandbox(Protocol):
    """Sessions of an interpreter by id; calls of one session wait for each other."""

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
        """Run code in the session, which is begun when there is none.

        Raises SandboxUnavailable, and FileRefused for input that does not fit; whatever the code
        does is a result.
        """

    def list_files(self, session_id: str) -> list[FileInfo]:
        """Regular files of /mnt/data. Raises SessionLost."""

    def read_file(self, session_id: str, name: str) -> Iterator[bytes]:
        """A file in pieces of at most `CHUNK`. Raises SessionLost and FileRefused."""

    def write_file(
        self, session_id: str, name: str, chunks: Iterable[bytes], size: int
    ) -> FileInfo:
        """Put a file into a session that is open. Raises SessionLost and FileRefused."""

    def close(self, session_id: str) -> None:
        """End the session, if there is one."""

    def is_open(self, session_id: str) -> bool:
        """Whether the next call finds its state."""
