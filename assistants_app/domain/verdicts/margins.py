"""The smallest margin of a publish gate that an assistant keeps if nothing about it has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from assistants_app.domain.verdicts.arrays import np
from assistants_app.domain.verdicts.intervals import confidence
from assistants_app.domain.verdicts.pairs import Pairs
from assistants_app.domain.verdicts.posterior import merged, quantile
from assistants_app.domain.verdicts.sizes import reach

# How often an unchanged assistant keeps the margin. Chance may refuse it for worse rows as well
# (gate.ALPHA).
KEPT = 0.975
# How certain that is. One experiment measures badly how much the replies vary, and its average of
# 10 to 16 points let an unchanged assistant pass in 90 of 100 experiments only.
CERTAINTY = 0.95
# Rows that nobody tested, with the most and the least noise, for each experiment: the intervals
# have them as well (intervals.PSEUDO_ROWS).
_PSEUDO_NOISE = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class KeptMargin:
    """A margin in whole points, and how many experiments have shown it."""

    points: int
    experiments: int


def smallest_kept_margin(experiments: Sequence[Pairs]) -> KeptMargin | None:
    """Return the smallest margin that an unchanged assistant keeps, or None if nothing shows it.

    The `experiments` are on one test set, the newest first. The next one is expected to have as
    many rows and repeats as the newest.
    """
    shown = [pairs for pairs in experiments if len(pairs.differences) > 1]
    if not shown:
        return None
    rows, repeats = len(shown[0].differences), shown[0].repeats
    noise = [one * _scale(pairs, repeats) for pairs in shown for one in pairs.noise]
    values, weights = merged(
        np.array([*noise, *_PSEUDO_NOISE]),
        np.array([*(1.0 for _ in noise), *(len(shown) for _ in _PSEUDO_NOISE)], dtype=np.float64),
    )
    # An upper bound: what a few rows have shown of the noise may be too little.
    most = quantile(CERTAINTY, values, weights)
    margin = reach(confidence(), KEPT) * sqrt(most / rows)
    # The gate looks at intervals in whole points, rounded outward.
    return KeptMargin(min(ceil(100 * margin), 100), len(shown))


def _scale(pairs: Pairs, repeats: int) -> float:
    """Return by what the noise of these pairs is multiplied with another number of repeats."""
    # Without repeats that differ, nobody knows how much more of them would help.
    return 1.0 if pairs.within is None else pairs.repeats / repeats
