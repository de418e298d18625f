"""The vendor's published example streams, event by event, against what the server sends."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.conftest import MODEL
from tests.contract.examples import EXAMPLES, differences, shape_of
from tests.contract.openapi import events_of
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import API_KEY, LiveSite
from tests.sdk.clients import http_client

Json = dict[str, Any]
STREAMS = EXAMPLES["streams"]
# Where an example contradicts the vendor's document, or another example.
CONTRADICTIONS = {
    # The document promises a string, and null until a run has ended.
    r"thread\.run\.[a-z_]+\.instructions: null became string",
    r"thread\.run\.requires_action\.usage: an object became null",
    # The other examples of a run in progress have the time at which it started.
    r"thread\.run\.in_progress\.started_at: null became number",
}
WEATHER: Json = {
    "type": "function",
    "function": {
        "name": "get_current_weather",
        "description": "Get the weather.",
        "parameters": {
            "type": "object",
            "properties": {
                "location": {"type": "string", "description": "A city."},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["location"],
        },
    },
}
CALL = ToolCall("get_current_weather", '{"location":"Paris","unit":"celsius"}', id="call_1")
HELLO: Json = {"role": "user", "content": "Hello"}


def test_differences_are_seen() -> None:
    example = {"a": "string", "b": None, "c": [{"d": "number"}], "type": "text"}
    assert list(differences(example, example, "x")) == []
    ours = {"a": None, "c": [{"e": "number"}], "type": "image", "more": "string"}
    assert list(differences(example, ours, "x")) == [
        "x.a: string became null",
        "x.b is missing",
        "x.c[].d is missing",
        "x.type: text became image",
    ]


@pytest.fixture
def http(site: LiveSite, provider: ScriptedProvider) -> Iterator[httpx2.Client]:
    with http_client(site.base_url, API_KEY) as http:
        yield http


def sent(http: httpx2.Client, method: str, path: str, body: Json | None = None, **more: Any) -> Any:
    answer = http.request(method, path, json=body, **more)
    assert answer.is_success, answer.text
    return answer.json()


def streamed(
    http: httpx2.Client, provider: ScriptedProvider, path: str, body: Json
) -> list[tuple[str, Any]]:
    """Return the events of a stream with their shapes, of adjacent equal ones only the first.

    Releases the provider's reply after its first word, so that it's not all in one delta.
    """
    events: list[tuple[str, Any]] = []
    with http.stream("POST", path, json={**body, "stream": True}) as answer:
        lines: list[str] = []
        for line in answer.iter_lines():
            lines.append(line)
            if line:
                continue
            [(name, data)] = list(events_of("\n".join(lines))) or [("", "")]
            lines.clear()
            event = name, data if name in ("", "done") else shape_of(json.loads(data))
            if event[0] and event not in events[-1:]:
                events.append(event)
            if name == "thread.message.delta":
                provider.release()
    return events


@pytest.mark.parametrize("example", STREAMS)
def test_streams_are_those_of_the_examples(
    http: httpx2.Client, provider: ScriptedProvider, example: str
) -> None:
    operation = example.partition(" (")[0]
    assistant = sent(http, "POST", "/assistants", {"model": MODEL})["id"]
    called, text = Reply(tool_calls=[CALL]), Reply(text="Hello! How are you?", gate_after=1)
    body: Json = {"assistant_id": assistant}
    if operation == "POST /threads/runs":
        calls = example.endswith("Functions)")
        provider.enqueue(called if calls else text)
        body |= {"thread": {"messages": [HELLO]}} | ({"tools": [WEATHER]} if calls else {})
        path = "/threads/runs"
    elif operation == "POST /threads/{thread_id}/runs":
        provider.enqueue(text)
        path = f"/threads/{sent(http, 'POST', '/threads', {'messages': [HELLO]})['id']}/runs"
    else:
        provider.enqueue(called, text)
        path = waiting_run(http, {**body, "tools": [WEATHER]}) + "/submit_tool_outputs"
        body = {"tool_outputs": [{"tool_call_id": "call_1", "output": "1"}]}
    ours, theirs = streamed(http, provider, path, body), STREAMS[example]
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    found = [
        difference
        for (name, our_shape), (_, shape) in zip(ours, theirs, strict=True)
        for difference in differences(shape, our_shape, name)
    ]
    assert [
        one for one in found if not any(re.fullmatch(known, one) for known in CONTRADICTIONS)
    ] == []


def waiting_run(http: httpx2.Client, body: Json) -> str:
    """Return the path of a run that waits for tool outputs."""
    thread = sent(http, "POST", "/threads", {"messages": [HELLO]})["id"]
    answer = http.post(f"/threads/{thread}/runs", json={**body, "stream": True})
    run = json.loads(next(data for _, data in events_of(answer.text)))
    return f"/threads/{thread}/runs/{run['id']}"
