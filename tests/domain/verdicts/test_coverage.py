"""How often the interval is right: exact enumeration of all results, without random numbers."""

import numpy as np
import pytest

from assistants_app.domain.verdicts.intervals import interval
from assistants_app.domain.verdicts.planning import power
from tests.domain.verdicts.outcomes import Outcomes, as_computed, as_shown, coverage


@pytest.mark.parametrize(("rows", "lowest"), [(10, 0.87), (20, 0.87), (50, 0.92)])
@pytest.mark.parametrize("step", [1.0, 0.5])
def test_the_shown_interval_contains_the_truth(rows: int, lowest: float, step: float) -> None:
    covered = coverage(Outcomes(rows), as_shown, step)
    assert covered.mean() >= 0.95
    assert covered.min() >= lowest


@pytest.mark.parametrize(
    ("rows", "mean", "lowest"), [(10, 0.96, 0.862), (20, 0.95, 0.876), (50, 0.948, 0.919)]
)
def test_rounding_outward_is_not_what_makes_it_right(rows: int, mean: float, lowest: float) -> None:
    covered = coverage(Outcomes(rows), as_computed)
    assert covered.mean() >= mean
    assert covered.min() >= lowest


@pytest.mark.parametrize("rows", [10, 20, 50])
def test_equal_variants_are_rarely_called_different(rows: int) -> None:
    outcomes = Outcomes(rows)
    alarms = [
        outcomes.chances(share / 100, share / 100)[outcomes.shows()].sum() for share in range(2, 16)
    ]
    assert max(alarms) < 0.055
    assert np.mean(alarms) < 0.05


def test_a_wald_interval_would_miss_too_often() -> None:
    # The reason for the pseudo-rows: of ten rows that all tie, it makes an interval of no width.
    outcomes = Outcomes(10)
    estimates = (outcomes.wins - outcomes.losses) / 10
    squares = (outcomes.wins + outcomes.losses) / 10 - estimates**2
    reach = 1.96 * np.sqrt(squares / 10)
    outcomes.low, outcomes.high = estimates - reach, estimates + reach
    assert coverage(outcomes, as_computed).mean() < 0.83


@pytest.mark.parametrize(("rows", "repeats"), [(10, 5), (20, 5), (50, 5), (20, 2)])
def test_repeats_leave_the_interval_right(rows: int, repeats: int) -> None:
    random = np.random.default_rng(rows * repeats)
    experiments, right = 300, 0
    for _ in range(experiments):
        before = random.beta(2, 1, rows)
        # Half of the rows are the same under both variants, and the others change at random.
        after = np.where(random.random(rows) < 0.5, before, random.beta(2.5, 1, rows))
        truth = (2.5 / 3.5 - 2 / 3) / 2
        passed = [random.binomial(repeats, chance) / repeats for chance in (before, after)]
        found = interval(list(passed[1] - passed[0]), graded=False, confidence=0.95)
        right += found.low <= truth <= found.high
    assert right / experiments >= 0.94


@pytest.mark.parametrize("rows", [15, 30, 100])
def test_the_t_interval_of_grades_is_right(rows: int) -> None:
    random = np.random.default_rng(rows)
    experiments, right = 2_000, 0
    for _ in range(experiments):
        grades = random.beta(4, 2, rows), random.beta(5, 2, rows)
        found = interval(list(grades[1] - grades[0]), graded=True, confidence=0.95)
        assert found.method == "student"
        right += found.low <= 5 / 7 - 4 / 6 <= found.high
    assert right / experiments == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("rows", "expected"), [(20, 0.17), (50, 0.39), (100, 0.61), (200, 0.90)])
def test_power_at_ten_points(rows: int, expected: float) -> None:
    from_intervals = Outcomes(rows).chances(0.15, 0.05) if rows <= 50 else None
    exact = power(rows, wins=0.15, losses=0.05)
    assert exact == pytest.approx(expected, abs=0.04)
    if from_intervals is not None:
        assert exact == pytest.approx(from_intervals[Outcomes(rows).low > 0].sum(), abs=1e-9)
