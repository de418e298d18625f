"""Add cells to an experiment, in the order of its seed."""

from collections.abc import Sequence

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.experiments.order import places
from assistants_app.models import Experiment, ExperimentCell, ExperimentRow, ExperimentVariant

CELLS_AT_ONCE = 1000


def insert_cells(
    experiment: Experiment,
    variants: Sequence[ExperimentVariant],
    rows: Sequence[ExperimentRow],
    *,
    first_repeats: dict[int, int] | None = None,
) -> int:
    """Insert the cells of these rows, within the caller's transaction. Return their number.

    `first_repeats` has the first new repeat of rows that have cells already, by the row's primary
    key. The new cells come after all others. Raises :class:`InvalidRequest` for too many cells.
    """
    firsts = first_repeats or {}
    groups = [
        (row.key, repeat)
        for row in rows
        for repeat in range(firsts.get(row.pk, 1), row.repeats + 1)
    ]
    there = ExperimentCell.objects.filter(experiment=experiment).count()
    if there + len(groups) * len(variants) > limits.EXPERIMENT_CELLS:
        raise InvalidRequest(
            f"An experiment can have up to {limits.EXPERIMENT_CELLS:,} cells. Leave out rows, "
            "variants or repeats.",
            param="repeats",
        )
    # Another order each time, which the seed decides as well.
    seed = experiment.seed + len(experiment.extensions)
    order = places(groups, len(variants), seed=seed, first=there)
    by_key = {row.key: row for row in rows}
    by_position = {variant.position: variant for variant in variants}
    cells = [
        ExperimentCell(
            experiment=experiment,
            variant=by_position[position],
            row=by_key[key],
            repeat=repeat,
            place=place,
        )
        for (key, repeat, position), place in order.items()
    ]
    ExperimentCell.objects.bulk_create(cells, batch_size=CELLS_AT_ONCE)
    return len(cells)
