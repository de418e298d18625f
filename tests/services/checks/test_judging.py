"""Judges are model calls of their own: recorded, paid for, limited, and never a failure."""

import json
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.checks.check import CheckError
from assistants_app.domain.checks.judging import MOST_TOKENS, Question
from assistants_app.domain.errors import ApiError
from assistants_app.domain.money.limits import Caller, Use
from assistants_app.models import DirectCall, JudgeCall, ModelPrice, ProviderCall, Run
from assistants_app.providers.chat import StopSignal
from assistants_app.queries.project.usage import usage_report
from assistants_app.services.checks import judging
from assistants_app.services.checks.judging import Judge, NoBudget, forget_old_judge_calls
from tests.cast import Cast, make_run
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

YES = '{"reason": "Because.", "verdict": "yes"}'
QUESTION = Question(
    messages=({"role": "system", "content": "Judge."}, {"role": "user", "content": "{}"}),
    response_format={"type": "json_schema", "json_schema": {"name": "judgement", "schema": {}}},
)


@dataclass
class Cap:
    """A budget that keeps what it was asked."""

    left: Decimal = Decimal(10)
    reserved: list[Use] = field(default_factory=list)
    settled: list[tuple[Use, Use]] = field(default_factory=list)

    def reserve(self, most: Use) -> None:
        if most.dollars > self.left:
            raise CheckError("The budget of the experiment is used up.")
        self.reserved.append(most)

    def settle(self, most: Use, used: Use) -> None:
        self.settled.append((most, used))


@pytest.fixture
def model(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", provider.base_url)
    return provider


@pytest.fixture
def price(cast: Cast) -> None:
    """A dollar per million tokens read, and ten per million written."""
    columns = {"prompt": Decimal(1), "cached": Decimal(1), "completion": Decimal(10)}
    ModelPrice.objects.create(project=cast.project, model="scripted-1", **columns)


def run_of(cast: Cast) -> Run:
    return make_run(
        cast.project, cast.thread, cast.assistant, person_id=cast.bob.id, status="completed"
    )


def ask(run: Run, budget: Cap | None = None, model: str = "", **judge: Any) -> str:
    by = Judge(run=run, model="scripted-1", budget=budget or NoBudget(), **judge)
    return by.ask(QUESTION, check_kind="judge_rubric", model=model)


def test_a_judge_is_asked_and_recorded(cast: Cast, model: ScriptedProvider, price: None) -> None:
    model.enqueue(Reply(text=YES, usage=(1000, 100)))
    run, budget = run_of(cast), Cap()
    assert ask(run, budget) == YES
    [body] = model.completions
    assert [each["role"] for each in body["messages"]] == ["system", "user"]
    assert body["response_format"]["type"] == "json_schema"
    assert (body["temperature"], body["max_completion_tokens"]) == (0.0, MOST_TOKENS)

    call = DirectCall.objects.get()
    assert (call.kind, call.origin, call.model, call.person_id) == (
        *("judge", "judge", "scripted-1"),
        cast.bob.id,
    )
    assert (call.cost, call.status) == (Decimal("0.002"), 200)
    kept = JudgeCall.objects.get()
    assert (kept.run_id, kept.call_id, kept.check_kind) == (run.id, call.pk, "judge_rubric")
    assert kept.request["body"]["messages"] == body["messages"]
    assert kept.response["message"]["content"] == YES
    # It isn't among the model calls of the assistant itself, nor in the run's own cost.
    assert not ProviderCall.objects.exists()
    run.refresh_from_db()
    assert (run.cost, run.usage) == (None, {})

    today = timezone.now().astimezone(cast.project.zone).date()
    usage = usage_report(cast.project, today, today).models["scripted-1"]
    assert (usage.calls, usage.prompt, usage.cost) == (1, 1000, Decimal("0.002"))


def test_what_a_call_may_use_is_reserved_and_settled(
    cast: Cast, model: ScriptedProvider, price: None
) -> None:
    model.enqueue(Reply(text=YES, usage=(1000, 100)))
    budget = Cap()
    ask(run_of(cast), budget)
    [(most, used)] = budget.settled
    assert [most] == budget.reserved
    assert used == Use(Decimal("0.002"), 1100)
    assert most.dollars >= MOST_TOKENS * Decimal(10) / 1_000_000
    assert most.tokens > MOST_TOKENS


def test_a_call_that_does_not_fit_is_not_made(
    cast: Cast, model: ScriptedProvider, price: None
) -> None:
    budget = Cap(left=Decimal("0.0001"))
    with pytest.raises(CheckError, match="budget of the experiment"):
        ask(run_of(cast), budget)
    assert model.completions == []
    assert budget.settled == []
    assert not DirectCall.objects.exists()


@pytest.mark.parametrize(
    ("reply", "message", "calls"),
    [
        (Reply(text=""), "gave no answer", 1),
        (Reply(text='{"reason": "It', finish_reason="length"), "cut off", 1),
        (Reply(text="x", finish_reason="content_filter"), "content filter", 1),
        (Reply(refusal="I won't judge that."), "refused to judge: I won't judge that.", 1),
        (Reply(status=401), "gave no answer", 1),
        (Reply(text=YES, drop_after=1), "gave no answer", 1),
        (Reply(text=YES, error_after=1), "gave no answer", 1),
    ],
    ids=["empty", "cut", "filtered", "refused", "key", "dropped", "crashed"],
)
def test_no_answer_is_an_error_that_is_recorded(
    cast: Cast, model: ScriptedProvider, reply: Reply, message: str, calls: int
) -> None:
    model.enqueue(reply)
    budget = Cap()
    with pytest.raises(CheckError, match=message):
        ask(run_of(cast), budget)
    assert DirectCall.objects.count() == JudgeCall.objects.count() == calls
    assert len(budget.settled) == len(budget.reserved) == 1


def test_a_reply_that_broke_off_may_have_used_everything(
    cast: Cast, model: ScriptedProvider, price: None
) -> None:
    model.enqueue(Reply(text=YES, drop_after=3))
    budget = Cap()
    with pytest.raises(CheckError):
        ask(run_of(cast), budget)
    [(most, used)] = budget.settled
    assert used == most


def test_a_request_that_was_refused_costs_nothing(cast: Cast, model: ScriptedProvider) -> None:
    model.enqueue(Reply(status=401))
    budget = Cap()
    with pytest.raises(CheckError):
        ask(run_of(cast), budget)
    [(_most, used)] = budget.settled
    assert used == Use()


def test_a_judge_that_takes_too_long_is_an_error(
    cast: Cast, model: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "JUDGE_SECONDS", 0.5)
    model.enqueue(Reply(text=YES, hang="stream"))
    with pytest.raises(CheckError, match="took longer than"):
        ask(run_of(cast))


def test_a_judge_can_be_stopped(cast: Cast, model: ScriptedProvider) -> None:
    model.enqueue(Reply(text=YES, hang="stream"))
    stop = StopSignal()
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    with pytest.raises(CheckError, match="was stopped"):
        ask(run_of(cast), stop=stop)


def test_limits_count_for_judges(
    cast: Cast, model: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Caller] = []

    def refuse(_project_id: str, caller: Caller) -> None:
        asked.append(caller)
        raise ApiError("You exceeded the quota of this person.")

    monkeypatch.setattr(judging, "require_money", refuse)
    with pytest.raises(CheckError, match="exceeded the quota"):
        ask(run_of(cast))
    assert asked == [Caller("", cast.bob.id)]
    assert model.completions == []


def test_a_check_may_name_its_own_judge(cast: Cast, model: ScriptedProvider) -> None:
    model.enqueue(Reply(text=YES))
    ask(run_of(cast), model="scripted-2")
    assert model.completions[0]["model"] == "scripted-2"
    with pytest.raises(CheckError, match="Choose a judge"):
        Judge(run=run_of(cast), model="", budget=NoBudget()).ask(QUESTION, check_kind="judge_score")


def test_without_an_endpoint_there_is_no_answer(cast: Cast) -> None:
    with pytest.raises(CheckError, match="No model endpoint is connected"):
        ask(run_of(cast))


def test_contents_are_kept_as_long_as_those_of_runs(
    cast: Cast, model: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.enqueue(Reply(text=YES), Reply(text=YES))
    ask(run_of(cast))
    assert forget_old_judge_calls(limit=10) == 0
    long_ago = timezone.now() - timedelta(days=conf.PROVIDER_CALL_DAYS + 1)
    JudgeCall.objects.update(started_at=long_ago)
    assert forget_old_judge_calls(limit=10) == 1
    # What it took remains in the usage.
    assert DirectCall.objects.count() == 1
    monkeypatch.setattr(conf, "PROVIDER_CALL_DAYS", 0)
    ask(run_of(cast))
    assert not JudgeCall.objects.exists()


def test_the_contents_go_with_the_thread(cast: Cast, model: ScriptedProvider) -> None:
    model.enqueue(Reply(text=YES))
    run = run_of(cast)
    ask(run)
    assert json.dumps(JudgeCall.objects.get().request)
    run.delete()
    assert not JudgeCall.objects.exists()
    assert DirectCall.objects.count() == 1
