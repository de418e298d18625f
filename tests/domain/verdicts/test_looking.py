"""What looking at an experiment before its end does, by exact enumeration."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from assistants_app.domain.verdicts.intervals import confidence
from tests.domain.verdicts.outcomes import Floats


def alarms(looks: dict[int, float], share: float) -> float:
    """Return how often equal variants are called different at one of the looks.

    `looks` has the confidence at each number of rows. Both win this `share` of the rows.
    """
    most = max(looks)
    # The probability of each number of wins and losses, of experiments that still go on.
    going: Floats = np.zeros((most + 2, most + 2))
    going[0, 0] = 1.0
    alarmed = 0.0
    for rows in range(1, most + 1):
        stepped = going * (1 - 2 * share)
        stepped[1:, :] += going[:-1, :] * share
        stepped[:, 1:] += going[:, :-1] * share
        going = stepped
        if rows in looks:
            shown = _shows(looks[rows], most)
            alarmed += float(going[shown].sum())
            going[shown] = 0.0
    return alarmed


def _shows(level: float, most: int) -> NDArray[np.bool_]:
    """Return which wins and losses show a difference. Ties don't matter (test_planning.py)."""
    wins, losses = np.indices((most + 2, most + 2))
    below = beta.cdf(0.5, wins + 0.5, losses + 0.5)
    return np.asarray(np.minimum(below, 1 - below) < (1 - level) / 2)


def test_looking_every_ten_rows_raises_false_alarms() -> None:
    # The reason why there is no verdict while an experiment runs.
    patient = alarms({200: 0.95}, 0.15)
    impatient = alarms({rows: 0.95 for rows in range(10, 201, 10)}, 0.15)
    assert patient < 0.055
    assert impatient > 0.18


def test_an_extended_experiment_raises_false_alarms_little() -> None:
    for share in (0.05, 0.1, 0.15):
        careless = alarms({30: 0.95, 60: 0.95}, share)
        extended = alarms({30: 0.95, 60: confidence(extensions=1)}, share)
        assert extended < careless
        assert extended < 0.07
