"""Reads of the grading queue: which rows nobody has graded, and their replies without names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.grades import (
    GRADE,
    MAIN,
    METRICS,
    PREFERENCE,
    in_blind_order,
    sight_of,
)
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentGrade,
    ExperimentLease,
    ExperimentRow,
    Message,
)


@dataclass(frozen=True, slots=True)
class BlindReply:
    """A reply in the queue. `value` is the grade that it has got, or None.

    `content` is that of its message, or None if the thread was deleted.
    """

    cell: ExperimentCell
    content: Sequence[dict[str, Any]] | None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """A row that somebody grades: one repeat of it, with the replies in their blind order.

    `sight` is a code for what they see of it (`domain/experiments/grades.py`).
    """

    row: ExperimentRow
    repeat: int
    sight: str
    replies: Sequence[BlindReply] = field(default_factory=list)


def open_rows(experiment: Experiment) -> "QuerySet[ExperimentRow]":
    """Return the rows that have a reply which nobody has graded, in the set's order."""
    return ExperimentRow.objects.filter(
        Exists(_to_grade(experiment).filter(row=OuterRef("pk"))), experiment=experiment
    ).order_by("position")


def _to_grade(experiment: Experiment) -> "QuerySet[ExperimentCell]":
    # Only once all replies to a repeat are there, so that people see them together.
    others = ExperimentCell.objects.filter(row=OuterRef("row"), repeat=OuterRef("repeat"))
    return ungraded(experiment).exclude(Exists(others.filter(state__in=states.OPEN)))


def ungraded(experiment: Experiment) -> "QuerySet[ExperimentCell]":
    """Return the cells whose replies wait for a grade: for the one that decides the main metric,
    or for any.
    """
    wanted = MAIN.get(experiment.main_metric)
    grades = ExperimentGrade.objects.filter(cell=OuterRef("pk"))
    if wanted:
        grades = grades.filter(metric=wanted)
    cells = ExperimentCell.objects.filter(
        ~Exists(grades), experiment=experiment, state=states.GRADED
    )
    if wanted == PREFERENCE:
        # The only reply of a row can't be preferred to another one.
        others = ExperimentCell.objects.filter(
            row=OuterRef("row"), repeat=OuterRef("repeat"), state=states.GRADED
        )
        cells = cells.filter(Exists(others.exclude(pk=OuterRef("pk"))))
    return cells


def waits_for_grades(experiment: Experiment) -> bool:
    """Return whether people decide the main metric, and haven't said enough yet."""
    return experiment.main_metric in MAIN and ungraded(experiment).exists()


def leased_row(experiment: Experiment, user: User) -> ExperimentRow | None:
    """Return the row that is the user's at the moment, or None."""
    lease = (
        ExperimentLease.objects.filter(
            row__experiment=experiment, person=user, until__gt=timezone.now()
        )
        .select_related("row")
        .order_by("-until")
        .first()
    )
    return lease.row if lease else None


def cells_to_grade(row: ExperimentRow, repeat: int, user: User) -> list[ExperimentCell]:
    """Return the cells with a result of one repeat, in the order in which this user sees them."""
    cells = ExperimentCell.objects.filter(row=row, repeat=repeat, state=states.GRADED)
    by_id = {cell.pk: cell for cell in cells.defer("outcomes", "earlier")}
    order = in_blind_order(list(by_id), person=str(user.pk), secret=settings.SECRET_KEY)
    return [by_id[cell_id] for cell_id in order]


def queued_row(row: ExperimentRow, user: User) -> QueuedRow | None:
    """Return the first repeat of the row that isn't graded whole, or None if all are."""
    cells = _to_grade(row.experiment).filter(row=row)
    repeat = cells.order_by("repeat").values_list("repeat", flat=True).first()
    if repeat is None:
        return None
    seen = cells_to_grade(row, repeat, user)
    grades = ExperimentGrade.objects.filter(cell__in=seen, person=user, metric=GRADE)
    given = dict(grades.values_list("cell_id", "value"))
    contents = _last_replies(seen)
    replies = [BlindReply(cell, contents.get(cell.thread_id), given.get(cell.pk)) for cell in seen]
    return QueuedRow(row, repeat, sight(seen, user), replies)


def sight(cells: Sequence[ExperimentCell], user: User) -> str:
    """Return a code for these replies in this order, with what the user has said about them."""
    grades = ExperimentGrade.objects.filter(cell__in=cells, person=user)
    given = {(grade.cell_id, grade.metric): grade.value for grade in grades}
    values = [given.get((cell.pk, metric)) for cell in cells for metric in METRICS]
    ids = [cell.pk for cell in cells]
    return sight_of(ids, values, person=str(user.pk), secret=settings.SECRET_KEY)


def _last_replies(cells: Sequence[ExperimentCell]) -> dict[str, Any]:
    """Return the content of the last reply on each cell's thread, by the thread's id."""
    messages = Message.objects.filter(
        thread__in=[cell.thread_id for cell in cells if cell.thread_id], role="assistant"
    ).order_by("pk")
    return {message.thread_id: message.content for message in messages}


def grades_of(cell: ExperimentCell) -> list[ExperimentGrade]:
    """Return what people have said about the cell, the first first."""
    return list(ExperimentGrade.objects.filter(cell=cell).order_by("pk"))


def has_grades_of(experiment: Experiment, user: User) -> bool:
    """Return whether the user has graded something that they can undo."""
    return ExperimentGrade.objects.filter(cell__experiment=experiment, person=user).exists()
