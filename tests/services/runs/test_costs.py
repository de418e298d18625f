"""A run stores what its tokens cost with the tokens, by the endpoint that answered."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from assistants_app.domain.money.limits import Use
from assistants_app.models import Run
from assistants_app.providers.call_record import ModelCall
from assistants_app.services.project.prices import set_price
from assistants_app.services.runs import costs, held
from assistants_app.services.runs.progress import Progress
from assistants_app.services.runs.provider_calls import AttributedCall
from assistants_app.services.runs.requests import cancel_run
from tests.cast import Cast, make_run

USAGE = {"prompt_tokens": 1_000_000, "cached_tokens": 0, "completion_tokens": 0}
FAR = "https://models.example.com/v1"


def call_to(base_url: str, *, bundled: bool = False) -> AttributedCall:
    now = timezone.now()
    call = ModelCall("m", now, now, now, now, {}, {}, [], base_url, bundled)
    return AttributedCall(call, [])


def begun(cast: Cast) -> Run:
    made = make_run(cast.project, cast.thread, cast.assistant)
    claimed = held.claim_run(run_id=made.id, owner="me")
    assert claimed is not None
    return claimed.run


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Use]:
    """What is counted for the limits."""
    found: list[Use] = []

    def note(*given: Any) -> None:
        found.append(given[-1])

    monkeypatch.setattr(costs, "count_use", note)
    return found


@pytest.mark.django_db(transaction=True)
def test_each_model_call_adds_to_the_cost_and_the_end_keeps_it(
    cast: Cast, counted: list[Use]
) -> None:
    set_price(project=cast.project, model="m", prompt="3", cached="", completion="5")
    run = begun(cast)
    step = held.open_tool_calls(run=run)
    turn = Progress(calls={step.id: []}, usage=USAGE, model_call=call_to(FAR))
    held.save_calls(run=run, step=step, progress=turn)
    held.close_tool_calls(run=run, step=step, progress=Progress(calls={step.id: []}))
    assert Run.objects.get(pk=run.pk).cost == 3
    message, step = held.open_message(run=run)
    usage = {"prompt_tokens": 0, "completion_tokens": 200_000}
    end = Progress(texts={message.id: []}, usage=usage, model_call=call_to(FAR))
    held.complete_run(run=run, message=message, step=step, progress=end)
    ended = Run.objects.get(pk=run.pk)
    assert (ended.status, ended.cost, ended.cost_origin) == ("completed", Decimal(4), "set")
    assert ended.price == ["3", "3", "5"]
    assert not ended.cost_estimated
    assert counted == [Use(Decimal(3), 1_000_000), Use(Decimal(1), 200_000)]


@pytest.mark.parametrize(
    ("call", "origin", "cost"),
    [
        (call_to(FAR), "none", None),
        (call_to("http://10.0.0.5:8000/v1"), "free", 0),
        (call_to("https://gpu.example.com/v1", bundled=True), "free", 0),
    ],
)
def test_a_run_that_reaches_a_limit_has_its_cost(
    cast: Cast, call: AttributedCall, origin: str, cost: int | None
) -> None:
    run = begun(cast)
    progress = Progress(usage=USAGE, model_call=call)
    held.cut_run(run=run, message=None, progress=progress, reason="max_completion_tokens")
    ended = Run.objects.get(pk=run.pk)
    assert (ended.status, ended.cost_origin, ended.cost) == ("incomplete", origin, cost)


def test_a_run_that_asked_no_model_has_no_cost(cast: Cast) -> None:
    run = make_run(cast.project, cast.thread, cast.assistant)
    cancel_run(project=cast.project, thread_id=run.thread_id, run_id=run.id)
    run.refresh_from_db()
    assert (run.status, run.cost, run.cost_origin) == ("cancelled", Decimal(0), "unused")
