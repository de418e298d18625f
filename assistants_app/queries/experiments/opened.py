"""Reads of one row of the matrix."""

from assistants_app.models import Experiment, ExperimentCell

# What only the page of the cell itself shows.
LONG = ("outcomes", "result", "earlier", "reply")


def cells_of_row(experiment: Experiment, position: int) -> list[ExperimentCell]:
    """Return the cells of the row at this place, by variant and repeat, without what is long."""
    cells = ExperimentCell.objects.filter(experiment=experiment, row__position=position)
    found = cells.select_related("variant").defer(*LONG, "variant__configuration")
    return list(found.order_by("variant__position", "repeat"))
