"""What checks look at: the conversation, what tools did, and what it took."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user wrote, and the last message that the assistant replied with."""

    user: str
    reply: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call of a tool, in the order of the thread.

    `tool` is the name of a function, or the type of a built-in tool. `arguments` are JSON, or the
    text that the model wrote if that isn't JSON. `output` is what the model got, or "".
    """

    tool: str
    arguments: Any
    output: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation in a reply. `page` counts from 1, or is None for files without pages."""

    file_id: str
    filename: str
    page: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class CodeRun:
    """Code that ran. `ended` is ok, error, interrupted or killed. `logs`: what it printed."""

    code: str
    ended: str
    logs: str = ""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that code saved for the user, or a figure that it drew."""

    name: str
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One or several runs of a thread, as far as checks are concerned.

    `text` is the last message of the last turn, without the marks of citations. `messages` have a
    role and a text, in order. `usage` has the names of a run's. `cost` is in dollars, or None
    without a price. `first_token_seconds` is the longest of the turns; `duration_seconds` is their
    sum, without the time for which runs waited for outputs of functions. `refusal` is what the
    model said if the endpoint marked it as a refusal. `error` is why a run didn't complete, or "".
    """

    text: str
    turns: tuple[Turn, ...] = ()
    messages: tuple[Mapping[str, str], ...] = ()
    calls: tuple[ToolUse, ...] = ()
    citations: tuple[Cited, ...] = ()
    files: tuple[MadeFile, ...] = ()
    code_runs: tuple[CodeRun, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    first_token_seconds: float | None = None
    duration_seconds: float | None = None
    refusal: str = ""
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the sample as checks in Python see it."""
        return asdict(self)
