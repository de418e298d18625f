"""Rows of experiments that are read together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import fmean

from assistants_app.domain.experiments import states
from assistants_app.domain.verdicts.gate import Refusal
from assistants_app.models.experiments.cells import ExperimentCell
from assistants_app.models.experiments.experiments import (
    Experiment,
    ExperimentRow,
    ExperimentVariant,
)
from assistants_app.models.experiments.gates import PublishGate


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment is. `counts` has each state of cells, also those that none is in.

    `seconds_left` is None until a cell has ended, and while the experiment isn't running.
    """

    experiment: Experiment
    counts: Mapping[str, int]
    faults: int
    seconds_left: float | None

    @property
    def cells(self) -> int:
        """Return the number of all cells."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Return how many cells have ended, with a result or without one."""
        return sum(self.counts[state] for state in states.ENDED)

    @property
    def share(self) -> float:
        """Return the part of all cells that has ended, from 0 to 1."""
        return self.ended / self.cells if self.cells else 0.0

    @property
    def used(self) -> Decimal:
        """Return the dollars that were spent, with those of calls whose use is unknown."""
        used: Decimal = self.experiment.spent + self.experiment.lost
        return used


@dataclass(frozen=True, slots=True)
class CellGroup:
    """The repeats of a row with one variant, in their order.

    `change` is how much better the main metric is than the baseline's, from -1 to 1, or None.
    """

    variant: ExperimentVariant
    cells: Sequence[ExperimentCell] = ()
    change: float | None = None

    @property
    def results(self) -> int:
        """Return how many repeats have passed or failed."""
        return sum(cell.passed is not None for cell in self.cells)

    @property
    def passed(self) -> int:
        """Return how many repeats have passed."""
        return sum(cell.passed is True for cell in self.cells)

    @property
    def figure(self) -> float | None:
        """Return the average of the main metric over the repeats that have one."""
        known = [cell.figure for cell in self.cells if cell.figure is not None]
        return fmean(known) if known else None

    def in_states(self, *wanted: str) -> int:
        """Return how many repeats are in one of these states."""
        return sum(cell.state in wanted for cell in self.cells)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row of the matrix, with a group of cells for each variant, in the variants' order."""

    row: ExperimentRow
    groups: Sequence[CellGroup]

    @property
    def question(self) -> str:
        """Return the first message of the user."""
        turns = self.row.content.get("turns") or [{}]
        return str(turns[0].get("content", ""))


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """A page of the matrix, counted from 1. `rows` is how many rows the filter finds in all, and
    `counts` how many each of the filters would find.
    """

    variants: Sequence[ExperimentVariant]
    items: Sequence[MatrixRow]
    number: int
    rows: int
    pages: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ListedExperiment:
    """A row of the list, with how many of its cells there are and have ended.

    `seconds_left` is as in :class:`Progress`.
    """

    experiment: Experiment
    variants: Sequence[ExperimentVariant] = field(default_factory=list)
    cells: int = 0
    ended: int = 0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class GateCheck:
    """Whether a configuration passes a gate: `refusals` is empty, or it isn't published.

    `experiment` is the one that counts, or None. `set_version` is the version of the test set that
    the gate asks for, or 0 if it has none yet. `rows` are those that refusals name, by their keys.
    """

    gate: PublishGate
    set_version: int
    experiment: Experiment | None
    refusals: tuple[Refusal, ...]
    rows: Mapping[str, ExperimentRow] = field(default_factory=dict)
