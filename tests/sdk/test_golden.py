"""Whole event streams are compared with transcripts, which are reviewed like code.

``UPDATE_GOLDEN=1 make test`` writes new ones. Their diff shows what a change does to clients.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from openai.types.beta import Assistant

from tests.contract.openapi import events_of
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import API_KEY, LiveSite
from tests.sdk.clients import http_client

GOLDEN = Path(__file__).with_name("golden")
CALL = ToolCall("get_weather", '{"location":"Paris"}', id="call_1")


def transcript(site: LiveSite, path: str, body: dict[str, Any]) -> str:
    """Return the stream with ids numbered in order, times as 0 and adjacent deltas joined."""
    with http_client(site.base_url, API_KEY) as http:
        answer = http.post(path, json={**body, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = list(events_of(answer.text))
    lines = [f"event: {name}\ndata: {data}\n\n" for name, data in _joined(events)]
    return _with_fixed_ids_and_times("".join(lines))


def _joined(events: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # How a text is split into deltas depends on the load.
    joined: list[tuple[str, str]] = []
    for name, data in events:
        previous = joined[-1] if joined else ("", "")
        merged = _merge(json.loads(previous[1]), json.loads(data)) if name == previous[0] else None
        if merged is not None:
            joined[-1] = (name, json.dumps(merged))
        else:
            joined.append((name, data))
    return joined


def _merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any] | None:
    if first["object"] == "thread.message.delta":
        one, two = first["delta"]["content"][0], second["delta"]["content"][0]
        one["text"]["value"] += two["text"]["value"]
        return first
    if first["object"] == "thread.run.step.delta":
        calls = [x["delta"]["step_details"]["tool_calls"][0] for x in (first, second)]
        if calls[0]["index"] == calls[1]["index"] and "id" not in calls[0] and "id" not in calls[1]:
            calls[0]["function"]["arguments"] += calls[1]["function"]["arguments"]
            return first
    return None


def _with_fixed_ids_and_times(text: str) -> str:
    text = re.sub(r'("[a-z]+_at": )\d+', r"\g<1>0", text)
    known: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        prefix = match[1]
        count = sum(1 for name in known.values() if name.startswith(f"{prefix}_"))
        return known.setdefault(match[0], f"{prefix}_{count + 1}")

    return re.sub(r"\b(asst|thread|msg|run|step)_[0-9A-Za-z]{24}\b", number, text)


def check(name: str, actual: str) -> None:
    """Fail unless `actual` is the content of the golden file."""
    path = GOLDEN / f"{name}.sse"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    assert actual == path.read_text(encoding="utf-8")


def test_a_plain_reply(site: LiveSite, assistant: Assistant, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="x is 1.", usage=(31, 7)))
    body = {
        "assistant_id": assistant.id,
        "thread": {"messages": [{"role": "user", "content": "Solve it"}]},
    }
    check("create_thread_and_run", transcript(site, "/threads/runs", body))


def test_a_function_call_and_its_outputs(
    site: LiveSite, client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Let me look.", tool_calls=[CALL]), Reply(text="Mild."))
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Weather?"}])
    body: dict[str, Any] = {"assistant_id": assistant.id}
    check("requires_action", transcript(site, f"/threads/{thread.id}/runs", body))
    run = client.beta.threads.runs.list(thread.id).data[0]
    body = {"tool_outputs": [{"tool_call_id": "call_1", "output": "11"}]}
    path = f"/threads/{thread.id}/runs/{run.id}/submit_tool_outputs"
    check("submit_tool_outputs", transcript(site, path, body))


def test_a_failure(site: LiveSite, assistant: Assistant, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="Half a", error_after=2))
    body = {
        "assistant_id": assistant.id,
        "thread": {"messages": [{"role": "user", "content": "Solve it"}]},
    }
    check("failed", transcript(site, "/threads/runs", body))


@pytest.mark.parametrize("name", ["create_thread_and_run", "requires_action", "failed"])
def test_transcripts_end_with_done(name: str) -> None:
    text = (GOLDEN / f"{name}.sse").read_text(encoding="utf-8")
    assert text.endswith("event: done\ndata: [DONE]\n\n")
