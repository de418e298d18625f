"""The order in which the cells of an experiment start."""

import random
from collections.abc import Iterable, Mapping


def places(
    groups: Iterable[tuple[str, int]], variants: int, *, seed: int, first: int = 0
) -> Mapping[tuple[str, int, int], int]:
    """Return the place of each cell, by row, repeat and the variant's position.

    `groups` are rows with a repeat. All variants of a group follow each other, so that they run
    under the same conditions, and each time in another order. The same seed gives the same order.
    The first place is `first`.
    """
    # Not for secrets: the seed is meant to give everybody the same order.
    chance = random.Random(seed)  # noqa: S311
    order = list(groups)
    chance.shuffle(order)
    found: dict[tuple[str, int, int], int] = {}
    for row, repeat in order:
        positions = list(range(variants))
        chance.shuffle(positions)
        for position in positions:
            found[row, repeat, position] = first + len(found)
    return found


def seed_of_repeat(seed: int, row: str, repeat: int) -> int:
    """Return the seed that a model is given for a repeat of a row, the same for all variants."""
    return random.Random(f"{seed}/{row}/{repeat}").randrange(2**31)  # noqa: S311
