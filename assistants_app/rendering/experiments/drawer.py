"""A cell of the matrix opened: its checks, its runs and their steps, and its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain.checks.check import check_from, outcome_from
from assistants_app.domain.checks.combining import Result
from assistants_app.domain.experiments.grades import GRADE, points_of
from assistants_app.models import ExperimentCell, ExperimentGrade, Run, RunStep
from assistants_app.rendering.checks.outcomes import render_outcomes, result_words
from assistants_app.rendering.components.badges import Badge, run_badge
from assistants_app.rendering.experiments.cells import state_word
from assistants_app.rendering.runs.log import step_label


@dataclass(frozen=True, slots=True)
class GradedPart:
    """The checks of a message, or of the whole thread, with what they came to."""

    title: str
    outcomes: SafeString


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a run. `seconds` is None while it continues."""

    label: str
    badge: Badge
    seconds: float | None
    error: str


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run of a cell with its steps."""

    run: Run
    badge: Badge
    steps: Sequence[StepLine]


def graded_parts(cell: ExperimentCell) -> list[GradedPart]:
    """Return the outcomes of checks: those of the whole thread first, then those by message."""
    by_turn: dict[int | None, list[Mapping[str, Any]]] = {}
    for one in cell.outcomes:
        by_turn.setdefault(one["turn"], []).append(one)
    turns = sorted(by_turn, key=lambda turn: -1 if turn is None else turn)
    return [GradedPart(_title(turn), _outcomes(by_turn[turn])) for turn in turns]


def _title(turn: int | None) -> str:
    if turn is None:
        return _("Checks of the thread")
    return _("Checks of reply %(number)d") % {"number": turn + 1}


def _outcomes(stored: Sequence[Mapping[str, Any]]) -> SafeString:
    return render_outcomes(
        (check_from(one["check"]), outcome_from(one["outcome"])) for one in stored
    )


def cell_words(cell: ExperimentCell) -> str:
    """Return in a few sentences what the cell came to."""
    if cell.result is None:
        return state_word(cell.state)
    return result_words(
        Result(**cell.result), [outcome_from(one["outcome"]) for one in cell.outcomes]
    )


def grade_words(grade: ExperimentGrade) -> str:
    """Return what a person said about the reply."""
    if grade.metric == GRADE:
        return _("%(points)d of 5") % {"points": points_of(grade.value)}
    return {1.0: _("the best reply"), 0.0: _("not the best reply")}.get(
        grade.value, _("equally good")
    )


def run_lines(runs: Sequence[Run], steps: Sequence[RunStep]) -> list[RunLine]:
    """Return the runs of a cell with their steps."""
    return [
        RunLine(
            run=run,
            badge=run_badge(run.status),
            steps=[_step_line(step) for step in steps if step.run_id == run.id],
        )
        for run in runs
    ]


def _step_line(step: RunStep) -> StepLine:
    end = step.ended_at
    error = step.last_error or {}
    return StepLine(
        label=step_label(step),
        badge=run_badge(step.status),
        seconds=(end - step.created_at).total_seconds() if end else None,
        error=str(error.get("message", "")),
    )
