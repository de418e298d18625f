"""Rows that always passed and now mostly fail, and how easily that is chance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb

from assistants_app.domain.verdicts.arrays import np


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Which repeats of a row passed. A repeat without a result is None.

    `identical` says that all repeats got the same reply, so that they count as one.
    """

    name: str
    baseline: tuple[bool | None, ...]
    variant: tuple[bool | None, ...]
    identical: bool = False

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Return the baseline's passes and results, then the variant's."""
        sides = (
            [passed for passed in side if passed is not None]
            for side in (self.baseline, self.variant)
        )
        if self.identical:
            sides = (side[:1] for side in sides)
        before, after = sides
        return sum(before), len(before), sum(after), len(after)


def worse_rows(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the rows that passed in all repeats before, and in less than half of them now."""
    return tuple(row.name for row in rows if _is_worse(*row.counts))


def by_chance(rows: Sequence[Row]) -> float:
    """Return how likely chance alone makes as many rows worse, with two equal variants.

    Between equal variants, a row's passes fall on any of its repeats. So each row has a chance to
    look worse that depends on its total of passes alone, however often it truly passes.
    """
    chances = [chance for row in rows if (chance := _chance_of_worse(*row.counts))]
    counted = np.zeros(len(chances) + 1)  # the probabilities of 0, 1, 2, ... worse rows
    counted[0] = 1.0
    for chance in chances:
        counted[1:] += chance * (counted[:-1] - counted[1:])
        counted[0] *= 1 - chance
    return min(float(counted[len(worse_rows(rows)) :].sum()), 1.0)


def _is_worse(before: int, baseline: int, after: int, variant: int) -> bool:
    return 0 < baseline == before and variant > 0 and 2 * after < variant


def _chance_of_worse(before: int, baseline: int, after: int, variant: int) -> float:
    passes = before + after
    if not _is_worse(baseline, baseline, passes - baseline, variant) or passes < baseline:
        return 0.0
    return comb(variant, passes - baseline) / comb(baseline + variant, passes)
