"""Delete what is left of experiments that somebody has deleted, in batches."""

from django.db import transaction

from assistants_app.models import Experiment, ExperimentCell, ExperimentReservation
from assistants_app.services.runs.tapes import remove_unnamed_tapes
from assistants_app.services.threads.requests import remove_thread


@transaction.atomic(durable=True)
def delete_cells(*, limit: int) -> int:
    """Delete up to `limit` cells of a deleted experiment with their threads, or its last rows.

    Return how many rows were deleted, or 0 if nothing is left. A kill in between loses nothing: the
    next call continues.
    """
    rows = Experiment.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "project"
    )
    experiment = rows.filter(deleted_at__isnull=False).order_by("pk").first()
    if experiment is None:
        return 0
    cells = list(experiment.cells.order_by("pk")[:limit])
    # In one order, so that no two transactions wait for each other.
    for thread_id in sorted({each for cell in cells for each in _threads_of(cell)}):
        remove_thread(experiment.project, thread_id)
    ids = [cell.pk for cell in cells]
    ExperimentReservation.objects.filter(cell__in=ids).delete()
    ExperimentCell.objects.filter(pk__in=ids).delete()
    if cells:
        return len(cells)
    tapes = experiment.rows.filter(tape__isnull=False)
    tape_ids = set(tapes.values_list("tape_id", flat=True))
    experiment.delete()
    remove_unnamed_tapes(tape_ids)
    return 1


def _threads_of(cell: ExperimentCell) -> set[str]:
    threads = {cell.thread_id, *(attempt["thread_id"] for attempt in cell.earlier)}
    return threads - {""}
