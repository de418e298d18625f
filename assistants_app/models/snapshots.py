"""Rows that are read together, so that rendering them needs no further query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistants_app.domain.cost import Price
from assistants_app.models.mocks import FunctionMock
from assistants_app.models.runs import Run, RunStep
from assistants_app.models.threads import Message, Thread


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A run with everything that its log shows.

    `steps` are the run's, oldest first. `price` is None if the project has none for the run's
    model. `answered_at`: when the model had finished with a step, by step id. `code_sessions`
    counts the code interpreter sessions of the whole thread.
    """

    run: Run
    steps: Sequence[RunStep]
    price: Price | None
    answered_at: Mapping[str, datetime]
    code_sessions: int


@dataclass(frozen=True, slots=True)
class WaitingCalls:
    """The calls that a run waits for, with what helps a person to answer them.

    `step` has the calls; it is None if the step ended in the meantime. `mocks` are by function
    name. `earlier`: steps that answered the same functions before, newest first.
    """

    step: RunStep | None
    mocks: Mapping[str, FunctionMock]
    earlier: Sequence[RunStep]


@dataclass(frozen=True, slots=True)
class ThreadRuns:
    """A thread's newest runs, newest first, and the details of the current one.

    `waiting`: runs whose turn has not come yet. `log` is None without a current run; `calls` is
    None unless the current run waits for outputs.
    """

    newest: Sequence[Run]
    current: Run | None
    waiting: Sequence[Run]
    log: LoggedRun | None
    calls: WaitingCalls | None


@dataclass(frozen=True, slots=True)
class ReplyRows:
    """What made some messages: their runs by id, the steps of these runs (oldest first), and the
    project's prices by model.
    """

    runs: Mapping[str, Run]
    steps: Sequence[RunStep]
    prices: Mapping[str, Price]


@dataclass(frozen=True, slots=True)
class ThreadSnapshot:
    """Everything that the page of a thread shows.

    `messages` are the last ones, oldest first. `steps`: steps of this thread behind the messages
    and of the current run, oldest first. `names`: names of assistants and attached files by id.
    """

    thread: Thread
    messages: Sequence[Message]
    steps: Sequence[RunStep]
    replies: ReplyRows
    runs: ThreadRuns
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExportedThread:
    """A thread to be exported, with its title.

    `messages` (each with its assistant's name, "" for a user's) and `runs`, both oldest first, are
    read page by page while they are iterated, once: a thread may be longer than memory allows.
    """

    thread: Thread
    title: str
    messages: Iterable[tuple[Message, str]]
    runs: Iterable[Run]
