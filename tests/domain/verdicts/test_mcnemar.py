"""McNemar's exact test, against statsmodels and scipy."""

import pytest
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

from assistants_app.domain.verdicts.mcnemar import exact_p


@pytest.mark.parametrize("better", [0, 1, 2, 5, 12, 40])
@pytest.mark.parametrize("worse", [0, 1, 3, 12, 25])
def test_p_values_are_those_of_statsmodels(better: int, worse: int) -> None:
    expected = mcnemar([[100, worse], [better, 7]], exact=True).pvalue if better + worse else 1.0
    assert exact_p(better, worse) == pytest.approx(expected, rel=1e-9)
    assert exact_p(better, worse) == exact_p(worse, better)


def test_p_values_of_ten_thousand_rows() -> None:
    assert exact_p(5_200, 4_800) == pytest.approx(binomtest(4_800, 10_000).pvalue, rel=1e-6)
    assert exact_p(0, 10_000) == 0.0
