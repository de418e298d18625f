"""Runs through the SDK: streaming, polling, cancelling, functions and failures."""

from typing import Any

import openai
import pytest
from openai import AssistantEventHandler, OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads.run_submit_tool_outputs_params import ToolOutput

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import wait_until
from tests.sdk.steps import ask, reply_of, status_of

WEATHER = [
    ToolCall("get_weather", '{"location": "Paris"}', id="call_paris"),
    ToolCall("get_weather", '{"location": "London"}', id="call_london"),
]
OUTPUTS: list[ToolOutput] = [
    {"tool_call_id": "call_paris", "output": "11"},
    {"tool_call_id": "call_london", "output": ""},
]


def test_a_run_adds_the_providers_reply(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="x is 1.", usage=(31, 7)))
    thread = ask(client, "Solve 3x + 11 = 14")
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.status == "completed"
    assert run.usage is not None
    assert (run.usage.prompt_tokens, run.usage.completion_tokens) == (31, 7)
    assert run.started_at
    assert run.completed_at
    assert run.expires_at is None
    assert reply_of(client, thread) == "x is 1."
    [sent] = provider.completions
    assert sent["messages"] == [
        {"role": "system", "content": "You are a personal math tutor."},
        {"role": "user", "content": "Solve 3x + 11 = 14"},
    ]
    assert "temperature" not in sent
    [step] = client.beta.threads.runs.steps.list(run.id, thread_id=thread).data
    assert step.type == "message_creation"
    assert step.usage is not None
    assert step.usage.total_tokens == run.usage.total_tokens
    assert client.beta.threads.runs.steps.retrieve(step.id, thread_id=thread, run_id=run.id) == step


class Listener(AssistantEventHandler):
    """Collects the text and calls that the SDK's handler receives."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.calls: list[str] = []

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.text.append(delta.value or "")

    def on_tool_call_done(self, tool_call: Any) -> None:
        self.calls.append(tool_call.function.arguments)


def test_the_sdks_event_handler_receives_every_token(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    text = " ".join(f"word{number}" for number in range(200))
    provider.enqueue(Reply(text=text, delay=0.001))
    listener = Listener()
    with client.beta.threads.runs.stream(
        thread_id=ask(client), assistant_id=assistant.id, event_handler=listener
    ) as stream:
        stream.until_done()
    assert "".join(listener.text) == text
    assert len(listener.text) > 20
    assert stream.get_final_messages()[0].content[0].type == "text"


def test_parallel_calls_wait_for_all_outputs(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(tool_calls=WEATHER, usage=(20, 9)), Reply(text="Mild.", usage=(40, 2)))
    thread = ask(client)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.status == "requires_action"
    assert run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [call.function.arguments for call in calls] == [
        '{"location": "Paris"}',
        '{"location": "London"}',
    ]
    with pytest.raises(openai.BadRequestError, match="Expected tool outputs for call_ids"):
        client.beta.threads.runs.submit_tool_outputs(
            run.id, thread_id=thread, tool_outputs=OUTPUTS[:1]
        )
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id, thread_id=thread, tool_outputs=OUTPUTS, poll_interval_ms=20
    )
    assert run.status == "completed"
    assert run.usage is not None
    assert (run.usage.prompt_tokens, run.usage.completion_tokens) == (60, 11)
    assert provider.completions[1]["messages"][-3:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in WEATHER
            ],
        },
        {"role": "tool", "tool_call_id": "call_paris", "content": "11"},
        {"role": "tool", "tool_call_id": "call_london", "content": ""},
    ]
    steps = client.beta.threads.runs.steps.list(run.id, thread_id=thread, order="asc").data
    assert [step.type for step in steps] == ["tool_calls", "message_creation"]
    assert sum(step.usage.total_tokens for step in steps if step.usage) == run.usage.total_tokens


def test_outputs_can_be_submitted_as_a_stream(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Let me look.", tool_calls=WEATHER), Reply(text="Mild."))
    listener = Listener()
    with client.beta.threads.runs.stream(
        thread_id=ask(client), assistant_id=assistant.id, event_handler=listener
    ) as stream:
        stream.until_done()
    run = stream.current_run
    assert run is not None
    assert run.status == "requires_action"
    assert listener.calls == ['{"location": "Paris"}', '{"location": "London"}']
    with client.beta.threads.runs.submit_tool_outputs_stream(
        run_id=run.id, thread_id=run.thread_id, tool_outputs=OUTPUTS
    ) as rest:
        events = [event.event for event in rest]
    assert events[0] == "thread.run.step.completed"
    assert events[-1] == "thread.run.completed"
    assert reply_of(client, run.thread_id) == "Mild."
    assert provider.completions[1]["messages"][-3]["content"] == "Let me look."


def test_a_call_of_an_unknown_function_is_an_error_for_the_model(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(tool_calls=[ToolCall("nonsense")]), Reply(text="Sorry."))
    thread = ask(client)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.status == "completed"
    assert "no function named 'nonsense'" in provider.completions[1]["messages"][-1]["content"]


def test_cancelling_keeps_the_partial_message_and_ends_the_providers_stream(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four five", gate_after=3))
    thread = ask(client)
    run = client.beta.threads.runs.create(thread_id=thread, assistant_id=assistant.id)
    provider.wait_held()
    with pytest.raises(openai.BadRequestError, match=f"while a run {run.id} is active"):
        client.beta.threads.messages.create(thread, role="user", content="x")
    with pytest.raises(openai.BadRequestError, match=f"already has an active run {run.id}"):
        client.beta.threads.runs.create(thread_id=thread, assistant_id=assistant.id)
    assert client.beta.threads.runs.cancel(run.id, thread_id=thread).status == "cancelling"
    provider.wait_closed_early(timeout=2)
    wait_until(lambda: status_of(client, run.id, thread) == "cancelled", seconds=2)
    message = client.beta.threads.messages.list(thread).data[0]
    assert message.status == "incomplete"
    assert message.incomplete_details is not None
    assert message.incomplete_details.reason == "run_cancelled"
    assert reply_of(client, thread) == "one two three"
    with pytest.raises(openai.BadRequestError, match="Cannot cancel run with status 'cancelled'"):
        client.beta.threads.runs.cancel(run.id, thread_id=thread)


def test_a_run_that_waits_for_outputs_is_cancelled_at_once(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(tool_calls=WEATHER))
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "x"}]},
        poll_interval_ms=20,
    )
    assert client.beta.threads.runs.cancel(run.id, thread_id=run.thread_id).status == "cancelled"
    [step] = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id).data
    assert step.status == "cancelled"
    client.beta.threads.messages.create(run.thread_id, role="user", content="free again")


@pytest.mark.parametrize(
    ("reply", "code", "says"),
    [
        (Reply(status=401, body={"error": {"message": "no"}}), "server_error", "API key"),
        (
            Reply(status=404, body={"error": {"message": "no such model"}}),
            "server_error",
            "doesn't have the model",
        ),
        (
            Reply(
                status=400,
                body={"error": {"message": "maximum context length is 10 tokens"}},
            ),
            "server_error",
            "longer than the context",
        ),
        (
            Reply(status=429, body={"error": {"message": "q", "code": "insufficient_quota"}}),
            "rate_limit_exceeded",
            "quota",
        ),
        (Reply(text="a b c", drop_after=2), "server_error", "broke the connection"),
        (Reply(text="a b c", error_after=2), "server_error", "The model crashed"),
    ],
)
def test_provider_failures_say_what_to_do(
    client: OpenAI,
    assistant: Assistant,
    provider: ScriptedProvider,
    reply: Reply,
    code: str,
    says: str,
) -> None:
    provider.enqueue(reply)
    thread = ask(client)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.status == "failed"
    assert run.last_error is not None
    assert run.last_error.code == code
    assert says in run.last_error.message
    assert run.failed_at


def test_a_rate_limited_call_is_tried_again(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    limited = Reply(status=429, headers={"retry-after-ms": "20"}, body={"error": {"message": "!"}})
    provider.enqueue(limited, limited, Reply(text="Now."))
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "x"}]},
        poll_interval_ms=20,
    )
    assert run.status == "completed"
    provider.enqueue(limited, limited, limited)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=run.thread_id, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.last_error is not None
    assert run.last_error.code == "rate_limit_exceeded"


def test_a_reply_cut_by_length_is_incomplete(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="never ending", finish_reason="length", usage=(5, 300)))
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "x"}]},
        max_completion_tokens=300,
        poll_interval_ms=20,
    )
    assert run.status == "incomplete"
    assert run.incomplete_details is not None
    assert run.incomplete_details.reason == "max_completion_tokens"
    assert provider.completions[0]["max_completion_tokens"] == 300
    assert reply_of(client, run.thread_id) == "never ending"


def test_a_run_overrides_its_assistant(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    run = client.beta.threads.runs.create_and_poll(
        thread_id=ask(client, "first"),
        assistant_id=assistant.id,
        model="scripted-2",
        instructions="Be short.",
        additional_instructions="Very.",
        additional_messages=[{"role": "user", "content": "second"}],
        temperature=0,
        top_p=0.5,
        tools=[],
        tool_choice="none",
        truncation_strategy={"type": "last_messages", "last_messages": 1},
        metadata={"k": "v"},
        poll_interval_ms=20,
    )
    assert run.instructions == "Be short.\nVery."
    [sent] = provider.completions
    assert sent["model"] == "scripted-2"
    assert (sent["temperature"], sent["top_p"]) == (0, 0.5)
    assert "tools" not in sent
    assert sent["messages"] == [
        {"role": "system", "content": "Be short.\nVery."},
        {"role": "user", "content": "second"},
    ]
    updated = client.beta.threads.runs.update(run.id, thread_id=run.thread_id, metadata={})
    assert updated.metadata == {}
    assert client.beta.threads.runs.list(run.thread_id).data[0].id == run.id


def test_the_last_event_of_each_object_is_the_object(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Let me look.", tool_calls=WEATHER), Reply(text="Mild."))
    last: dict[str, Any] = {}
    deltas: dict[str, str] = {}
    run_id, thread = "", ask(client)
    first = client.beta.threads.runs.stream(thread_id=thread, assistant_id=assistant.id)
    for number in range(2):
        with (
            first
            if number == 0
            else client.beta.threads.runs.submit_tool_outputs_stream(
                run_id=run_id, thread_id=thread, tool_outputs=OUTPUTS
            )
        ) as stream:
            for event in stream:
                if event.event == "thread.message.delta" and event.data.delta.content:
                    [part] = event.data.delta.content
                    assert part.type == "text"
                    assert part.text is not None
                    deltas[event.data.id] = deltas.get(event.data.id, "") + (part.text.value or "")
                elif not event.event.endswith(("delta", "error")):
                    last[event.data.id] = event.data  # type: ignore[union-attr]
                if event.event == "thread.run.created":
                    run_id = event.data.id
    runs, steps = client.beta.threads.runs, client.beta.threads.runs.steps
    state: dict[str, Any] = {run_id: runs.retrieve(run_id, thread_id=thread)}
    state |= {step.id: step for step in steps.list(run_id, thread_id=thread)}
    messages = client.beta.threads.messages.list(thread, run_id=run_id).data
    state |= {message.id: message for message in messages}
    assert last == state
    assert deltas == {
        message.id: part.text.value
        for message in messages
        for part in message.content
        if part.type == "text"
    }
