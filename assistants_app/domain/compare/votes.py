"""Votes on comparisons, and what they add up to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from assistants_app.domain.verdicts import votes as verdicts
from assistants_app.domain.verdicts.votes import A, B, Vote

COLUMN, TIE, BAD = "column", "tie", "bad"
CHOICES: Final = (COLUMN, TIE, BAD)
"""One column is better, all are equally good, or all are bad."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote. `columns`: what could be chosen. `chosen`: one of them, or None."""

    comparison_id: str
    columns: Sequence[str]
    choice: str
    chosen: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes on one comparison: `for_columns` by column, and the votes for no column."""

    for_columns: dict[str, int]
    ties: int
    bad: int

    @property
    def total(self) -> int:
        """Return the number of votes."""
        return sum(self.for_columns.values()) + self.ties + self.bad


def tally(ballots: Iterable[Ballot]) -> Tally:
    """Return what the votes on one comparison add up to."""
    ballots = list(ballots)
    chosen = Counter(one.chosen for one in ballots if one.chosen is not None)
    choices = Counter(one.choice for one in ballots)
    return Tally(dict(chosen), choices[TIE], choices[BAD])


def votes_between(ballots: Iterable[Ballot], first: str, second: str) -> list[Vote]:
    """Return the votes on comparisons that had both columns, for :func:`verdicts.votes.win_share`.

    A vote for neither counts like a tie.
    """
    # Votes on the same comparison depend on the same answers, so they share its turn.
    choices = {first: A, second: B}
    return [
        Vote(turn=ballot.comparison_id, choice=choices.get(ballot.chosen or "", verdicts.TIE))
        for ballot in ballots
        if first != second and {first, second} <= set(ballot.columns)
    ]
