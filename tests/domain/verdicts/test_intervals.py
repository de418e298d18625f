"""The interval of the difference between two variants."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from assistants_app.domain.verdicts.intervals import (
    BOOTSTRAP,
    STUDENT,
    Interval,
    confidence,
    deviation,
    interval,
)
from tests.domain.verdicts.outcomes import differences


def test_it_is_that_of_a_dirichlet_distribution() -> None:
    found = interval(differences(50, 9, 2), graded=False, confidence=0.95)
    drawn = np.random.default_rng(5).dirichlet([2.5, 40, 9.5], 400_000) @ [-1, 0, 1]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.001)
    assert found.estimate == pytest.approx(7 / 50)
    assert (found.method, found.sign, found.points) == (BOOTSTRAP, 1, (1, 27))


@pytest.mark.parametrize("graded", [False, True])
def test_both_directions_are_treated_alike(graded: bool) -> None:
    for values in (differences(20, 7, 1), list(np.linspace(-0.2, 0.7, 20))):
        one = interval(values, graded=graded, confidence=0.95)
        other = interval([-value for value in values], graded=graded, confidence=0.95)
        assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-6)
        assert other.points == (-one.points[1], -one.points[0])
        assert other.sign == -one.sign


def test_grades_that_differ_get_the_t_interval() -> None:
    values = np.random.default_rng(1).normal(0.1, 0.2, 30).clip(-1, 1)
    found = interval(list(values), graded=True, confidence=0.975)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.975)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.method == STUDENT


@pytest.mark.parametrize(
    ("values", "graded", "method"),
    [
        (list(np.linspace(-0.1, 0.4, 14)), True, BOOTSTRAP),
        (list(np.linspace(-0.1, 0.4, 15)), True, STUDENT),
        # Shares of passed repeats look like grades, but a t interval of them is too narrow.
        (list(np.linspace(-0.1, 0.4, 15)), False, BOOTSTRAP),
        ([0.0] * 4 + list(np.linspace(0.1, 0.4, 11)), True, STUDENT),
        ([0.0] * 5 + list(np.linspace(0.1, 0.4, 10)), True, BOOTSTRAP),
        # A judge who gives 0.2 more each time would get an interval without a width.
        ([0.2] * 30, True, BOOTSTRAP),
        ([0.1 + 0.1, 0.3 - 0.1] * 15, True, BOOTSTRAP),
    ],
)
def test_which_interval_is_used(values: list[float], graded: bool, method: str) -> None:
    found = interval(values, graded=graded, confidence=0.95)
    assert found.method == method
    assert found.low < found.high


def test_it_stays_within_what_is_possible() -> None:
    values = [1.0] * 9 + list(np.linspace(-1, 0.99, 20))
    found = interval(values, graded=True, confidence=0.9999999)
    assert -1 <= found.low < found.high <= 1


@pytest.mark.parametrize("rows", [1, 2, 10, 1000])
def test_rows_that_all_tie_prove_little(rows: int) -> None:
    found = interval([0.0] * rows, graded=False, confidence=0.95)
    assert found.sign == 0
    assert found.high == pytest.approx(-found.low, abs=1e-6)
    assert found.high > 1 / (rows + 2)
    assert deviation([0.0] * rows) == pytest.approx(1 / sqrt(rows + 2))


def test_one_row_shows_nothing() -> None:
    for value in (-1.0, 1.0):
        assert interval([value], graded=False, confidence=0.95).sign == 0


@pytest.mark.parametrize(
    ("low", "high", "points"),
    [
        (0.061, 0.179, (6, 18)),
        (-0.001, 0.001, (-1, 1)),
        (0.06, 0.18, (6, 18)),
        (0.07 * 3 - 0.14, 0.29, (7, 29)),
        (-1.0, 1.0, (-100, 100)),
        (0.004, 0.12, (0, 12)),
    ],
)
def test_people_see_whole_points_rounded_outward(
    low: float, high: float, points: tuple[int, int]
) -> None:
    assert Interval(0.0, low, high, 0.95).points == points


@pytest.mark.parametrize(
    ("comparisons", "extensions", "expected"),
    [
        (1, 0, 0.95),
        (2, 0, 0.975),
        (3, 0, 1 - 0.05 / 3),
        (1, 1, 0.975),
        (1, 2, 0.9875),
        (2, 1, 0.9875),
    ],
)
def test_more_chances_to_be_wrong_need_more_confidence(
    comparisons: int, extensions: int, expected: float
) -> None:
    assert confidence(comparisons=comparisons, extensions=extensions) == pytest.approx(expected)
