"""An experiment never costs more than its cap, and its totals are those of its runs."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from assistants_app.gateway.prices import forget_prices
from assistants_app.models import DirectCall, ExperimentReservation, ModelPrice, Run
from assistants_app.services.experiments.raising import raise_budget
from tests.cast import Cast
from tests.engine.experiments.carried_out import carry_out
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.services.experiments.made import HELLO, cells_of, experiment_of, set_of

pytestmark = pytest.mark.django_db(transaction=True)
DOLLAR = Decimal("1e-6")  # of a token
SHORT = {"max_completion_tokens": 10}
JUDGED = {"kind": "judge_rubric", "rubric": "It is polite."}
POLITE = Reply(text='{"reason": "It greets.", "verdict": "yes"}', usage=(100, 20))


@pytest.fixture(autouse=True)
def priced(cast: Cast) -> None:
    """A dollar for a million tokens of either kind."""
    for model in ("m", "scripted-1", "scripted-2"):
        ModelPrice.objects.create(
            project=cast.project, model=model, prompt=1, cached=1, completion=1
        )
    forget_prices(cast.project.pk)


def test_calls_that_do_not_fit_are_not_made(cast: Cast, scripted: ScriptedProvider) -> None:
    cap = 300 * DOLLAR
    experiment = carry_out(experiment_of(cast, set_of(cast, 6), SHORT, SHORT, cap=cap))
    made = len(scripted.completions)
    # A call may take about 230 tokens, and takes 15.
    assert 3 <= made <= 6
    assert experiment.state == "done"
    assert experiment.reserved == experiment.lost == 0
    assert experiment.spent == made * 15 * DOLLAR <= cap
    assert experiment.spent == Run.objects.aggregate(cost=Sum("cost"))["cost"]
    cells = cells_of(experiment)
    assert sum(cell.cost for cell in cells) == experiment.spent
    over = [cell for cell in cells if cell.state == "over_budget"]
    assert len(over) == 12 - made
    assert {cell.error["code"] for cell in over} == {"over_budget"}
    assert not any(cell.fault for cell in over)
    assert not ExperimentReservation.objects.exists()


def test_a_larger_budget_lets_the_cells_go_on_that_did_not_fit(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = carry_out(experiment_of(cast, set_of(cast, 6), SHORT, SHORT, cap=300 * DOLLAR))
    made = len(scripted.completions)
    raise_budget(project=cast.project, experiment_id=experiment.pk, cap=Decimal(1))
    experiment = carry_out(experiment)
    assert experiment.state == "done"
    assert {cell.state for cell in cells_of(experiment)} == {"done"}
    # Those that had a result didn't run again.
    assert made < len(scripted.completions) == 12
    assert experiment.spent == 12 * 15 * DOLLAR
    assert experiment.reserved == experiment.lost == 0


def test_a_reply_without_a_limit_gets_one(cast: Cast, scripted: ScriptedProvider) -> None:
    carry_out(experiment_of(cast, set_of(cast, 1), {}, cap=Decimal(1)))
    carry_out(experiment_of(cast, set_of(cast, 1), {}))
    limits = [body.get("max_completion_tokens") for body in scripted.completions]
    assert limits == [4096, None]


def test_a_call_that_breaks_off_may_have_cost_everything(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.domain.limits.EXPERIMENT_ATTEMPTS", 1)
    scripted.enqueue(Reply(text="One two three four", drop_after=2))
    experiment = carry_out(experiment_of(cast, set_of(cast, 1), SHORT, cap=Decimal(1)))
    assert experiment.spent == experiment.reserved == 0
    assert 200 * DOLLAR < experiment.lost < 300 * DOLLAR


def test_judges_are_part_of_the_budget(cast: Cast, scripted: ScriptedProvider) -> None:
    scripted.enqueue(Reply(text="Hello"), POLITE)
    test_set = set_of(cast, 1, checks=[HELLO, JUDGED])
    experiment = carry_out(
        experiment_of(cast, test_set, SHORT, cap=Decimal(1), judge_model="scripted-1")
    )
    [cell] = cells_of(experiment)
    assert (cell.state, cell.passed) == ("done", True)
    assert (cell.cost, cell.judge_cost) == (15 * DOLLAR, 120 * DOLLAR)
    assert experiment.spent == 135 * DOLLAR
    assert DirectCall.objects.get(origin="judge").cost == 120 * DOLLAR


def test_a_judge_that_does_not_fit_is_not_asked(cast: Cast, scripted: ScriptedProvider) -> None:
    test_set = set_of(cast, 1, checks=[HELLO, JUDGED])
    experiment = carry_out(
        experiment_of(cast, test_set, SHORT, cap=300 * DOLLAR, judge_model="scripted-1")
    )
    [cell] = cells_of(experiment)
    assert (cell.state, cell.passed) == ("over_budget", None)
    assert [each["outcome"]["state"] for each in cell.outcomes] == ["passed", "error"]
    assert len(scripted.completions) == 1
    assert experiment.spent == 15 * DOLLAR
