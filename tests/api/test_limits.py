"""Requests beyond a limit are refused in the vendor's way, and others go on."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.money.limits import Caller, Use
from assistants_app.events.access import AccessChange
from assistants_app.models import ApiKey, DirectCall, Run
from assistants_app.services.money import known_limits
from assistants_app.services.money.limits import set_limits
from assistants_app.services.money.spending import count_use, forget_spent, send_counted, spent_of
from assistants_app.services.runs import room
from tests.asgi import Client
from tests.cast import Cast, api_client, make_run
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

CHAT = "/v1/chat/completions"


@pytest.fixture
def api(cast: Cast) -> Client:
    return api_client(cast.key)


def limit(cast: Cast, *, key: bool = False, **typed: str) -> None:
    key_id = ApiKey.objects.get(project=cast.project).id if key else ""
    set_limits(project=cast.project, typed=typed, key_id=key_id)
    known_limits.forget_limits(cast.project.id)


def spend(cast: Cast, dollars: str, tokens: int = 10) -> None:
    spent_of(cast.project.id, cast.project.zone)
    run = make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        status="completed",
        usage={"prompt_tokens": tokens},
        api_key_id=ApiKey.objects.get(project=cast.project).id,
    )
    Run.objects.filter(pk=run.pk).update(cost=Decimal(dollars))
    caller = Caller(run.api_key_id)
    count_use(cast.project.id, caller, timezone.now(), Use(Decimal(dollars), tokens))
    send_counted()
    forget_spent(cast.project.id)


def start(api: Client, cast: Cast) -> Any:
    body = json.dumps({"assistant_id": cast.assistant.id})
    return api.post("/v1/threads/runs", body, "application/json")


@pytest.mark.parametrize("of_key", [False, True])
@pytest.mark.parametrize("period", ["day", "month"])
def test_without_money_no_run_begins(api: Client, cast: Cast, of_key: bool, period: str) -> None:
    limit(cast, key=of_key, **{f"dollars_per_{period}": "1"})
    spend(cast, "0.99")
    assert start(api, cast).status_code == 200
    spend(cast, "0.01")
    refused = start(api, cast)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["type"]) == (
        429,
        "insufficient_quota",
        "insufficient_quota",
    )
    assert refused["x-should-retry"] == "false"
    assert f"$1.00 a {period}" in error["message"]
    assert "UTC" in error["message"]
    assert ("API key" in error["message"]) is of_key
    # Everything else goes on.
    assert api.get("/v1/assistants").status_code == 200
    other = api_client(cast.strangers_key).post("/v1/threads", "{}", "application/json")
    assert other.status_code == 200


def test_a_key_without_limits_of_its_own_has_those_of_the_project(api: Client, cast: Cast) -> None:
    limit(cast, tokens_per_day="100")
    spend(cast, "0", tokens=100)
    assert "100 tokens a day" in start(api, cast).json()["error"]["message"]


def test_tokens_of_a_minute_say_when_to_come_again(api: Client, cast: Cast) -> None:
    limit(cast, key=True, tokens_per_minute="100")
    spend(cast, "0", tokens=60)
    assert start(api, cast).status_code == 200
    spend(cast, "0", tokens=60)
    refused = start(api, cast)
    assert refused.status_code == 429
    error = refused.json()["error"]
    assert (error["code"], error["type"]) == ("rate_limit_exceeded", "tokens")
    assert refused["x-ratelimit-limit-tokens"] == "100"
    assert refused["x-ratelimit-remaining-tokens"] == "0"
    assert refused["x-ratelimit-reset-tokens"].endswith("ms")
    assert 1 <= int(refused["Retry-After"]) <= 120


def test_requests_of_a_key_have_a_limit_of_their_own(
    api: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 0)
    limit(cast, key=True, requests_per_minute="2")
    answers = [api.get("/v1/assistants") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["x-ratelimit-remaining-requests"] for answer in answers] == ["1", "0", "0"]
    assert "API key" in answers[2].json()["error"]["message"]
    # A project's own limit can only be lower than the operator's.
    limit(cast, key=True)
    limit(cast, requests_per_minute="600000")
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 100)
    assert api.get("/v1/assistants")["x-ratelimit-limit-requests"] == "100"


@pytest.mark.parametrize("of_key", [False, True])
def test_another_limit_counts_from_the_next_request_on(
    api: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, of_key: bool
) -> None:
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 60_000)

    def left() -> list[str]:
        answer = api.get("/v1/assistants")
        return [str(answer.status_code), answer["x-ratelimit-remaining-requests"]]

    limit(cast, key=of_key, requests_per_minute="2")
    assert [left() for _ in range(3)] == [["200", "1"], ["200", "0"], ["429", "0"]]
    # What was used under the low limit is a small part of the high one.
    limit(cast, key=of_key, requests_per_minute="100")
    assert left() == ["200", "97"]
    for _ in range(10):
        left()
    # All of the low limit is used up, and no more than that.
    limit(cast, key=of_key, requests_per_minute="6")
    refused = api.get("/v1/assistants")
    assert refused.status_code == 429
    assert 9_000 < int(refused["retry-after-ms"]) <= 10_000
    limit(cast, key=of_key)
    assert left()[0] == "200"


def test_the_page_of_limits_reaches_other_processes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    changes: list[AccessChange] = []
    monkeypatch.setattr("assistants_app.events.access._publish", changes.append)
    with django_capture_on_commit_callbacks(execute=True):
        set_limits(project=cast.project, typed={"requests_per_minute": "2"})
    assert changes == [AccessChange(project_id=cast.project.id)]


def test_runs_at_once_of_a_key(api: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_counted", {})
    limit(cast, key=True, runs_at_once="1")
    assert start(api, cast).status_code == 200
    refused = start(api, cast)
    assert refused.status_code == 429
    message = refused.json()["error"]["message"]
    assert "already has a run that is queued or in progress. Wait until it has ended" in message
    assert (refused["Retry-After"], refused["retry-after-ms"]) == ("5", "5000")
    # Like every answer, also that of other errors.
    for answer in (refused, api.get("/v1/assistants/asst_no")):
        assert answer.status_code in (404, 429)
        assert int(answer["x-ratelimit-remaining-requests"]) > 0


@pytest.mark.django_db(transaction=True)
def test_requests_that_are_passed_on_are_limited_and_have_a_cost(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Client(headers={"authorization": f"Bearer {cast.key}"})
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", provider.base_url)
    monkeypatch.setattr(conf, "OPENAI_API_KEY", "key")
    limit(cast, dollars_per_day="1", tokens_per_minute="100000")
    provider.enqueue(Reply("Hello"))
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hi"}]})
    passed = api.post(CHAT, body, "application/json")
    assert passed.status_code == 200
    assert int(passed["x-ratelimit-remaining-tokens"]) > 0
    call = DirectCall.objects.get()
    # The scripted provider is on this machine.
    assert (call.cost, call.cost_origin) == (Decimal(0), "free")
    spend(cast, "1")
    refused = api.post(CHAT, body, "application/json")
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "insufficient_quota"
    assert DirectCall.objects.count() == 1
