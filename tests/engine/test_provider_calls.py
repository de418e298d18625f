"""Each model call of a run is stored once, without secrets, for `PROVIDER_CALL_DAYS`."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app import conf
from assistants_app.engine import recovery
from assistants_app.gateway import endpoints
from assistants_app.models import ProviderCall, Run, RunStep
from assistants_app.providers.endpoint import Endpoint
from assistants_app.services.runs import requests as runs
from assistants_app.services.threads import requests as threads
from assistants_app.wire.runs.runs import RunCreateParams, ToolOutputsParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, api_client
from tests.engine.carrying_out import execute
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "sk-provider-secret-0123456789"
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture
def scripted(cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast, with the scripted provider as its endpoint. The URL has a key as well."""
    base_url = provider.base_url.replace("://", f"://user:{KEY}-of-url@")
    endpoint = Endpoint(name="Scripted", base_url=base_url, api_key=KEY)
    monkeypatch.setattr(endpoints, "endpoints_of", lambda *_: [endpoint])
    return cast


def carried_out(cast: Cast, **options: Any) -> Run:
    """Create a run and carry it out, as far as it goes."""
    params = parse(RunCreateParams, {"assistant_id": cast.assistant.id, **options})
    run = runs.create_run(project=cast.project, thread_id=cast.thread.id, params=params)
    execute(run.id)
    run.refresh_from_db()
    return run


def calls_of(run: Run) -> list[ProviderCall]:
    return list(ProviderCall.objects.filter(run=run).order_by("pk"))


def as_json(call: ProviderCall) -> str:
    return json.dumps([call.request, call.response, call.retries])


def test_a_reply_is_stored_with_its_request(scripted: Cast, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="Eleven degrees."))
    run = carried_out(scripted)
    [call] = calls_of(run)
    assert run.status == "completed"
    assert call.request["body"] == provider.completions[-1]
    assert call.response["message"]["content"] == "Eleven degrees."
    assert call.step_ids == [RunStep.objects.get(run=run).id]
    assert call.started_at <= call.ended_at
    assert KEY not in as_json(call)
    assert "authorization" not in as_json(call).lower()


def test_each_turn_of_a_run_is_stored_once(scripted: Cast, provider: ScriptedProvider) -> None:
    provider.enqueue(
        Reply(text="Let me look.", tool_calls=[ToolCall("get_weather", "{}")]), Reply(text="11")
    )
    run = carried_out(scripted, tools=[WEATHER])
    [call] = calls_of(run)
    steps = list(RunStep.objects.filter(run=run).order_by("pk").values_list("pk", flat=True))
    assert call.step_ids == steps
    outputs = [{"tool_call_id": "call_0get_weather", "output": "11"}]
    runs.submit_tool_outputs(
        project=scripted.project,
        thread_id=run.thread_id,
        run_id=run.id,
        params=parse(ToolOutputsParams, {"tool_outputs": outputs}),
    )
    execute(run.id)
    first, second = calls_of(run)
    assert first.step_ids == steps
    assert second.request["body"]["messages"][-1]["content"] == "11"
    assert len(second.step_ids) == 1


def test_the_error_of_a_failed_run_is_stored_without_the_key(
    scripted: Cast, provider: ScriptedProvider
) -> None:
    busy = Reply(status=429, body={"error": {"message": KEY}}, headers={"retry-after-ms": "1"})
    provider.enqueue(busy, Reply(status=400, body={"error": {"message": f"Bad key {KEY}-of-url"}}))
    run = carried_out(scripted)
    [call] = calls_of(run)
    assert run.status == "failed"
    assert (call.retries[0]["response"]["status"], call.response["status"]) == (429, 400)
    assert "Bad key" in call.response["body"]
    assert KEY not in as_json(call) + json.dumps(run.last_error)


def test_storing_a_call_takes_no_statement_of_its_own(
    scripted: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            carried_out(scripted)
        return [query["sql"] for query in queries]

    carried_out(scripted)  # so that both measured runs follow a reply
    kept = statements()
    monkeypatch.setattr(conf, "PROVIDER_CALL_DAYS", 0)
    without = statements()
    assert len([sql for sql in kept if "INSERT INTO provider_call" in sql]) == 1
    assert len(kept) == len(without)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ({"error_after": 2}, "failed"),
        ({"finish_reason": "length"}, "incomplete"),
        ({}, "completed"),
    ],
)
def test_reasoning_is_stored_once_however_the_run_ends(
    scripted: Cast, provider: ScriptedProvider, end: dict[str, Any], status: str
) -> None:
    provider.enqueue(Reply(reasoning="Let me see, hm.", **end))
    run = carried_out(scripted)
    assert run.status == status
    thoughts = [run.reasoning, *(step.reasoning for step in run.steps.all())]
    kept = [thought["text"] for thought in thoughts if thought]
    assert len(kept) == 1
    assert "Let me see, hm.".startswith(kept[0])


def test_no_calls_are_stored_with_zero_days(
    scripted: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "PROVIDER_CALL_DAYS", 0)
    assert calls_of(carried_out(scripted)) == []


def test_old_calls_are_deleted_and_their_runs_stay(scripted: Cast) -> None:
    old, new = carried_out(scripted), carried_out(scripted)
    long_ago = timezone.now() - timedelta(days=conf.PROVIDER_CALL_DAYS, seconds=1)
    ProviderCall.objects.filter(run=old).update(started_at=long_ago)
    recovery.sweep_provider_calls()
    assert (len(calls_of(old)), len(calls_of(new))) == (0, 1)
    assert Run.objects.filter(pk=old.id).exists()


def test_calls_are_deleted_with_their_thread(scripted: Cast) -> None:
    carried_out(scripted)
    threads.delete_thread(project=scripted.project, thread_id=scripted.thread.id)
    assert ProviderCall.objects.count() == 0


def test_a_run_records_its_api_key(scripted: Cast) -> None:
    [key] = scripted.project.api_keys.all()
    client = api_client(scripted.key)
    body = {"assistant_id": scripted.assistant.id}
    alone = client.post(f"/v1/threads/{scripted.thread.id}/runs", body, "application/json").json()
    both = client.post("/v1/threads/runs", body, "application/json").json()
    for made in (alone, both):
        assert Run.objects.get(pk=made["id"]).api_key_id == key.id
    assert scripted.run.api_key_id == ""
