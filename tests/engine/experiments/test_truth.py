"""Experiments with a known truth, from the test set to the verdict.

`python -m tests.engine.experiments.truth` conducts 400 of them.
"""

import pytest

from assistants_app.domain.verdicts.verdict import BETTER, NONE, SAME, TOO_FEW, WORSE
from tests.cast import Cast
from tests.engine.experiments.truth.conducting import conduct
from tests.engine.experiments.truth.design import design_of
from tests.engine.experiments.truth.foreseen import foreseen_end
from tests.fakes.provider import ScriptedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]
# With all that can happen to an experiment, and not many cells.
NUMBERS = (0, 1, 2, 3, 4, 5, 8, 10, 11, 13, 14, 17)


def test_verdicts_follow_replies_whatever_happens_to_cells(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    # Each of them also compares its scores with those of the models' replies (conducting.py).
    ended = [conduct(design_of(each), cast.project, cast.alice, scripted) for each in NUMBERS]
    # Two equal models whose replies differ by chance: one of twenty intervals may miss the truth.
    assert [one.number for one in ended if one.wrong or one.missed] == [5]
    assert {one.kind for one in ended} == {BETTER, WORSE, SAME, TOO_FEW, NONE}
    assert {one.extended for one in ended} == {"", "rows", "repeats"}
    assert any(one.paused for one in ended)
    assert any(one.lost for one in ended)
    assert sum(one.begun for one in ended) > sum(one.cells for one in ended)


def test_at_most_one_of_twenty_of_the_400_experiments_is_wrong() -> None:
    # What they come to if each is conducted as the test above and the program compare.
    ended = [foreseen_end(design_of(each)) for each in range(400)]
    decided = [one for one in ended if one.kind in (BETTER, WORSE, SAME)]
    assert sum(one.wrong for one in decided) / len(decided) <= 0.05
    assert sum(one.missed for one in ended) / len(ended) <= 0.05
    assert len(decided) > 150
