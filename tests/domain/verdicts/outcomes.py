"""All results that an experiment on pass or fail can have, with their exact probabilities."""

from collections.abc import Callable, Iterator
from functools import cache
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from assistants_app.domain.verdicts.intervals import Interval, interval

Floats = NDArray[np.float64]


def differences(rows: int, wins: int, losses: int) -> list[float]:
    """Return the differences of rows with this many wins and losses."""
    return [1.0] * wins + [-1.0] * losses + [0.0] * (rows - wins - losses)


@cache
def intervals(rows: int, confidence: float = 0.95) -> dict[tuple[int, int], Interval]:
    """Return the interval of every number of wins and losses."""
    found = {}
    for wins in range(rows + 1):
        for losses in range(min(wins, rows - wins) + 1):
            one = interval(differences(rows, wins, losses), graded=False, confidence=confidence)
            found[wins, losses] = one
            # test_intervals.py shows that both directions are treated alike.
            found[losses, wins] = Interval(-one.estimate, -one.high, -one.low, confidence)
    return found


class Outcomes:
    """The results of experiments with some number of rows, as arrays in the same order."""

    def __init__(self, rows: int, confidence: float = 0.95) -> None:
        found = intervals(rows, confidence)
        self.rows = rows
        self.wins, self.losses = np.array(list(found)).T
        self.low = np.array([one.low for one in found.values()])
        self.high = np.array([one.high for one in found.values()])
        self.shown_low, self.shown_high = np.array([one.points for one in found.values()]).T / 100

    def chances(self, win: float, loss: float) -> Floats:
        """Return the probability of each result, for the true shares of wins and losses."""
        counts = np.array([self.wins, self.losses, self.rows - self.wins - self.losses])
        factorials = np.array([lgamma(count + 1) for count in range(self.rows + 1)])
        logs = factorials[self.rows] - factorials[counts].sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.log([[win], [loss], [1 - win - loss]])
            return np.exp(logs + np.where(counts > 0, counts * shares, 0.0).sum(axis=0))

    def shows(self) -> NDArray[np.bool_]:
        """Return which results show a difference."""
        return (self.low > 0) | (self.high < 0)


def grid(step: float = 1.0) -> Iterator[tuple[float, float]]:
    """Yield true shares of wins from 2 to 30 % and of losses from 0 to 15 %."""
    for win in np.arange(2, 30 + step / 2, step):
        for loss in np.arange(0, 15 + step / 2, step):
            yield float(win) / 100, float(loss) / 100


def coverage(
    outcomes: Outcomes, within: Callable[[Outcomes, float], NDArray[np.bool_]], step: float = 1.0
) -> Floats:
    """Return how often an interval contains the true difference, for each point of the grid."""
    return np.array(
        [
            outcomes.chances(win, loss)[within(outcomes, win - loss)].sum()
            for win, loss in grid(step)
        ]
    )


def as_shown(outcomes: Outcomes, truth: float) -> NDArray[np.bool_]:
    """Return which intervals contain the truth as people are shown them, in whole points."""
    return (outcomes.shown_low <= truth + 1e-9) & (truth - 1e-9 <= outcomes.shown_high)


def as_computed(outcomes: Outcomes, truth: float) -> NDArray[np.bool_]:
    """Return which intervals contain the truth before they are rounded."""
    return (outcomes.low <= truth) & (truth <= outcomes.high)
