"""An assistant that hasn't changed passes its gate, by the cells of experiments."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from assistants_app.domain.verdicts.gate import Policy, Wanted, refusals
from assistants_app.models import Experiment, PublishGate
from assistants_app.queries.experiments.evidence import evidence_of
from assistants_app.queries.experiments.experiments import variants_of
from assistants_app.queries.experiments.gates import kept_margin
from tests.cast import Cast
from tests.queries.experiments.made import small

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(300)]
ROWS, REPEATS, EXPERIMENTS = 50, 3, 100


def unchanged(cast: Cast, number: int) -> Experiment:
    """Return an experiment with two variants that pass each row equally often.

    The provider has lost 1 in 100 of its cells.
    """
    random = np.random.default_rng(number)
    # Most rows are steady, every fifth one varies.
    chances = np.where(np.arange(ROWS) % 5, 0.98, 0.2 + 0.7 * np.arange(ROWS) / ROWS)
    passed = random.random((ROWS, 2, REPEATS)) < chances[:, None, None]
    figures: list[list[list[float | None]]] = passed.astype(float).tolist()
    for row, side, repeat in zip(*np.nonzero(random.random(passed.shape) < 0.01), strict=True):
        figures[row][side][repeat] = None
    rows = {f"row{row:02}": sides for row, sides in enumerate(figures)}
    return small(cast, rows, finished_at=timezone.now())


def test_identical_configurations_pass_at_least_95_times_out_of_100(cast: Cast) -> None:
    wanted = Wanted(configuration="digest1", published="digest0", set_version=1, at=timezone.now())
    gate = PublishGate(test_set_id="testset_1")
    unchanged(cast, 0)
    refused, proposed = [], []
    for number in range(1, EXPERIMENTS + 1):
        # The gate's page proposes what the experiments before have shown.
        kept = kept_margin(gate)
        assert kept is not None
        proposed.append(kept)
        policy = Policy(test_set="testset_1", margin=kept.points / 100, oldest=timedelta(days=7))
        experiment = unchanged(cast, number)
        evidence = evidence_of(experiment, variants_of(experiment)[1])
        refused += [one.code for one in refusals(policy, wanted, evidence)[:1]]
    assert len(refused) <= 5, refused
    assert [one.experiments for one in proposed[:12]] == [*range(1, 11), 10, 10]
    # After ten experiments, the proposals hardly differ. The rows need 13 points in truth.
    assert {one.points for one in proposed[10:]} <= {14, 15, 16}
