"""The result of blind votes between two columns of a comparison."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor
from statistics import fmean

from assistants_app.domain.verdicts.intervals import confidence, interval

A, B, TIE, BOTH_BAD = "a", "b", "tie", "both_bad"
_VALUES = {A: -1.0, B: 1.0, TIE: 0.0, BOTH_BAD: 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's choice. `turn` identifies the replies that were compared."""

    turn: str
    choice: str


@dataclass(frozen=True, slots=True)
class WinShare:
    """How often B is preferred, from 0 to 1, with its interval. Ties count half."""

    share: float
    low: float
    high: float
    votes: int
    turns: int

    @property
    def percent(self) -> tuple[int, int]:
        """Return the interval in percent, rounded outward: what people are shown."""
        return floor(100 * self.low + 1e-6), ceil(100 * self.high - 1e-6)

    @property
    def preferred(self) -> str:
        """Return the column that the interval shows to be preferred, or an empty string."""
        if self.low > 0.5:
            return B
        return A if self.high < 0.5 else ""


def win_share(votes: Iterable[Vote], *, comparisons: int = 1) -> WinShare | None:
    """Return how often B wins, or None without votes.

    Several votes on the same replies are averaged, since they aren't independent.
    """
    turns: dict[str, list[float]] = defaultdict(list)
    for vote in votes:
        turns[vote.turn].append(_VALUES[vote.choice])
    if not turns:
        return None
    found = interval(
        [fmean(values) for values in turns.values()],
        graded=False,
        confidence=confidence(comparisons=comparisons),
    )
    low, high = (0.5 + end / 2 for end in (found.low, found.high))
    cast = sum(len(values) for values in turns.values())
    return WinShare(0.5 + found.estimate / 2, low, high, cast, len(turns))
