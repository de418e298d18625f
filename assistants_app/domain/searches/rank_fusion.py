"""Reciprocal rank fusion of several rankings into one (Cormack et al., 2009)."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import repeat
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)

CONSTANT = 60  # the paper's value; a higher one gives the first ranks less of a lead


def fuse(
    rankings: Iterable[Sequence[Item]], weights: Iterable[float] | None = None
) -> list[tuple[Item, float]]:
    """Return the items with their scores, best first. `weights` are those of the rankings, or 1.

    An item that is first in each ranking has the score 1. Empty rankings don't count. Of items with
    the same score, the one that came first in an earlier ranking is better.
    """
    pairs = zip(rankings, weights or repeat(1.0), strict=False)
    heard = [(ranking, weight) for ranking, weight in pairs if ranking]
    total = sum(weight for _, weight in heard)
    scores: dict[Item, float] = defaultdict(float)
    for ranking, weight in heard:
        for place, item in enumerate(ranking, start=1):
            scores[item] += weight * (CONSTANT + 1) / (CONSTANT + place) / total
    return sorted(scores.items(), key=lambda pair: -pair[1])
