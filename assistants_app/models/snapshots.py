"""Rows that are read together, so that rendering them needs no further queries."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assistants_app.models.mocks import FunctionMock
from assistants_app.models.people.comments import Comment
from assistants_app.models.people.ratings import Rating
from assistants_app.models.runs import Run, RunStep
from assistants_app.models.threads import Message, Thread


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A model call without its request and reply.

    `usage`, `finish_reason`: as the endpoint reported them, or None. `status`: of the HTTP
    response, or None without one. `error`: why the call failed, or "".
    """

    id: str
    step_ids: Sequence[str]
    model: str
    started_at: datetime
    first_token_at: datetime | None
    ended_at: datetime
    usage: Mapping[str, Any] | None
    finish_reason: str | None
    status: int | None
    error: str

    @property
    def failed(self) -> bool:
        return bool(self.error) or (self.status or 0) >= 400


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A run with everything that its log shows.

    `steps`: the run's steps, oldest first. `calls`: its stored model calls, oldest first.
    `code_sessions`: the number of code interpreter sessions that the thread has had. `file_names`:
    of the files that are values of its variables, as far as they exist, by ID.
    """

    run: Run
    steps: Sequence[RunStep]
    calls: Sequence[LoggedCall]
    code_sessions: int
    file_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WaitingCalls:
    """The function calls that a run waits for, with what helps a person answer them.

    `step`: the step with the calls, None if it has ended in the meantime. `mocks`: by function
    name. `earlier`: completed steps that called the same functions, newest first.
    """

    step: RunStep | None
    mocks: Mapping[str, FunctionMock]
    earlier: Sequence[RunStep]


@dataclass(frozen=True, slots=True)
class ThreadRuns:
    """A thread's newest runs, newest first, and the details of the current one.

    `waiting`: runs that wait for their turn. `log`: None without a current run. `calls`: None
    unless the current run waits for outputs. `assistant`: the name of the current run's assistant
    while the run is active, or "".
    """

    newest: Sequence[Run]
    current: Run | None
    waiting: Sequence[Run]
    log: LoggedRun | None
    calls: WaitingCalls | None
    assistant: str = ""


@dataclass(frozen=True, slots=True)
class ReplyRows:
    """The rows behind some messages: their runs by ID, and these runs' steps, oldest first."""

    runs: Mapping[str, Run]
    steps: Sequence[RunStep]


@dataclass(frozen=True, slots=True)
class Talk:
    """What people say about a message.

    `comments`: the newest ones, oldest first, with the replies after their parents. `total`: how
    many comments there are. `ratings`: oldest first.
    """

    comments: Sequence[Comment] = ()
    total: int = 0
    ratings: Sequence[Rating] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a thread some messages are.

    `before`: how many messages come before them. `total`: how many the thread has. `above` and
    `until`: sort keys of the messages that come directly before and last, or "" at the beginning
    and the end of the thread. Tool calls and reasoning between them belong to the part.
    """

    before: int
    total: int
    above: str = ""
    until: str = ""

    def has(self, key: str) -> bool:
        """Return whether a row with this sort key belongs to the part."""
        return key > self.above and (not self.until or key <= self.until)


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the ways in which a thread and its forks go on from a message that they share.

    `after`: the shared message's ID in this thread, or "". `message`: what follows it, or None
    while there is nothing.
    """

    thread_id: str
    after: str
    message: Message | None


@dataclass(frozen=True, slots=True)
class BranchPoint:
    """A place where a thread and its forks part.

    `variants` are at least two, oldest first, and `current` is the index of the thread's own.
    `indexes`: the index of each thread's variant, by thread ID.
    """

    variants: Sequence[Variant]
    current: int
    indexes: Mapping[str, int]

    @property
    def after(self) -> str:
        """Return the ID of the thread's message after which they part, or ""."""
        return self.variants[self.current].after


@dataclass(frozen=True, slots=True)
class ThreadPart:
    """Some of a thread's messages, oldest first, and what is shown between them.

    `steps`: the steps of this thread's runs that may belong there, oldest first. `passed`: runs
    that ended without completing, or with reasoning of their own. `names`: the names of assistants
    and attached files by ID. `branches`: where forks part, anywhere in the thread. `talk`: what
    people say about messages, by ID.
    """

    thread: Thread
    messages: Sequence[Message]
    span: Span
    steps: Sequence[RunStep]
    passed: Sequence[Run]
    replies: ReplyRows
    names: Mapping[str, str]
    branches: Sequence[BranchPoint] = ()
    talk: Mapping[str, Talk] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a thread says after a message, for a comparison. `run`: the last one behind it, or None
    if there is none or it was deleted.
    """

    part: ThreadPart
    run: Run | None


@dataclass(frozen=True, slots=True)
class ThreadSnapshot:
    """Everything that the page of a thread shows: a part of its messages, and its runs."""

    thread: Thread
    part: ThreadPart
    runs: ThreadRuns

    @property
    def messages(self) -> Sequence[Message]:
        """Return the messages of the part."""
        return self.part.messages

    @property
    def steps(self) -> Sequence[RunStep]:
        """Return the steps of the part and of the current run."""
        return self.part.steps

    @property
    def replies(self) -> ReplyRows:
        """Return the rows behind the messages."""
        return self.part.replies


@dataclass(frozen=True, slots=True)
class ExportedThread:
    """A thread for an export.

    `messages`, each with the name of its assistant ("" for a user's message), and `runs` are in
    order, oldest first. They can be iterated once. `picture` returns the data URL of an image by
    the ID of its file, or "".
    """

    # Iterables that read while they are iterated, because a thread may not fit into memory.

    thread: Thread
    title: str
    messages: Iterable[tuple[Message, str]]
    runs: Iterable[Run]
    picture: Callable[[str], str] = lambda file_id: ""
