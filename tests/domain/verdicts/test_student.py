"""Student's t distribution, against scipy."""

import pytest
from scipy.stats import t

from assistants_app.domain.verdicts.student import quantile


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 14, 15, 29, 100, 9_999])
@pytest.mark.parametrize("probability", [0.5, 0.9, 0.975, 0.9875, 0.9999])
def test_quantiles_are_those_of_scipy(degrees: int, probability: float) -> None:
    expected = t.ppf(probability, degrees)
    assert quantile(probability, degrees) == pytest.approx(expected, rel=1e-9, abs=1e-9)
