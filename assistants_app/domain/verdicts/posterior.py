"""The distribution of a mean whose values have Dirichlet weights: the Bayesian bootstrap's.

It is computed, not simulated. A mean of values v with weights from Dirichlet(a) is at most x if the
sum of G * (v - x) is at most 0, where each G is an independent Gamma(a) variable. The probability
of that comes from the sum's characteristic function (Gil-Pelaez, Biometrika 38, 1951).
"""

from collections.abc import Callable
from functools import cache
from math import pi, sqrt

from assistants_app.domain.verdicts.arrays import Floats, np

# The integral over t from 0 to infinity, with t = exp(u). In u the integrand is smooth and falls
# off at both ends, so that the plain sum is accurate to six digits even far out.
_STEP = 1 / 32
# More distinct values than this are rounded to 0.001, which keeps 10,000 rows under a second.
_MOST_VALUES = 1_000
_ROUNDED_TO = 3
_PRECISION = 1e-8


@cache
def _places() -> Floats:
    places: Floats = np.exp(np.arange(-28, 22, _STEP))
    return places


def probability_at_most(x: float, values: Floats, weights: Floats) -> float:
    """Return the probability that the mean is at most x. Each value needs a weight above 0."""
    angles = np.multiply.outer(_places(), values - x)
    turns = np.arctan(angles) @ weights
    size = np.exp(-0.5 * (np.log1p(angles * angles) @ weights))
    below = 0.5 - float(np.sum(size * np.sin(turns))) * _STEP / pi
    return min(max(below, 0.0), 1.0)


def quantile(probability: float, values: Floats, weights: Floats) -> float:
    """Return the x at which the mean is at most x with this probability, which is in (0, 1)."""

    def beyond(x: float) -> float:
        return probability_at_most(x, values, weights) - probability

    low, high = _bracket(beyond, values, weights)
    beyond_low, beyond_high = beyond(low), beyond(high)
    kept = 0
    # The false position. The end that stays twice counts half, so that it moves (Illinois).
    while high - low > _PRECISION:
        x = (low * beyond_high - high * beyond_low) / (beyond_high - beyond_low)
        found = beyond(x)
        if abs(found) < _PRECISION:
            return x
        if found < 0:
            low, beyond_low = x, found
            beyond_high, kept = (beyond_high / 2 if kept < 0 else beyond_high), -1
        else:
            high, beyond_high = x, found
            beyond_low, kept = (beyond_low / 2 if kept > 0 else beyond_low), 1
    return (low + high) / 2


def mean_and_deviation(values: Floats, weights: Floats) -> tuple[float, float]:
    """Return the distribution's mean and standard deviation."""
    total = float(weights.sum())
    mean = float(values @ weights) / total
    return mean, sqrt(float((values - mean) ** 2 @ weights) / (total * (total + 1)))


def merged(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the distinct values with the sums of their weights: the same distribution."""
    distinct, places = np.unique(values, return_inverse=True)
    if len(distinct) > _MOST_VALUES:
        distinct, places = np.unique(np.round(values, _ROUNDED_TO), return_inverse=True)
    return distinct, np.bincount(places, weights=weights).astype(np.float64)


def _bracket(
    beyond: Callable[[float], float], values: Floats, weights: Floats
) -> tuple[float, float]:
    mean, deviation = mean_and_deviation(values, weights)
    least, most = float(values.min()), float(values.max())
    ends = []
    # Steps outward from near the mean: far away, the integrand turns too fast to be summed.
    for direction, end in ((-1, least), (1, most)):
        reach = 4 * deviation
        x = mean + direction * reach
        while least < x < most and direction * beyond(x) <= 0:
            reach *= 2
            x = mean + direction * reach
        ends.append(x if least < x < most else end)
    return ends[0], ends[1]
