"""`on_active_run`, an addition of ours: a run waits for its turn or interrupts the active one."""

from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import Run

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import wait_until
from tests.sdk.steps import ask, reply_of


def start(client: OpenAI, thread: str, assistant: Assistant, text: str, **more: Any) -> Run:
    """Create a run with an additional message."""
    return client.beta.threads.runs.create(
        thread,
        assistant_id=assistant.id,
        additional_messages=[{"role": "user", "content": text}],
        extra_body=more,
    )


def status(client: OpenAI, run: Run) -> str:
    return client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id).status


def texts(client: OpenAI, thread: str) -> list[str]:
    """Return the texts of all messages, oldest first."""
    page = client.beta.threads.messages.list(thread, order="asc", limit=100)
    return ["".join(part.text.value for part in row.content) for row in page]  # type: ignore[union-attr]


def test_queued_runs_start_one_after_the_other_with_their_messages(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="A", gate_after=1), Reply(text="B"), Reply(text="C"))
    thread = client.beta.threads.create().id
    first = start(client, thread, assistant, "one")
    provider.wait_held()
    second = start(client, thread, assistant, "two", on_active_run="queue")
    third = start(client, thread, assistant, "three", on_active_run="queue")
    assert (second.status, third.status) == ("queued", "queued")
    assert [text for text in texts(client, thread) if text in {"one", "two", "three"}] == ["one"]
    provider.release()
    for run in (first, second, third):
        assert client.beta.threads.runs.poll(run.id, thread, poll_interval_ms=20).status == (
            "completed"
        )
    assert texts(client, thread) == ["one", "A", "two", "B", "three", "C"]
    assert [message["content"] for message in provider.completions[1]["messages"][1:]] == [
        "one",
        "A",
        "two",
    ]


def test_an_interrupting_run_comes_before_waiting_runs(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="A long one", gate_after=2), Reply(text="now"), Reply(text="late"))
    thread = client.beta.threads.create().id
    first = start(client, thread, assistant, "one")
    provider.wait_held()
    waiting = start(client, thread, assistant, "two", on_active_run="queue")
    urgent = start(client, thread, assistant, "stop!", on_active_run="interrupt")
    for run in (urgent, waiting):
        client.beta.threads.runs.poll(run.id, thread, poll_interval_ms=20)
    assert status(client, first) == "cancelled"
    said = texts(client, thread)
    assert said[0] == "one"
    assert said[2:] == ["stop!", "now", "two", "late"]
    provider.wait_closed_early()


def test_a_run_that_waits_for_outputs_is_interrupted_at_once(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(tool_calls=[ToolCall("get_weather", "{}")]), Reply(text="fine"))
    thread = ask(client)
    first = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert first.status == "requires_action"
    second = start(client, thread, assistant, "never mind", on_active_run="interrupt")
    assert status(client, first) == "cancelled"
    client.beta.threads.runs.poll(second.id, thread, poll_interval_ms=20)
    assert reply_of(client, thread) == "fine"


def test_without_it_a_second_run_is_refused_as_by_the_vendor(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="A", gate_after=1))
    thread = ask(client)
    first = client.beta.threads.runs.create(thread, assistant_id=assistant.id)
    provider.wait_held()
    second = start(client, thread, assistant, "two", on_active_run="queue")
    with pytest.raises(openai.BadRequestError, match="already has an active run"):
        start(client, thread, assistant, "three")
    cancelled = client.beta.threads.runs.cancel(second.id, thread_id=thread)
    assert cancelled.status == "cancelled"
    provider.release()
    client.beta.threads.runs.poll(first.id, thread, poll_interval_ms=20)
    wait_until(lambda: status(client, first) == "completed")
    assert "two" not in texts(client, thread)


def test_queueing_on_a_free_thread_starts_at_once(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    thread = client.beta.threads.create().id
    run = start(client, thread, assistant, "one", on_active_run="queue")
    assert client.beta.threads.runs.poll(run.id, thread, poll_interval_ms=20).status == "completed"


def test_a_waiting_run_streams_when_its_turn_comes(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="A", gate_after=1), Reply(text="B"))
    thread = ask(client)
    client.beta.threads.runs.create(thread, assistant_id=assistant.id)
    provider.wait_held()
    names: list[str] = []
    with client.beta.threads.runs.create(
        thread, assistant_id=assistant.id, stream=True, extra_body={"on_active_run": "queue"}
    ) as stream:
        for event in stream:
            names.append(event.event)
            if event.event == "thread.run.queued":
                provider.release()
    assert names[:3] == ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
    assert names[-1] == "thread.run.completed"
