"""Several rankings of the same things as one: reciprocal rank fusion (Cormack et al., 2009)."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)

CONSTANT = 60  # of the paper: how little the first ranks stand out


def fuse(rankings: Iterable[Sequence[Item]]) -> list[tuple[Item, float]]:
    """The items, best first, each with a score: 1 for what is first in each ranking.

    A ranking without items has nothing to say and does not weigh.
    """
    heard = [ranking for ranking in rankings if ranking]
    scores: dict[Item, float] = defaultdict(float)
    for ranking in heard:
        for place, item in enumerate(ranking, start=1):
            scores[item] += (CONSTANT + 1) / (CONSTANT + place) / len(heard)
    return sorted(scores.items(), key=lambda pair: -pair[1])
