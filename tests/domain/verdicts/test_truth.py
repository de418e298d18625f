"""Whole experiments with a known truth: repeats, lost cells and extensions together."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from assistants_app.domain.verdicts.pairs import Cell, pair
from assistants_app.domain.verdicts.verdict import (
    BETTER,
    SAME,
    TOO_FEW,
    WORSE,
    Verdict,
    decide,
)

MARGIN = 0.15
EXPERIMENTS = 400


class Assistants:
    """Two assistants that pass rows by chance, with a true difference between them."""

    def __init__(self, random: np.random.Generator, truth: float) -> None:
        self.random, self.truth = random, truth

    def run(self, rows: range, repeats: int) -> tuple[list[Cell], list[Cell]]:
        """Return the cells of these rows. The provider loses 2 in 100 of them."""
        difficulty = self.random.beta(2, 1, len(rows))
        moved = self.random.random(len(rows)) < 0.3
        gain = np.where(moved, self.truth / 0.3, 0.0)
        # Neither chance may leave its range, so that the difference is the true one on average.
        chances = np.clip(difficulty, np.maximum(-gain, 0), np.minimum(1 - gain, 1))
        return self._cells(rows, repeats, chances), self._cells(rows, repeats, chances + gain)

    def _cells(self, rows: range, repeats: int, chances: NDArray[np.float64]) -> list[Cell]:
        return [
            Cell(
                row=str(row),
                score=None if self.random.random() < 0.02 else float(self.random.random() < chance),
                fault=True,
            )
            for row, chance in zip(rows, chances, strict=True)
            for _ in range(repeats)
        ]


def conducted(seed: int) -> tuple[Verdict, float]:
    """Return the verdict of an experiment, and the true difference.

    Every second experiment with too few rows is extended.
    """
    random = np.random.default_rng(seed)
    truth = float(random.choice([-0.2, -0.1, 0.0, 0.0, 0.0, 0.1, 0.2]))
    rows, repeats = int(random.integers(10, 80)), int(random.integers(1, 4))
    assistants = Assistants(random, truth)
    baseline, variant = assistants.run(range(rows), repeats)
    verdict = decide(pair(baseline, variant), margin=MARGIN)
    if verdict.kind == TOO_FEW and seed % 2:
        more = assistants.run(range(rows, 2 * rows), repeats)
        baseline, variant = baseline + more[0], variant + more[1]
        verdict = decide(pair(baseline, variant), margin=MARGIN, extensions=1)
    return verdict, truth


def is_wrong(verdict: Verdict, truth: float) -> bool:
    """Return whether what the verdict says isn't true."""
    if verdict.kind == SAME and verdict.interval:
        low, high = verdict.interval.points
        return abs(truth) * 100 > max(-low, high) + 1e-9
    return (verdict.kind == BETTER and truth <= 0) or (verdict.kind == WORSE and truth >= 0)


def test_at_most_one_verdict_in_twenty_is_wrong() -> None:
    ended: Counter[str] = Counter()
    wrong = missed = decided = 0
    for seed in range(EXPERIMENTS):
        verdict, truth = conducted(seed)
        ended[verdict.kind] += 1
        wrong += is_wrong(verdict, truth)
        decided += verdict.kind in (BETTER, WORSE, SAME)
        if verdict.interval:
            low, high = verdict.interval.points
            missed += not low <= round(100 * truth) <= high
    assert wrong / decided <= 0.05
    assert missed / EXPERIMENTS <= 0.05
    # It says something, too.
    assert min(ended[kind] for kind in (BETTER, WORSE, SAME, TOO_FEW)) > 20
