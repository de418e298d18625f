"""Student's t distribution with a whole number of degrees of freedom."""

from functools import lru_cache
from math import cos, pi, sin, sqrt

from assistants_app.domain.verdicts.arrays import np


@lru_cache(maxsize=256)
def quantile(probability: float, degrees: int) -> float:
    """Return the t below which a variable is with this probability, from 0.5 to below 1."""
    # As an angle, t has an end, so that it can be halved.
    low, high = 0.0, pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if 0.5 + _within(middle, degrees) / 2 < probability:
            low = middle
        else:
            high = middle
    return sqrt(degrees) * sin(low) / cos(low)


def _within(angle: float, degrees: int) -> float:
    # Abramowitz and Stegun, 26.7.3 and 26.7.4.
    if degrees == 1:
        return 2 * angle / pi
    odd = degrees % 2
    twice = 2 * np.arange(1, (degrees - 2) // 2 + 1, dtype=np.float64)
    factors = (twice - 1 + odd) / (twice + odd)
    series = 1 + float(np.cumprod(factors * cos(angle) ** 2).sum())
    if odd:
        return 2 / pi * (angle + sin(angle) * cos(angle) * series)
    return sin(angle) * series
