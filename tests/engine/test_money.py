"""A run asks its model no further question once the money is used up."""

from decimal import Decimal

import pytest

from assistants_app.domain.errors import ApiError
from assistants_app.domain.money.limits import Caller
from assistants_app.engine import runner
from assistants_app.models import Run
from assistants_app.services.money.limits import set_limits
from assistants_app.services.project.prices import set_price
from assistants_app.wire.runs.steps import TOOL_CALLS
from tests.cast import Cast, make_run
from tests.engine.carrying_out import execute
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

pytestmark = pytest.mark.django_db(transaction=True)


def run_with_two_turns(cast: Cast, provider: ScriptedProvider) -> Run:
    # The function is unknown, so the model is told so and asked again.
    provider.enqueue(Reply(tool_calls=[ToolCall("unknown")]), Reply("Done"))
    tools = [{"type": "function", "function": {"name": "known", "parameters": {}}}]
    run = make_run(cast.project, cast.thread, cast.assistant, tools=tools)
    execute(run.id)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("limit", ["0.01", "1000000"])
def test_a_run_ends_between_two_calls_when_the_money_is_used_up(
    cast: Cast, scripted: ScriptedProvider, limit: str
) -> None:
    cast.run.delete()
    set_price(project=cast.project, model="m", prompt="100000", cached="", completion="100000")
    set_limits(project=cast.project, typed={"dollars_per_month": limit})
    run = run_with_two_turns(cast, scripted)
    assert run.steps.get(type=TOOL_CALLS).status == "completed"
    assert run.cost
    if limit == "0.01":
        assert (run.status, len(scripted.completions)) == ("failed", 1)
        assert run.last_error["code"] == "rate_limit_exceeded"
        assert "$0.01 a month" in run.last_error["message"]
    else:
        assert (run.status, len(scripted.completions)) == ("completed", 2)
    assert run.cost_origin == "set"


def test_the_first_question_was_allowed_with_the_request(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(project_id: str, caller: Caller) -> None:
        asked.append(project_id)
        raise ApiError("No.")

    monkeypatch.setattr(runner, "require_money", refuse)
    scripted.enqueue(Reply("Hello"))
    run = make_run(cast.project, cast.thread, cast.assistant)
    execute(run.id)
    run.refresh_from_db()
    assert (run.status, asked) == ("completed", [])
    assert (run.cost, run.cost_origin) == (Decimal(0), "free")
