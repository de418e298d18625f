"""What an experiment of some size can show, and how much larger it has to be."""

from functools import lru_cache
from math import ceil, lgamma, sqrt
from statistics import NormalDist

from assistants_app.domain.verdicts.arrays import Floats, np
from assistants_app.domain.verdicts.intervals import confidence as confidence_of
from assistants_app.domain.verdicts.intervals import deviation
from assistants_app.domain.verdicts.pairs import Pairs
from assistants_app.domain.verdicts.posterior import probability_at_most

POWER = 0.8  # how often a difference that can be shown is shown
LOSSES = 0.05  # the share of rows that an otherwise better variant is assumed to get worse
MOST_REPEATS = 10  # more repeats of one row are never proposed: new rows show more
# Up to here, power is exact. Above, the normal distribution is as good.
_EXACT_ROWS = 500


def power(
    rows: int, *, wins: float, losses: float = LOSSES, confidence: float = confidence_of()
) -> float:
    """Return how often an experiment on pass or fail shows that its variant is better.

    `wins` and `losses` are the shares of rows that the variant truly gets better and worse.
    """
    if wins <= 0:
        return 0.0
    if rows > _EXACT_ROWS:
        return _normal_power(rows, wins, losses, confidence)
    logs = np.array([lgamma(count + 1) for count in range(rows + 1)])
    needed = _needed_wins(rows, round(1 - confidence, 12))
    differing = wins + losses
    chances = _binomial(rows, differing, logs)
    shown = [
        float(_binomial(count, wins / differing, logs)[needed[count] :].sum())
        for count in range(rows + 1)
    ]
    return float(chances @ np.array(shown))


def smallest_difference(
    rows: int,
    *,
    losses: float = LOSSES,
    confidence: float = confidence_of(),
    measured: Pairs | None = None,
    repeats: int = 1,
) -> float | None:
    """Return the smallest difference that this many rows show 8 times out of 10, or None.

    Before anything was `measured`, replies are assumed not to vary, so that repeats don't count.
    """
    if measured is not None and measured.differences:
        variance = _variance(measured, repeats)
        return min(reach(confidence, POWER) * sqrt(variance / rows), 1.0)
    largest = 1 - losses
    if power(rows, wins=largest, losses=losses, confidence=confidence) < POWER:
        return None
    low, high = losses, largest
    while high - low > 0.0005:
        middle = (low + high) / 2
        if power(rows, wins=middle, losses=losses, confidence=confidence) < POWER:
            low = middle
        else:
            high = middle
    return high - losses


def more_rows(pairs: Pairs, difference: float, confidence: float) -> int:
    """Return how many more rows like these show this difference 8 times out of 10.

    The number is 0 or less if they are enough already.
    """
    rows = len(pairs.differences)
    needed = deviation(pairs.differences) ** 2 * (reach(confidence, POWER) / difference) ** 2
    return ceil(needed) - rows


def repeats_needed(pairs: Pairs, difference: float, confidence: float) -> int | None:
    """Return the repeats of each row that show this difference, or None if no number does."""
    if not pairs.within:
        return None
    between = _between(pairs)
    allowed = len(pairs.differences) * (difference / reach(confidence, POWER)) ** 2
    if between >= allowed:
        return None
    repeats = max(ceil(pairs.within / (allowed - between)), pairs.repeats + 1)
    return repeats if repeats <= MOST_REPEATS else None


def reach(confidence: float, power: float) -> float:
    """Return how many of its standard deviations a difference has to be to be shown this often."""
    normal = NormalDist()
    return normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(power)


def _variance(pairs: Pairs, repeats: int) -> float:
    """Return the variance of a row's difference with this many repeats."""
    if not pairs.within:
        return deviation(pairs.differences) ** 2
    return _between(pairs) + pairs.within / repeats


def _between(pairs: Pairs) -> float:
    """Return the part of the variance that repeats don't reduce."""
    return max(deviation(pairs.differences) ** 2 - (pairs.within or 0.0) / pairs.repeats, 0.0)


def _normal_power(rows: int, wins: float, losses: float, confidence: float) -> float:
    difference = wins - losses
    spread = sqrt(max(wins + losses - difference**2, 1e-12) / rows)
    normal = NormalDist()
    return normal.cdf(difference / spread - normal.inv_cdf((1 + confidence) / 2))


@lru_cache(maxsize=8)
def _needed_wins(rows: int, alpha: float) -> tuple[int, ...]:
    """Return the least wins among 0, 1, ... `rows` differing rows that show a better variant.

    Whether the interval is above zero depends on wins and losses alone, not on ties.
    """
    signs = np.array([-1.0, 1.0])
    needed, wins = [], 0
    for differing in range(rows + 1):
        while wins <= differing and alpha / 2 <= probability_at_most(
            0.0, signs, np.array([differing - wins + 0.5, wins + 0.5])
        ):
            wins += 1
        needed.append(wins)
    return tuple(needed)


def _binomial(count: int, chance: float, logs: Floats) -> Floats:
    of = np.arange(count + 1)
    ways = logs[count] - logs[of] - logs[count - of]
    with np.errstate(divide="ignore", invalid="ignore"):
        exponents = ways + of * np.log(chance) + (count - of) * np.log1p(-chance)
    return np.exp(np.nan_to_num(exponents, nan=0.0)) if 0 < chance < 1 else _certain(count, chance)


def _certain(count: int, chance: float) -> Floats:
    shares = np.zeros(count + 1)
    shares[count if chance >= 1 else 0] = 1.0
    return shares
