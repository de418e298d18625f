"""Reads of the grading queue: which rows nobody has graded, and their replies without names."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
from assistants_app.wire.threads.messages import written_text


@dataclass(frozen=True, slots=True)
class BlindReply:
    """A reply in the queue. `value` is the grade that it has got, or None."""

    cell: ExperimentCell
    text: str
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
    texts = _texts(cells)
    replies = [BlindReply(cell, texts[cell.pk], given.get(cell.pk)) for cell in cells]
    return QueuedRow(row, repeat, replies)


def _texts(cells: Sequence[ExperimentCell]) -> dict[str, str]:
    """Return the last reply of each cell, or how it began if its thread was deleted."""
    messages = Message.objects.filter(
        thread__in=[cell.thread_id for cell in cells if cell.thread_id], role="assistant"
    ).order_by("pk")
    last = {message.thread_id: written_text(message.content) for message in messages}
    return {cell.pk: last.get(cell.thread_id) or cell.reply for cell in cells}


def grades_of(cell: ExperimentCell) -> list[ExperimentGrade]:
    """Return what people have said about the cell, the first first."""
    return list(ExperimentGrade.objects.filter(cell=cell).order_by("pk"))


def has_grades_of(experiment: Experiment, user: User) -> bool:
    """Return whether the user has graded something that they can undo."""
    return ExperimentGrade.objects.filter(cell__experiment=experiment, person=user).exists()
