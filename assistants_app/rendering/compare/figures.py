"""Figures about what columns have done: tokens, cost, and times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import mean

from assistants_app.domain import run_status
from assistants_app.domain.money.prices import NONE
from assistants_app.models import Run, RunStep
from assistants_app.models.compare.snapshots import LaneState
from assistants_app.rendering.runs.end_line import ended_at
from assistants_app.wire.runs.runs import usage_object

Number = float | Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one answer.

    `first_token` and `seconds` count from the start of the run, so without the time that it waited
    for its turn. `seconds` is without the time that it waited for a person. None is unknown.
    """

    prompt: int | None = None
    completion: int | None = None
    dollars: Decimal | None = None
    no_price: bool = False
    first_token: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure of several answers. `least` and `most` are None if there is one answer."""

    mean: Number
    least: Number | None = None
    most: Number | None = None


@dataclass(frozen=True, slots=True)
class ColumnFigures:
    """The figures of a column's answers. Each is None until an answer has it."""

    answers: int
    prompt: Spread | None
    completion: Spread | None
    dollars: Spread | None
    first_token: Spread | None
    seconds: Spread | None
    no_price: bool


def figures_of(state: LaneState) -> Figures:
    """Return the figures of a lane's newest run. One that is still active has its first token."""
    run = state.run
    if run is None:
        return Figures()
    began = run.started_at or run.created_at
    first = _first_token(state.steps, began)
    if run.status in run_status.ACTIVE:
        return Figures(first_token=first)
    usage = usage_object(run.usage)
    end = ended_at(run, state.steps)
    return Figures(
        prompt=usage["prompt_tokens"],
        completion=usage["completion_tokens"],
        dollars=run.cost,
        no_price=run.cost_origin == NONE,
        first_token=first,
        seconds=max((end - began).total_seconds() - _waited(run, state.steps, end), 0.0),
    )


def _first_token(steps: Sequence[RunStep], began: datetime) -> float | None:
    times = [step.first_token_at for step in steps if step.first_token_at]
    return max((min(times) - began).total_seconds(), 0.0) if times else None


def _waited(run: Run, steps: Sequence[RunStep], end: datetime) -> float:
    waits = [step for step in steps if step.waits_since]
    return sum(
        ((step.ended_at or end) - step.waits_since).total_seconds()
        for step in waits
        if step.waits_since
    )


def figures_of_column(states: Sequence[LaneState]) -> ColumnFigures:
    """Return the figures of a column with these lanes."""
    found = [figures_of(state) for state in states]

    def spread(read: Callable[[Figures], Number | None]) -> Spread | None:
        values = [value for one in found if (value := read(one)) is not None]
        if not values:
            return None
        if len(values) == 1:
            return Spread(values[0])
        return Spread(mean(values), min(values), max(values))  # type: ignore[type-var]

    return ColumnFigures(
        answers=sum(one.seconds is not None for one in found),
        prompt=spread(lambda one: one.prompt),
        completion=spread(lambda one: one.completion),
        dollars=spread(lambda one: one.dollars),
        first_token=spread(lambda one: one.first_token),
        seconds=spread(lambda one: one.seconds),
        no_price=any(one.no_price for one in found),
    )
