"""Rows of comparisons that are read together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.errors import NotFound
from assistants_app.models.compare.comparisons import (
    Comparison,
    ComparisonColumn,
    ComparisonLane,
    ComparisonVote,
)
from assistants_app.models.runs import Run, RunStep


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column in its place. `letter` is what it's called there."""

    letter: str
    column: ComparisonColumn
    lanes: Sequence[ComparisonLane]


@dataclass(frozen=True, slots=True)
class SeenComparison:
    """A comparison as one person sees it: the columns in their order, and their own vote.

    `masked`: the person must not see the names yet.
    """

    comparison: Comparison
    columns: Sequence[SeenColumn]
    masked: bool
    vote: ComparisonVote | None = None

    @property
    def lanes(self) -> list[ComparisonLane]:
        """Return the lanes of all columns."""
        return [lane for column in self.columns for lane in column.lanes]

    def column(self, key: str) -> SeenColumn:
        """Return the column. Raises :class:`NotFound`."""
        found = next((one for one in self.columns if one.column.key == key), None)
        if found is None:
            raise NotFound("column", key)
        return found

    def column_of(self, lane: ComparisonLane) -> SeenColumn:
        """Return the column that the lane belongs to."""
        return next(one for one in self.columns if one.column.pk == lane.column_id)


@dataclass(frozen=True, slots=True)
class LaneState:
    """What a lane has done for the last message.

    `exists`: whether its thread does. `run`: its newest run, or None. `steps`: the run's steps,
    oldest first. `written`: the contents of the messages that it has written. `place`: how many of
    the recorded runs came before. `repeats`: the recorded run in this place, or "".
    """

    lane: ComparisonLane
    exists: bool
    run: Run | None = None
    steps: Sequence[RunStep] = ()
    written: Sequence[Any] = ()
    place: int = -1
    repeats: str = ""
