"""Grades by people: whose turn a row is, what they say about its replies, and corrections."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from secrets import compare_digest

from django.contrib.auth.models import User
from django.db.models import Avg
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import Conflict, InvalidRequest, NotFound
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.grades import (
    GRADE,
    MAIN,
    METRICS,
    POINTS,
    PREFERENCE,
    value_of,
    values_of,
)
from assistants_app.domain.experiments.metrics import figure_of
from assistants_app.domain.ids import new_id
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentGrade,
    ExperimentLease,
    ExperimentRow,
    Project,
    TestRow,
    WorkingRow,
)
from assistants_app.queries.experiments.experiments import get_experiment
from assistants_app.queries.experiments.grading import cells_to_grade, leased_row, open_rows
from assistants_app.queries.experiments.grading import sight as sight_of_cells
from assistants_app.services.act import act
from assistants_app.services.experiments.lifecycle import lock_experiment
from assistants_app.services.experiments.verdicts import store_verdicts
from assistants_app.services.locks import lock_test_set
from assistants_app.services.people.texts import checked_text
from assistants_app.services.test_sets.revisions import replace_row

LEASED = timedelta(minutes=5)


@act()
def take_row(*, project: Project, experiment_id: str, user: User) -> ExperimentRow | None:
    """Give the user a row to grade, for five minutes: the one they have, or the next that is free.

    None if there is no such row. Raises :class:`NotFound`.
    """
    return _next_row(lock_experiment(project, experiment_id), user)


def _next_row(experiment: Experiment, user: User) -> ExperimentRow | None:
    rows = open_rows(experiment)
    mine = leased_row(experiment, user)
    row = rows.filter(pk=mine.pk).first() if mine else None
    if row is None:
        taken = ExperimentLease.objects.filter(until__gt=timezone.now()).exclude(person=user)
        row = rows.exclude(pk__in=taken.values("row")).first()
    if row is not None:
        _lease(row, user)
    return row


def _lease(row: ExperimentRow, user: User) -> None:
    # The row that they had before is free again.
    leases = ExperimentLease.objects.filter(row__experiment=row.experiment_id, person=user)
    leases.exclude(row=row).delete()
    ExperimentLease.objects.update_or_create(
        row=row, defaults={"person": user, "until": timezone.now() + LEASED}
    )


@act()
def grade_reply(
    *,
    project: Project,
    experiment_id: str,
    user: User,
    position: int,
    repeat: int,
    sight: str,
    place: int,
    points: int,
) -> None:
    """Give one of the replies that the user sees 1 to 5 points.

    `place` is the reply's place in their order, from 0, and `sight` the code of what they see.
    Raises :class:`NotFound`, :class:`InvalidRequest`, and :class:`Conflict` if the row isn't theirs
    any more, or has other replies or grades by now.
    """
    if points not in POINTS:
        raise InvalidRequest("Choose a grade from 1 to 5.")
    row, cells = _look(project, experiment_id, user, position, repeat)
    if not 0 <= place < len(cells):
        raise InvalidRequest("There is no such reply. Load the page again.")
    _say(row, cells, user, sight, GRADE, {cells[place].pk: value_of(points)})


@act()
def prefer_reply(
    *,
    project: Project,
    experiment_id: str,
    user: User,
    position: int,
    repeat: int,
    sight: str,
    choice: str,
) -> None:
    """Say which of the replies that the user sees is the best: its letter, or `TIE`.

    Raises like :func:`grade_reply`.
    """
    row, cells = _look(project, experiment_id, user, position, repeat)
    values = values_of(choice, len(cells))
    if values is None:
        raise InvalidRequest("There is no such reply. Load the page again.")
    ids = [cell.pk for cell in cells]
    _say(row, cells, user, sight, PREFERENCE, dict(zip(ids, values, strict=True)))


def _look(
    project: Project, experiment_id: str, user: User, position: int, repeat: int
) -> tuple[ExperimentRow, list[ExperimentCell]]:
    experiment = lock_experiment(project, experiment_id)
    rows = ExperimentRow.objects.filter(experiment=experiment, position=position)
    row = rows.first()
    if row is None:
        raise InvalidRequest("There is no such row. Load the page again.")
    row.experiment = experiment
    return row, cells_to_grade(row, repeat, user)


def _say(
    row: ExperimentRow,
    cells: Sequence[ExperimentCell],
    user: User,
    seen: str,
    metric: str,
    values: Mapping[str, float],
) -> None:
    if not compare_digest(seen.encode(), sight_of_cells(cells, user).encode()):
        if _has_said(user, metric, values):
            return  # A key that was pressed twice.
        raise Conflict(
            "The row has changed since you opened it, so your grade wasn't stored. Look at it "
            "again."
        )
    # Also after the five minutes, as long as nobody else has taken it.
    if ExperimentLease.objects.filter(row=row).exclude(person=user).exists():
        raise Conflict("Somebody else has this row by now, so your grade wasn't stored.")
    _lease(row, user)
    _store(row.experiment, user, metric, values)


def _has_said(user: User, metric: str, values: Mapping[str, float]) -> bool:
    own = ExperimentGrade.objects.filter(person=user, metric=metric, cell__in=values)
    return bool(values) and dict(own.values_list("cell_id", "value")) == dict(values)


def _store(experiment: Experiment, user: User, metric: str, values: Mapping[str, float]) -> None:
    given = new_id("given")
    for cell_id, value in values.items():
        ExperimentGrade.objects.update_or_create(
            cell_id=cell_id,
            person=user,
            metric=metric,
            defaults={"value": value, "given": given, "name": user.get_username()},
        )
    _refresh(experiment, list(values))


@act()
def undo_grade(*, project: Project, experiment_id: str, user: User) -> bool:
    """Take back what the user said last, and give them that row again if nobody else has it.

    Return whether there was something. Raises :class:`NotFound`.
    """
    experiment = lock_experiment(project, experiment_id)
    own = ExperimentGrade.objects.filter(cell__experiment=experiment, person=user)
    last = own.order_by("-given").select_related("cell__row").first()
    if last is None:
        return False
    grades = own.filter(given=last.given)
    ids = list(grades.values_list("cell_id", flat=True))
    grades.delete()
    _refresh(experiment, ids)
    row = last.cell.row
    taken = ExperimentLease.objects.filter(row=row, until__gt=timezone.now()).exclude(person=user)
    if not taken.exists():
        _lease(row, user)
    return True


def _refresh(experiment: Experiment, cell_ids: list[str]) -> None:
    """Let the figures of these cells follow from what people say about them."""
    found = ExperimentGrade.objects.filter(cell__in=cell_ids).order_by()
    means = {
        (one["cell"], one["metric"]): one["mean"]
        for one in found.values("cell", "metric").annotate(mean=Avg("value"))
    }
    cells = ExperimentCell.objects.select_for_update(no_key=True)
    # One that runs again meanwhile has no result yet, and gets no grades of an earlier reply.
    for cell in cells.filter(pk__in=cell_ids, state=states.GRADED).order_by("pk"):
        result = cell.result or {}
        metrics = {name: each for name, each in result["metrics"].items() if name not in METRICS}
        for metric in METRICS:
            if (cell.pk, metric) in means:
                metrics[metric] = means[cell.pk, metric]
        cell.result = {**result, "metrics": metrics}
        cell.figure = figure_of(cell.result, experiment.main_metric)
        cell.save(update_fields=["result", "figure"])
    if experiment.is_finished and experiment.main_metric in MAIN:
        store_verdicts(experiment)


@act()
def correct_reply(
    *, project: Project, experiment_id: str, position: int, text: str, author: User
) -> TestRow:
    """Make a corrected reply the expected one of the row, as the row's next version.

    The experiment keeps the row as it was. Raises :class:`NotFound`, also if the row isn't in the
    test set any more, and :class:`InvalidRequest` for a text that is empty or too long.
    """
    experiment = get_experiment(project, experiment_id)
    reply = checked_text(text, "reply", limits.MESSAGE_TEXT, required=True)
    row = ExperimentRow.objects.filter(experiment=experiment, position=position).first()
    if row is None:
        raise NotFound("row", str(position))
    test_set = lock_test_set(project, experiment.test_set_id)
    rows = WorkingRow.objects.select_related("row").filter(test_set=test_set, key=row.key)
    working = rows.first()
    if working is None:
        raise NotFound("row", row.key)
    content = working.row.content
    expected = {**content.get("expected", {}), "reply": reply}
    return replace_row(test_set, working, {**content, "expected": expected}, author)
