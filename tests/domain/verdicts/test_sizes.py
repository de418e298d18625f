"""What an experiment of some size can show."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from assistants_app.domain.verdicts.intervals import confidence, interval
from assistants_app.domain.verdicts.pairs import Pairs, pair
from assistants_app.domain.verdicts.sizes import (
    more_rows,
    power,
    repeats_needed,
    smallest_difference,
)
from tests.domain.verdicts.outcomes import Outcomes, differences
from tests.domain.verdicts.test_pairs import cells


def passes(random: np.random.Generator, rows: int, repeats: int, gain: float = 0.0) -> Pairs:
    """Return an experiment in which some rows pass by chance. The variant passes more often."""
    chances = np.where(np.arange(rows) % 2, 0.9, 0.5)
    return pair(
        cells(*(random.random((rows, repeats)) < chances[:, None]).astype(float)),
        cells(*(random.random((rows, repeats)) < chances[:, None] + gain).astype(float)),
    )


@pytest.mark.parametrize("rows", [5, 10, 20, 50])
@pytest.mark.parametrize("level", [0.95, 0.975])
def test_power_is_that_of_the_intervals(rows: int, level: float) -> None:
    outcomes = Outcomes(rows, level)
    for win, loss in ((0.15, 0.05), (0.3, 0.0), (0.6, 0.4), (0.1, 0.1), (1.0, 0.0)):
        expected = outcomes.chances(win, loss)[outcomes.low > 0].sum()
        found = power(rows, wins=win, losses=loss, confidence=level)
        assert found == pytest.approx(expected, abs=1e-9)


def test_ties_do_not_change_whether_a_difference_shows() -> None:
    for wins, losses in ((5, 0), (4, 0), (9, 2), (8, 2)):
        alike = {
            interval(differences(rows, wins, losses), graded=False, confidence=0.95).sign
            for rows in (wins + losses, 50, 1_000)
        }
        assert alike == {int(beta.cdf(0.5, wins + 0.5, losses + 0.5) < 0.025)}


def test_power_grows_with_rows_without_a_step_at_the_approximation() -> None:
    found = [power(rows, wins=0.1, losses=0.05) for rows in (50, 100, 200, 400, 500, 600)]
    assert found == sorted(found)
    assert power(501, wins=0.1, losses=0.05) == pytest.approx(found[4], abs=0.01)


@pytest.mark.parametrize("rows", [10, 20, 50, 200, 499, 1_000])
def test_the_smallest_difference_shows_8_times_out_of_10(rows: int) -> None:
    smallest = smallest_difference(rows)
    assert smallest is not None
    assert power(rows, wins=0.05 + smallest) == pytest.approx(0.8, abs=0.03)
    assert power(rows, wins=0.05 + smallest - 0.02) < 0.8


def test_more_comparisons_and_fewer_rows_show_less() -> None:
    found = [smallest_difference(rows) or 1.0 for rows in (10, 20, 50, 100, 200, 1_000, 10_000)]
    assert found == sorted(found, reverse=True)
    strict = smallest_difference(50, confidence=confidence(comparisons=3))
    assert strict is not None
    assert strict > found[2]


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_too_few_rows_show_nothing(rows: int) -> None:
    assert smallest_difference(rows) is None


@pytest.mark.parametrize("rows", [10, 1_000])
def test_a_variant_that_never_wins_is_never_shown_to_be_better(rows: int) -> None:
    assert power(rows, wins=0.0, losses=0.0) == power(rows, wins=0.0, losses=0.2) == 0.0


def test_proposed_rows_are_enough() -> None:
    random = np.random.default_rng(4)
    pilot = passes(random, 40, 1)
    needed = 40 + more_rows(pilot, 0.15, 0.95)
    shown = sum(
        interval(
            passes(random, needed, 1, gain=0.1).differences, graded=False, confidence=0.95
        ).sign
        > 0
        for _ in range(200)
    )
    # Half of the rows can only gain 0.1 as well, so that the truth is 10 points, not 15.
    assert 0.3 < shown / 200 < 0.8


def test_proposed_repeats_are_enough() -> None:
    random = np.random.default_rng(6)
    pilot = replace(passes(random, 100, 3), within=0.4)
    repeats = repeats_needed(pilot, 0.09, 0.95)
    assert repeats is not None
    assert 3 < repeats <= 10


def test_repeats_are_not_proposed_where_they_would_not_help() -> None:
    random = np.random.default_rng(2)
    once = passes(random, 40, 1)
    assert once.within is None
    assert repeats_needed(once, 0.1, 0.95) is None
    # Rows differ, and their repeats don't.
    steady = pair(cells(*[[1, 1], [0, 0]] * 10), cells(*[[0, 0], [1, 1]] * 10))
    assert steady.within == 0
    assert repeats_needed(steady, 0.1, 0.95) is None
    # More than ten repeats.
    assert repeats_needed(passes(random, 20, 2), 0.05, 0.95) is None


def test_what_was_measured_replaces_what_was_assumed() -> None:
    random = np.random.default_rng(8)
    measured = passes(random, 100, 3)
    one = smallest_difference(100, measured=measured, repeats=1)
    five = smallest_difference(100, measured=measured, repeats=5)
    assert one is not None
    assert five is not None
    assert five < one
