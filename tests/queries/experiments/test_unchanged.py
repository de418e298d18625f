"""An assistant that hasn't changed passes its gate, by the cells of experiments."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from assistants_app.domain.verdicts.gate import Policy, Wanted, refusals
from assistants_app.domain.verdicts.sizes import safe_margin
from assistants_app.models import Experiment
from assistants_app.queries.experiments.evidence import evidence_of, newest_pairs
from assistants_app.queries.experiments.experiments import variants_of
from tests.cast import Cast
from tests.queries.experiments.made import small

pytestmark = pytest.mark.django_db
ROWS, REPEATS, EXPERIMENTS = 50, 3, 100


def unchanged(cast: Cast, number: int, lost: float = 0.0) -> Experiment:
    """Return an experiment with two variants that pass each row equally often."""
    random = np.random.default_rng(number)
    # Most rows are steady, every fifth one varies.
    chances = np.where(np.arange(ROWS) % 5, 0.98, 0.2 + 0.7 * np.arange(ROWS) / ROWS)
    passed = random.random((ROWS, 2, REPEATS)) < chances[:, None, None]
    figures: list[list[list[float | None]]] = passed.astype(float).tolist()
    for row, side, repeat in zip(*np.nonzero(random.random(passed.shape) < lost), strict=True):
        figures[row][side][repeat] = None
    rows = {f"row{row:02}": sides for row, sides in enumerate(figures)}
    return small(cast, rows, finished_at=timezone.now())


def test_identical_configurations_pass_at_least_95_times_out_of_100(cast: Cast) -> None:
    # With the margin that the gate's page shows after a first experiment.
    margin = safe_margin(newest_pairs(unchanged(cast, EXPERIMENTS)), ROWS, REPEATS, 0.95)
    policy = Policy(test_set="testset_1", margin=margin, oldest=timedelta(days=7))
    wanted = Wanted(configuration="digest1", published="digest0", set_version=1, at=timezone.now())
    refused = []
    for number in range(EXPERIMENTS):
        experiment = unchanged(cast, number, lost=0.01)
        evidence = evidence_of(experiment, variants_of(experiment)[1])
        if found := refusals(policy, wanted, evidence):
            refused.append([refusal.code for refusal in found])
    assert len(refused) <= 5, refused
