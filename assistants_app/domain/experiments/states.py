"""The states of experiments and of their cells."""

from typing import Final

# Of an experiment. One that is done or cancelled can be extended, which starts it again.
READY: Final = "ready"
RUNNING: Final = "running"
PAUSED: Final = "paused"
DONE: Final = "done"
CANCELLED: Final = "cancelled"
EXPERIMENT_STATES: Final = (READY, RUNNING, PAUSED, DONE, CANCELLED)
UNFINISHED: Final = (READY, RUNNING, PAUSED)
"""Cells may still start."""
OVER: Final = (DONE, CANCELLED)
"""No cell starts any more."""

# Of a cell. "done" says that it was graded, whether it passed or not.
WAITING: Final = "waiting"
ANSWERING: Final = "running"
GRADING: Final = "grading"
FOR_PERSON: Final = "waiting_for_person"
GRADED: Final = "done"
ERROR: Final = "error"
SKIPPED: Final = "skipped"
OVER_BUDGET: Final = "over_budget"
CELL_STATES: Final = (
    *(WAITING, ANSWERING, GRADING, FOR_PERSON),
    *(GRADED, ERROR, SKIPPED, OVER_BUDGET),
)
"""All states of a cell, in the order in which pages count them."""
AT_WORK: Final = (ANSWERING, GRADING)
"""The states that count for how many cells run at once. Nobody knows how long a person takes."""
OPEN: Final = (WAITING, ANSWERING, GRADING, FOR_PERSON)
"""The states that a cell doesn't end in."""
ENDED: Final = (GRADED, ERROR, SKIPPED, OVER_BUDGET)
RETRIED: Final = (ERROR, SKIPPED, OVER_BUDGET)
"""The states of cells without a result, which can run once more."""
