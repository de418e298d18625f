"""The distribution of a mean with Dirichlet weights, against scipy and against simulation."""

from time import perf_counter

import numpy as np
import pytest
from scipy.stats import beta

from assistants_app.domain.verdicts.posterior import (
    mean_and_deviation,
    merged,
    probability_at_most,
    quantile,
)

TAILS = (1e-5, 0.00125, 0.0125, 0.025, 0.3, 0.975, 0.9999)


@pytest.mark.parametrize(("losses", "wins"), [(0.5, 0.5), (1.5, 0.5), (20.5, 31.5), (900.5, 3.5)])
def test_two_values_are_a_beta_distribution(losses: float, wins: float) -> None:
    values, weights = np.array([-1.0, 1.0]), np.array([losses, wins])
    for tail in TAILS:
        expected = 2 * beta.ppf(tail, wins, losses) - 1
        assert probability_at_most(expected, values, weights) == pytest.approx(tail, abs=1e-7)
        assert quantile(tail, values, weights) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(
    "counts", [(0, 1, 0), (5, 0, 0), (0, 10, 0), (3, 40, 7), (0, 1000, 0), (5000, 0, 5000)]
)
def test_many_values_agree_with_a_simulation(counts: tuple[int, int, int]) -> None:
    values, weights = np.array([-1.0, 0.0, 1.0]), np.array(counts) + np.array([0.5, 1.0, 0.5])
    drawn = np.random.default_rng(1).dirichlet(weights, 200_000) @ values
    for tail in (0.00125, 0.025, 0.5, 0.975):
        error = np.sqrt(tail * (1 - tail) / len(drawn))
        found = quantile(tail, values, weights)
        assert (drawn <= found).mean() == pytest.approx(tail, abs=4.5 * error)
    mean, deviation = mean_and_deviation(values, weights)
    assert drawn.mean() == pytest.approx(mean, abs=5 * deviation / np.sqrt(len(drawn)))
    assert drawn.std() == pytest.approx(deviation, rel=0.02)


def test_ten_thousand_different_values_take_a_second_or_so() -> None:
    values = np.random.default_rng(3).normal(0.02, 0.2, 10_000).clip(-1, 1)
    began = perf_counter()
    few, weights = merged(values, np.ones(len(values)))
    low, high = quantile(0.025, few, weights), quantile(0.975, few, weights)
    # On two idle cores 0.3 s. The bound is for machines with other work to do.
    assert perf_counter() - began < 10
    reach = 1.96 * values.std() / 100
    assert (low, high) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=1e-4)
    # Far from the mean as well.
    assert quantile(1e-5, few, weights) == pytest.approx(
        values.mean() - 4.265 * values.std() / 100, abs=3e-4
    )


def test_equal_values_are_merged() -> None:
    values, weights = merged(np.array([0.5, -1.0, 0.5]), np.array([1.0, 0.5, 2.0]))
    assert (values.tolist(), weights.tolist()) == ([-1.0, 0.5], [0.5, 3.0])
