"""Streams contain all of the vendor's events, and no others."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import openai
import psycopg
import pytest
import yaml
from openai import OpenAI
from openai.types.beta import Assistant

from tests.contract.openapi import DOCUMENT
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite
from tests.sdk.steps import ask

Stream = Callable[..., list[str]]


def documented_events() -> set[str]:
    """Return the names of all events in the vendor's document."""
    schemas = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["components"]["schemas"]

    def names(node: Any) -> Iterator[str]:
        if isinstance(node, list):
            for item in node:
                yield from names(item)
        elif isinstance(node, dict):
            if "$ref" in node:
                yield from names(schemas[node["$ref"].rpartition("/")[2]])
            elif "event" in node.get("properties", {}):
                yield from node["properties"]["event"]["enum"]
            else:
                for key in ("oneOf", "anyOf"):
                    yield from names(node.get(key, []))

    return set(names(schemas["AssistantStreamEvent"]))


@pytest.fixture
def stream(client: OpenAI, assistant: Assistant) -> Stream:
    """A function that runs the assistant and returns the names of the run's events.

    It calls `act` in a thread of its own when the first piece of text has arrived.
    """

    def start(act: Callable[[str, str], None] | None = None) -> list[str]:
        names: list[str] = []
        thread = ask(client)
        with client.beta.threads.runs.create(
            thread, assistant_id=assistant.id, stream=True
        ) as events:
            for event in events:
                names.append(event.event)
                if event.event == "thread.message.delta" and act is not None:
                    threading.Thread(target=act, args=(thread, event.data.id)).start()
                    act = None
        return names

    return start


def expire(site: LiveSite, thread: str) -> None:
    with psycopg.connect(site.database_url) as connection:
        connection.execute("UPDATE run SET expires_at = now() WHERE thread_id = %s", [thread])


def test_every_event_of_the_document_is_sent(
    client: OpenAI,
    assistant: Assistant,
    provider: ScriptedProvider,
    site: LiveSite,
    stream: Stream,
) -> None:
    seen = {"done"}  # the SDK does not pass it on, and test_golden checks it
    with client.beta.threads.create_and_run(
        assistant_id=assistant.id, thread={"messages": []}, stream=True
    ) as events:
        seen |= {event.event for event in events}
    provider.enqueue(Reply(tool_calls=[ToolCall("get_weather", "{}")]))
    seen |= set(stream())
    provider.enqueue(Reply(text="cut", finish_reason="length"))
    seen |= set(stream())
    provider.enqueue(Reply(text="one two three", drop_after=2))
    seen |= set(stream())

    def cancel(thread: str, _: str) -> None:
        [run] = client.beta.threads.runs.list(thread).data
        client.beta.threads.runs.cancel(run.id, thread_id=thread)

    def run_out(thread: str, _: str) -> None:
        expire(site, thread)

    for act in (cancel, run_out):
        provider.enqueue(Reply(text="one two three", gate_after=2))
        seen |= set(stream(act))
    assert documented_events() - seen == {"error"}
    assert seen <= documented_events()


def test_a_stream_whose_run_is_deleted_ends_with_an_error(
    client: OpenAI, provider: ScriptedProvider, stream: Stream
) -> None:
    provider.enqueue(Reply(text="one two three", gate_after=2))
    with pytest.raises(openai.APIError, match="deleted"):
        stream(lambda thread, _: client.beta.threads.delete(thread) and None)


def test_a_run_expires_while_it_waits_for_outputs(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, site: LiveSite
) -> None:
    provider.enqueue(Reply(tool_calls=[ToolCall("get_weather", "{}", id="call_1")]))
    thread = ask(client)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.expires_at == run.created_at + 600
    expire(site, thread)
    run = client.beta.threads.runs.poll(run.id, thread, poll_interval_ms=20)
    while run.status == "requires_action":
        run = client.beta.threads.runs.poll(run.id, thread, poll_interval_ms=20)
    assert run.status == "expired"
    with pytest.raises(openai.BadRequestError, match='Runs in status "expired" do not accept'):
        client.beta.threads.runs.submit_tool_outputs(
            run.id, thread_id=thread, tool_outputs=[{"tool_call_id": "call_1", "output": "late"}]
        )
    [step] = client.beta.threads.runs.steps.list(run.id, thread_id=thread).data
    assert step.status == "expired"
    assert step.expired_at
    assert client.beta.threads.messages.create(thread, role="user", content="free").id
