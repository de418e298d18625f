"""Experiments with a known truth, from the test set to the verdict.

`python -m tests.engine.experiments.truth` conducts 400 of them.
"""

from collections import Counter

import pytest

from tests.cast import Cast
from tests.engine.experiments.truth.conducting import conduct
from tests.engine.experiments.truth.design import design_of
from tests.fakes.provider import ScriptedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]
NUMBERS = range(12)


def test_verdicts_follow_the_truth_whatever_happens_to_cells(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    # Each of them also compares its scores with those of the models' replies.
    ended = [conduct(design_of(each), cast.project, cast.alice, scripted) for each in NUMBERS]
    assert [one.number for one in ended if one.wrong or one.missed] == []
    # All that can happen has happened.
    assert {one.extended for one in ended} == {"", "rows", "repeats"}
    assert any(one.paused for one in ended)
    assert any(one.lost for one in ended)
    assert sum(one.begun for one in ended) > sum(one.cells for one in ended)
    assert len(Counter(one.kind for one in ended)) >= 3
