"""The interval of the difference between two variants, from the differences of their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt

from assistants_app.domain.verdicts.arrays import Floats, np
from assistants_app.domain.verdicts.posterior import mean_and_deviation, merged, quantile
from assistants_app.domain.verdicts.student import quantile as t_quantile

BOOTSTRAP, STUDENT = "bootstrap", "student"
ALPHA = 0.05  # how often a single interval may miss
# A t interval needs this many rows. Below, and for differences that repeat, it's too narrow.
T_ROWS = 15
T_SHARE = 1 / 3
# Rows that nobody tested, with their weights: without them, ten rows that all tie would prove that
# there is no difference at all.
PSEUDO_ROWS = ((-1.0, 0.5), (0.0, 1.0), (1.0, 0.5))
# Far below a point: an end that is a whole point but for the rounding of floats stays there.
_EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true difference lies, from -1 to 1, and the observed one."""

    estimate: float
    low: float
    high: float
    confidence: float
    method: str = BOOTSTRAP

    @property
    def points(self) -> tuple[int, int]:
        """Return the ends in points, rounded outward: what people are shown."""
        # Rounded to the nearest, the shown interval would miss more often than it says.
        return floor(self.low * 100 + _EXACT), ceil(self.high * 100 - _EXACT)

    @property
    def sign(self) -> int:
        """Return 1 or -1 if the interval is on one side of zero, and 0 if not."""
        return (self.low > 0) - (self.high < 0)


def confidence(*, comparisons: int = 1, extensions: int = 0) -> float:
    """Return the confidence of each interval of an experiment.

    `comparisons` variants are compared with the baseline, and `extensions` is how many times rows
    or repeats were added after somebody had seen a verdict.
    """
    # Each look after an extension is allowed half as many errors as the one before.
    return 1 - ALPHA / (comparisons << extensions)


def interval(differences: Sequence[float], *, graded: bool, confidence: float) -> Interval:
    """Return the interval of the mean difference: differences of rows, at least one, -1 to 1."""
    observed = np.asarray(differences, dtype=np.float64)
    if graded and _suits_t(observed):
        return _student(observed, confidence)
    return _bootstrap(observed, confidence)


def with_pseudo_rows(differences: Floats) -> tuple[Floats, Floats]:
    """Return the distinct differences of rows and pseudo-rows, with their weights."""
    pseudo, weights = np.array(PSEUDO_ROWS).T
    return merged(
        np.concatenate((differences, pseudo)), np.concatenate((np.ones(len(differences)), weights))
    )


def deviation(differences: Sequence[float]) -> float:
    """Return the standard deviation of one row's difference, never zero."""
    values, weights = with_pseudo_rows(np.asarray(differences, dtype=np.float64))
    total = float(weights.sum())
    return mean_and_deviation(values, weights)[1] * sqrt(total + 1)


def _suits_t(differences: Floats) -> bool:
    if len(differences) < T_ROWS:
        return False
    _, counts = np.unique(np.round(differences, 6), return_counts=True)
    return bool(counts.max() < T_SHARE * len(differences))


def _student(differences: Floats, confidence: float) -> Interval:
    rows = len(differences)
    mean = float(differences.mean())
    reach = t_quantile((1 + confidence) / 2, rows - 1) * float(differences.std(ddof=1)) / sqrt(rows)
    return Interval(mean, max(mean - reach, -1.0), min(mean + reach, 1.0), confidence, STUDENT)


def _bootstrap(differences: Floats, confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    values, weights = with_pseudo_rows(differences)
    low, high = quantile(tail, values, weights), quantile(1 - tail, values, weights)
    return Interval(float(differences.mean()), low, high, confidence)
