"""Cancelling a run in every state, deleting its objects, and leaving its stream."""

import time

import openai
import pytest
from openai import OpenAI
from openai.types.beta import Assistant

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import wait_until
from tests.sdk.steps import ask, reply_of, status_of

PHASES = {
    "before the provider's headers": Reply(hang="headers"),
    "between two tokens": Reply(text="one two three", gate_after=2),
    "in a function's arguments": Reply(
        tool_calls=[ToolCall("get_weather", '{"location": "Paris"}')], gate_after=3
    ),
    "after the last token": Reply(text="one two three", hang="stream"),
}


@pytest.mark.parametrize("phase", PHASES)
def test_cancelling_takes_less_than_a_second_in_every_phase(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, phase: str
) -> None:
    provider.enqueue(PHASES[phase])
    thread = ask(client)
    run = client.beta.threads.runs.create(thread, assistant_id=assistant.id)
    provider.wait_held()
    started = time.time()
    assert client.beta.threads.runs.cancel(run.id, thread_id=thread).status == "cancelling"
    wait_until(lambda: status_of(client, run.id, thread) == "cancelled", seconds=5)
    ended = client.beta.threads.runs.retrieve(run.id, thread_id=thread)
    assert ended.cancelled_at is not None
    assert ended.cancelled_at - started < 1
    assert ended.completed_at is None
    assert ended.failed_at is None
    for step in client.beta.threads.runs.steps.list(run.id, thread_id=thread):
        assert step.status == "cancelled"
        assert step.cancelled_at


def test_a_run_outlives_its_assistant(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two", gate_after=1))
    thread = ask(client)
    run = client.beta.threads.runs.create(thread, assistant_id=assistant.id)
    provider.wait_held()
    assert client.beta.assistants.delete(assistant.id).deleted
    provider.release()
    run = client.beta.threads.runs.poll(run.id, thread, poll_interval_ms=20)
    assert run.status == "completed"
    assert run.assistant_id == assistant.id
    assert reply_of(client, thread) == "one two"
    with pytest.raises(openai.NotFoundError, match=f"No assistant found with id '{assistant.id}'"):
        client.beta.threads.runs.create(thread, assistant_id=assistant.id)


def test_deleting_a_thread_ends_its_run_and_the_providers_stream(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", gate_after=2))
    thread = ask(client)
    run = client.beta.threads.runs.create(thread, assistant_id=assistant.id)
    provider.wait_held()
    assert client.beta.threads.delete(thread).deleted
    with pytest.raises(openai.NotFoundError, match=f"No thread found with id '{thread}'"):
        client.beta.threads.runs.retrieve(run.id, thread_id=thread)
    provider.wait_closed_early(timeout=5)


def test_messages_can_be_deleted_but_not_while_they_are_written(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", gate_after=2))
    thread = ask(client)
    run = client.beta.threads.runs.create(thread, assistant_id=assistant.id)
    provider.wait_held()
    wait_until(lambda: len(client.beta.threads.messages.list(thread).data) == 2)
    reply, question = client.beta.threads.messages.list(thread).data
    assert client.beta.threads.messages.delete(question.id, thread_id=thread).deleted
    with pytest.raises(openai.BadRequestError, match="while a run"):
        client.beta.threads.messages.delete(reply.id, thread_id=thread)
    provider.release()
    client.beta.threads.runs.poll(run.id, thread, poll_interval_ms=20)
    assert client.beta.threads.messages.delete(reply.id, thread_id=thread).deleted
    assert client.beta.threads.messages.list(thread).data == []


def test_a_client_that_disconnects_does_not_stop_the_run(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", gate_after=2))
    thread = ask(client)
    run_id = ""
    with client.beta.threads.runs.create(thread, assistant_id=assistant.id, stream=True) as stream:
        for event in stream:
            if event.event == "thread.run.created":
                run_id = event.data.id
            if event.event == "thread.message.delta":
                break
    provider.release()
    run = client.beta.threads.runs.poll(run_id, thread, poll_interval_ms=20)
    assert run.status == "completed"
    assert reply_of(client, thread) == "one two three"


def test_a_stream_requested_twice_with_one_key_is_one_run(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    thread = ask(client)
    transcripts = []
    for _ in range(2):
        with client.beta.threads.runs.create(
            thread,
            assistant_id=assistant.id,
            stream=True,
            extra_headers={"Idempotency-Key": f"stream-of-{thread}"},
        ) as stream:
            transcripts.append([(event.event, event.data.to_json()) for event in stream])
    assert transcripts[0] == transcripts[1]
    assert len(client.beta.threads.runs.list(thread).data) == 1
    assert len(provider.completions) == 1


def test_a_stream_has_only_events_of_the_vendor(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    # The log also has events of ours, such as reasoning, which only the page shows.
    provider.enqueue(Reply(text="one", reasoning="Let me think about it."))
    thread = ask(client)
    with client.beta.threads.runs.create(thread, assistant_id=assistant.id, stream=True) as stream:
        names = [str(event.event) for event in stream]
    assert names[-1] == "thread.run.completed"
    assert [name for name in names if name.startswith("playground.")] == []
