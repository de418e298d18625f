"""Between the commit and the answer anything may fail: the act is done once and answered."""

import asyncio
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import wait_until
from tests.repeats.site import ACTS, FaultySite, prepared

FUNCTION: Any = {
    "type": "function",
    "function": {"name": "look", "parameters": {"type": "object", "properties": {}}},
}


def named(kind: str) -> str:
    """Return a fault that hasn't struck yet."""
    return f"{kind}:{uuid.uuid4().hex}"


@pytest.mark.parametrize("fault", ["cut", "hook"])
@pytest.mark.parametrize("act", ACTS)
def test_an_act_whose_answer_is_lost_is_done_once(faulty: FaultySite, act: str, fault: str) -> None:
    ids = prepared(faulty.client())
    before = faulty.count(ACTS[act].table)
    made = ACTS[act].ask(faulty.client(named(fault)), ids)
    assert made.id
    assert faulty.count(ACTS[act].table) == before + 1


@pytest.mark.parametrize("act", ["thread", "run as a stream", "file"])
def test_an_act_whose_process_is_killed_is_done_once(faulty: FaultySite, act: str) -> None:
    ids = prepared(faulty.client())
    before = faulty.count(ACTS[act].table)
    web = faulty.site.web
    assert web is not None
    made: list[Any] = []
    asking = threading.Thread(
        target=lambda: made.append(ACTS[act].ask(faulty.client(named("die")), ids))
    )
    asking.start()
    web.wait(30)
    faulty.site.start_web()
    asking.join(60)
    assert [one.id for one in made]
    assert faulty.count(ACTS[act].table) == before + 1


@pytest.mark.parametrize("act", ["thread", "file"])
def test_an_act_that_was_rolled_back_is_done_by_the_retry(faulty: FaultySite, act: str) -> None:
    before = faulty.count(ACTS[act].table)
    assert ACTS[act].ask(faulty.client(named("undone")), prepared(faulty.client())).id
    # One file is among what the acts need.
    extra = 1
    assert faulty.count(ACTS[act].table) == before + 1 + extra


def test_the_async_client_gets_what_was_made(faulty: FaultySite) -> None:
    async def create() -> list[str]:
        async with AsyncOpenAI(**faulty.options(named("cut"))) as client:
            made = await client.beta.threads.create(metadata={"from": "async"})
        async with AsyncOpenAI(**faulty.options(named("hook"))) as client:
            store = await client.vector_stores.create(name="async")
        return [made.id, store.id]

    before = [faulty.count("thread"), faulty.count("vector_store")]
    assert all(asyncio.run(create()))
    assert [faulty.count("thread"), faulty.count("vector_store")] == [before[0] + 1, before[1] + 1]


def waiting_run(client: OpenAI, provider: ScriptedProvider) -> tuple[str, str, str]:
    """Return the ids of a thread, of its run that waits for an output, and of the call."""
    provider.enqueue(Reply(tool_calls=[ToolCall("look", id="call_1")]), Reply(text="Seen."))
    assistant = client.beta.assistants.create(model=MODEL, tools=[FUNCTION])
    run = client.beta.threads.create_and_run_poll(assistant_id=assistant.id, poll_interval_ms=50)
    assert run.required_action, run.status
    return run.thread_id, run.id, run.required_action.submit_tool_outputs.tool_calls[0].id


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("fault", ["cut", "hook"])
def test_lost_answers_to_tool_outputs(
    faulty: FaultySite, provider: ScriptedProvider, fault: str, streamed: bool
) -> None:
    client = faulty.client()
    thread_id, run_id, call_id = waiting_run(client, provider)
    outputs: Any = {
        "thread_id": thread_id,
        "tool_outputs": [{"tool_call_id": call_id, "output": "A whale."}],
    }
    submit = faulty.client(named(fault)).beta.threads.runs.submit_tool_outputs
    if streamed:
        with submit(run_id, stream=True, **outputs) as stream:
            events = [event.event for event in stream]
        assert events[0] == "thread.run.step.completed"
        assert "thread.run.completed" in events
    else:
        assert submit(run_id, **outputs).id == run_id
    done = client.beta.threads.runs.poll(run_id, thread_id, poll_interval_ms=50)
    assert done.status == "completed"


def test_a_lost_answer_to_a_cancellation(faulty: FaultySite, provider: ScriptedProvider) -> None:
    thread_id, run_id, _ = waiting_run(faulty.client(), provider)
    cancelled = faulty.client(named("cut")).beta.threads.runs.cancel(run_id, thread_id=thread_id)
    assert cancelled.status == "cancelled"


@pytest.mark.parametrize("fault", ["cut", "hook"])
def test_a_lost_answer_to_a_deletion(faulty: FaultySite, fault: str) -> None:
    thread = faulty.client().beta.threads.create()
    assert faulty.client(named(fault)).beta.threads.delete(thread.id).deleted
    with pytest.raises(openai.NotFoundError):
        faulty.client().beta.threads.retrieve(thread.id)


def post(
    faulty: FaultySite, body: Any, headers: dict[str, str] | None = None, *, timeout: float = 60.0
) -> httpx2.Response:
    options = faulty.options()
    sent = {
        "Authorization": f"Bearer {options['api_key']}",
        "OpenAI-Beta": "assistants=v2",
        "Content-Type": "application/json",
        **(headers or {}),
    }
    url = f"{options['base_url']}/threads"
    return httpx2.post(url, content=json.dumps(body), headers=sent, timeout=timeout)


def in_background(call: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    return thread, results


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "slow"}, {"x-stainless-retry-count": "1"}])
def test_a_slow_request_is_not_started_again(faulty: FaultySite, headers: dict[str, str]) -> None:
    fault = named("wait")
    body = {"metadata": {"fault": fault}}
    before = faulty.count("thread")
    key = {name: value for name, value in headers.items() if name == "Idempotency-Key"}
    first, answers = in_background(lambda: post(faulty, body, {**key, "x-fault": fault}))
    # Its lease was renewed, so it is older than a process that has died may become.
    wait_until(lambda: faulty.receipts("kind = '' AND held_until > claimed_at + interval '4 s'"))
    second, repeated = in_background(lambda: post(faulty, body, headers))
    wait_until(lambda: bool(key) or faulty.receipts("kind = ''") == 2)
    (faulty.folder / f"{fault.partition(':')[2]}.go").touch()
    first.join(60)
    second.join(60)
    assert answers[0].status_code == repeated[0].status_code == 200
    if key:
        assert answers[0].json() == repeated[0].json()
        assert faulty.count("thread") == before + 1
    else:
        # The first answer has left, so the other request is one of its own.
        assert answers[0].json()["id"] != repeated[0].json()["id"]


def test_a_client_that_gave_up_gets_the_object_from_its_retry(faulty: FaultySite) -> None:
    fault = named("wait")
    body = {"metadata": {"fault": fault}}
    before = faulty.count("thread")
    with pytest.raises(httpx2.ReadTimeout):
        post(faulty, body, {"x-fault": fault}, timeout=1.0)
    retry = {"x-stainless-retry-count": "1"}
    thread, repeated = in_background(lambda: post(faulty, body, retry))
    wait_until(lambda: faulty.receipts("kind = ''") == 2)
    (faulty.folder / f"{fault.partition(':')[2]}.go").touch()
    thread.join(60)
    assert repeated[0].status_code == 200
    assert faulty.count("thread") == before + 1


def test_an_answer_that_left_belongs_to_its_own_request(faulty: FaultySite) -> None:
    body = {"metadata": {"same": "body"}}
    first = post(faulty, body)
    retried = post(faulty, body, {"x-stainless-retry-count": "1"})
    assert first.json()["id"] != retried.json()["id"]
    made = f"('{first.json()['id']}', '{retried.json()['id']}')"
    wait_until(lambda: faulty.receipts(f"made IN {made}") == 0)
