"""Reads of the grading queue: which rows nobody has graded, and their replies without names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.grades import GRADE, in_blind_order
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
    """A row that somebody grades: one repeat of it, with the replies in their blind order."""

    row: ExperimentRow
    repeat: int
    replies: Sequence[BlindReply] = field(default_factory=list)


def open_rows(experiment: Experiment) -> "QuerySet[ExperimentRow]":
    """Return the rows that have a reply which nobody has graded, in the set's order."""
    return ExperimentRow.objects.filter(
        Exists(_ungraded().filter(row=OuterRef("pk"))), experiment=experiment
    ).order_by("position")


def _ungraded() -> "QuerySet[ExperimentCell]":
    graded = ExperimentGrade.objects.filter(cell=OuterRef("pk"))
    return ExperimentCell.objects.filter(~Exists(graded), state=states.GRADED)


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
    repeat = _ungraded().filter(row=row).order_by("repeat").values_list("repeat", flat=True).first()
    if repeat is None:
        return None
    cells = cells_to_grade(row, repeat, user)
    grades = ExperimentGrade.objects.filter(cell__in=cells, person=user, metric=GRADE)
    given = dict(grades.values_list("cell_id", "value"))
    contents = _last_replies(cells)
    replies = [BlindReply(cell, contents.get(cell.thread_id), given.get(cell.pk)) for cell in cells]
    return QueuedRow(row, repeat, replies)


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
