"""Reciprocal rank fusion of several rankings into one (Cormack et al., 2009)."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)

CONSTANT = 60  # the paper's value; a higher one gives the first ranks less of a lead


def fuse(rankings: Iterable[Sequence[Item]]) -> list[tuple[Item, float]]:
    """Return the items with their scores, best first.

    An item that is first in each ranking has the score 1. Empty rankings don't count.
    """
    heard = [ranking for ranking in rankings if ranking]
    scores: dict[Item, float] = defaultdict(float)
    for ranking in heard:
        for place, item in enumerate(ranking, start=1):
            scores[item] += (CONSTANT + 1) / (CONSTANT + place) / len(heard)
    return sorted(scores.items(), key=lambda pair: -pair[1])
