"""Votes on comparisons, and what they add up to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

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


def preferences(ballots: Iterable[Ballot], better: str, worse: str) -> list[float]:
    """Return how much more often `better` won than `worse`, from -1 to 1, for each comparison.

    Only comparisons that had both count. People who voted on the same comparison are averaged,
    because their votes depend on the same answers.
    """
    by_comparison: dict[str, list[int]] = {}
    for ballot in ballots:
        if better == worse or not {better, worse} <= set(ballot.columns):
            continue
        vote = (ballot.chosen == better) - (ballot.chosen == worse)
        by_comparison.setdefault(ballot.comparison_id, []).append(vote)
    return [sum(votes) / len(votes) for votes in by_comparison.values()]


def win_share(differences: Sequence[float]) -> float | None:
    """Return the share of comparisons that were won, with ties as half, or None without any."""
    if not differences:
        return None
    return (1 + sum(differences) / len(differences)) / 2
