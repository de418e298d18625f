"""Rows that checks look at together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistants_app.models.runs import Run, RunStep
from assistants_app.models.threads import Message


@dataclass(frozen=True, slots=True)
class GradedRuns:
    """Runs of a thread whose replies are graded together, with what belongs to them, oldest first.

    `messages` are the thread's newest ones up to the last reply of these runs. `departures`: when
    each run's first request left for the model, by run ID, as far as that is recorded.
    """

    runs: Sequence[Run]
    steps: Sequence[RunStep]
    messages: Sequence[Message]
    departures: Mapping[str, datetime]
