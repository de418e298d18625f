"""The margin of a gate that an unchanged assistant keeps."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from assistants_app.domain.verdicts.gate import Evidence, Policy, Wanted, refusals
from assistants_app.domain.verdicts.margins import smallest_kept_margin
from assistants_app.domain.verdicts.pairs import Pairs, pair
from assistants_app.domain.verdicts.regressions import Row
from assistants_app.domain.verdicts.verdict import decide
from tests.domain.verdicts.test_pairs import cells

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
WANTED = Wanted(configuration="new", published="old", set_version=1, at=AT)


@dataclass(frozen=True)
class Unchanged:
    """An experiment with two variants that pass each row equally often."""

    pairs: Pairs
    rows: tuple[Row, ...]

    def passes(self, points: int) -> bool:
        """Return whether a gate with this margin lets the second variant through."""
        evidence = Evidence(
            test_set="ts_1",
            set_version=1,
            configuration="new",
            baseline="old",
            finished_at=AT,
            rows=self.rows,
            verdict=decide(self.pairs),
        )
        policy = Policy(test_set="ts_1", margin=points / 100, oldest=timedelta(days=7))
        return not refusals(policy, WANTED, evidence)


def unchanged(random: np.random.Generator, rows: int, repeats: int, varying: float) -> Unchanged:
    """Return an experiment in which this share of the rows doesn't always pass or fail."""
    at = np.arange(rows)
    chances = np.where(at < varying * rows, 0.2 + 0.7 * at / rows, 0.98)
    sides = (random.random((2, rows, repeats)) < chances[:, None]).tolist()
    before, after = (cells(*np.array(side, dtype=float).tolist()) for side in sides)
    named = zip(*sides, strict=True)
    return Unchanged(
        pair(before, after),
        tuple(
            Row(name=str(name), baseline=tuple(old), variant=tuple(new))
            for name, (old, new) in enumerate(named)
        ),
    )


def proposed(*experiments: Unchanged) -> int:
    found = smallest_kept_margin([one.pairs for one in experiments])
    assert found is not None
    assert found.experiments == len(experiments)
    return found.points


@pytest.mark.parametrize(("rows", "repeats", "varying"), [(20, 1, 0.5), (12, 2, 0.3), (50, 3, 0.2)])
def test_what_one_experiment_proposes_lets_an_unchanged_assistant_pass(
    rows: int, repeats: int, varying: float
) -> None:
    random = np.random.default_rng(rows)
    later = [unchanged(random, rows, repeats, varying) for _ in range(150)]
    margins = sorted(proposed(unchanged(random, rows, repeats, varying)) for _ in range(20))
    # A gate keeps the margin that it was given, and 19 of 20 are large enough for 95 of 100.
    assert sum(one.passes(margins[1]) for one in later) / len(later) >= 0.95


def test_more_experiments_show_that_a_smaller_margin_is_enough() -> None:
    random = np.random.default_rng(5)
    experiments = [unchanged(random, 50, 3, 0.2) for _ in range(5)]
    later = [unchanged(random, 50, 3, 0.2) for _ in range(150)]
    together = proposed(*experiments)
    assert together < min(map(proposed, experiments))
    assert sum(one.passes(together) for one in later) / len(later) >= 0.95


def test_a_variant_that_is_much_better_says_nothing_about_an_unchanged_one() -> None:
    steady = np.ones((30, 3))
    before, after = steady.copy(), steady.copy()
    before[:10] = 0
    worse = pair(cells(*before.tolist()), cells(*after.tolist()))
    same = pair(cells(*steady.tolist()), cells(*steady.tolist()))
    assert smallest_kept_margin([worse]) == smallest_kept_margin([same])
    # Without repeats, nobody can tell a real difference from a reply that varies.
    once = pair(cells(*before[:, :1].tolist()), cells(*after[:, :1].tolist()))
    found, usual = smallest_kept_margin([once]), smallest_kept_margin([same])
    assert found is not None
    assert usual is not None
    assert found.points > 2 * usual.points


def test_the_margin_is_for_as_many_rows_and_repeats_as_the_newest_has() -> None:
    random = np.random.default_rng(7)
    once, often = unchanged(random, 50, 2, 0.5), unchanged(random, 50, 8, 0.5)
    few = unchanged(random, 15, 8, 0.5)
    assert proposed(often, once) < proposed(once, often)
    assert proposed(often, few) < proposed(few, often)


def test_too_few_rows_show_nothing() -> None:
    assert smallest_kept_margin([]) is None
    assert smallest_kept_margin([pair(cells([1, 1]), cells([1, 1]))]) is None
    # Two that vary as much as they can need all that there is.
    wild = pair(cells([0], [0]), cells([1], [1]))
    found = smallest_kept_margin([wild])
    assert found is not None
    assert (found.points, found.experiments) == (100, 1)
