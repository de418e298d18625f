"""Reads of workers that look after experiments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from assistants_app.domain.experiments import states
from assistants_app.models import Experiment, ExperimentCell, ExperimentRow, Run


def experiment_to_drive(experiment_id: str) -> Experiment | None:
    """Return the experiment with its project and variants, or None if it is gone."""
    rows = Experiment.objects.select_related("project").prefetch_related("variants")
    return rows.filter(pk=experiment_id).first()


def cells_at_work(experiment: Experiment) -> list[ExperimentCell]:
    """Return the cells that have begun and not ended, with their rows and variants."""
    cells = ExperimentCell.objects.filter(
        experiment=experiment, state__in=(*states.AT_WORK, states.FOR_PERSON)
    )
    return _with_relations(experiment, cells.select_related("row").order_by("place"))


def _with_relations(
    experiment: Experiment, cells: "QuerySet[ExperimentCell]"
) -> list[ExperimentCell]:
    # Contents of rows can be long. They're read when a cell takes its next step, if at all.
    found = list(cells.defer("row__content", "outcomes", "result"))
    variants = {variant.pk: variant for variant in experiment.variants.all()}
    for cell in found:
        cell.experiment, cell.variant = experiment, variants[cell.variant_id]
    return found


def count_places(experiment: Experiment) -> int:
    """Return how many cells are at work: with a model, or with somebody who grades them."""
    # A cell that nobody grades may wait for the baseline's reply, which needs a place to begin.
    taken = Q(state=states.ANSWERING) | Q(state=states.GRADING) & ~Q(grader="")
    return ExperimentCell.objects.filter(taken, experiment=experiment).count()


def runs_of_cells(cells: Sequence[ExperimentCell]) -> Mapping[str, Run]:
    """Return the present runs of these cells, without those that were deleted."""
    needed = ("id", "project_id", "thread_id", "status", "last_error", "attempts")
    return Run.objects.only(*needed).in_bulk([cell.run_id for cell in cells if cell.run_id])


def waiting_cells(experiment: Experiment, *, limit: int) -> list[ExperimentCell]:
    """Return the next cells that may begin now, in their order."""
    due = Q(not_before=None) | Q(not_before__lte=Now())
    cells = ExperimentCell.objects.filter(due, experiment=experiment, state=states.WAITING)
    return _with_relations(experiment, cells.select_related("row").order_by("place")[:limit])


def baseline_cell(cell: ExperimentCell) -> ExperimentCell:
    """Return the baseline's cell of the same row and repeat."""
    return ExperimentCell.objects.get(row=cell.row_id, repeat=cell.repeat, variant__position=0)


def has_cells_left(experiment: Experiment) -> bool:
    """Return whether a cell of the experiment hasn't ended."""
    cells = ExperimentCell.objects.filter(experiment=experiment, state__in=states.OPEN)
    return cells.exists()


def has_code(experiment: Experiment) -> bool:
    """Return whether a check of a row may run code."""
    rows = ExperimentRow.objects.filter(experiment=experiment)
    return rows.filter(content__icontains='"kind": "python"').exists()


@dataclass(frozen=True, slots=True)
class CellOfRun:
    """What a run of an experiment has to know of its cell."""

    cell_id: str
    experiment_id: str
    key: str
    repeat: int
    seed: int
    has_cap: bool


def cell_of_thread(thread_id: str) -> CellOfRun | None:
    """Return the cell that the thread belongs to, or None, also for that of an earlier attempt."""
    cells = ExperimentCell.objects.filter(thread_id=thread_id)
    found = cells.values_list(
        "pk", "experiment_id", "row__key", "repeat", "experiment__seed", "experiment__cap"
    ).first()
    if found is None:
        return None
    cell_id, experiment_id, key, repeat, seed, cap = found
    return CellOfRun(cell_id, experiment_id, key, repeat, seed, cap is not None)
