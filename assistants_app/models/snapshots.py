"""Rows that are read together, so that rendering them needs no further queries."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistants_app.domain.cost import Price
from assistants_app.models.mocks import FunctionMock
from assistants_app.models.runs import Run, RunStep
from assistants_app.models.threads import Message, Thread


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A run with everything that its log shows.

    `steps`: the run's steps, oldest first. `price`: None if the project has no price for the run's
    model. `answered_at`: when the model finished a step, by step ID. `code_sessions`: the number of
    code interpreter sessions that the thread has had.
    """

    run: Run
    steps: Sequence[RunStep]
    price: Price | None
    answered_at: Mapping[str, datetime]
    code_sessions: int


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
    """The rows behind some messages: their runs by ID, the steps of these runs (oldest first), and
    the project's prices by model.
    """

    runs: Mapping[str, Run]
    steps: Sequence[RunStep]
    prices: Mapping[str, Price]


@dataclass(frozen=True, slots=True)
class ThreadSnapshot:
    """Everything that the page of a thread shows.

    `messages`: the last messages, oldest first. `steps`: the steps of this thread that wrote these
    messages or belong to the current run, oldest first. `names`: the names of assistants and
    attached files by ID.
    """

    thread: Thread
    messages: Sequence[Message]
    steps: Sequence[RunStep]
    replies: ReplyRows
    runs: ThreadRuns
    names: Mapping[str, str]


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
