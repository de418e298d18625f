"""Every parameter of a run takes effect, in the request to the provider and afterwards."""

from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import Run

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.sdk.steps import ask, reply_of

CALL = Reply(tool_calls=[ToolCall("get_weather", "{}", id="call_1")], usage=(100, 200))


def answered(client: OpenAI, assistant: Assistant, thread: str, **settings: Any) -> Run:
    return client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20, **settings
    )


def go_on(client: OpenAI, run: Run, output: str = "sunny") -> Run:
    return client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=run.thread_id,
        tool_outputs=[{"tool_call_id": "call_1", "output": output}],
        poll_interval_ms=20,
    )


def reason(run: Run) -> str | None:
    return run.incomplete_details.reason if run.incomplete_details else None


def test_completion_tokens_are_counted_over_the_whole_run(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(CALL, Reply(text="It is", finish_reason="length", usage=(100, 56)))
    run = answered(client, assistant, ask(client), max_completion_tokens=256)
    run = go_on(client, run)
    assert [sent["max_completion_tokens"] for sent in provider.completions] == [256, 56]
    assert (run.status, reason(run)) == ("incomplete", "max_completion_tokens")
    assert run.usage is not None
    assert run.usage.completion_tokens == 256


def test_a_run_without_tokens_left_makes_no_further_call(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    spent = Reply(tool_calls=[ToolCall("get_weather", "{}", id="call_1")], usage=(100, 256))
    provider.enqueue(spent)
    run = go_on(client, answered(client, assistant, ask(client), max_completion_tokens=256))
    assert (run.status, reason(run)) == ("incomplete", "max_completion_tokens")
    assert len(provider.completions) == 1


def test_prompt_tokens_limit_the_history_and_the_run(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    thread = ask(client, "old " * 400)
    client.beta.threads.messages.create(thread, role="user", content="new " * 100)
    provider.enqueue(CALL)
    run = answered(client, assistant, thread, max_prompt_tokens=400)
    [sent] = provider.completions
    assert [message["content"][:3] for message in sent["messages"]] == ["You", "new"]
    # 300 of 400 tokens are left, and the new message with this long result needs more.
    run = go_on(client, run, "word " * 400)
    assert (run.status, reason(run)) == ("incomplete", "max_prompt_tokens")
    assert len(provider.completions) == 1


def test_a_prompt_that_never_fits_is_not_sent(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    run = answered(client, assistant, ask(client, "word " * 400), max_prompt_tokens=256)
    assert (run.status, reason(run)) == ("incomplete", "max_prompt_tokens")
    assert provider.completions == []


def test_the_last_messages_are_sent(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    thread = ask(client, "one")
    for text in ("two", "three"):
        client.beta.threads.messages.create(thread, role="user", content=text)
    strategy: Any = {"type": "last_messages", "last_messages": 2}
    run = answered(client, assistant, thread, truncation_strategy=strategy)
    assert run.truncation_strategy is not None
    assert run.truncation_strategy.to_dict() == strategy
    assert [row["content"] for row in provider.completions[0]["messages"][1:]] == ["two", "three"]


@pytest.mark.parametrize(
    ("choice", "sent_as"),
    [
        (None, None),
        ("auto", None),
        ("none", "none"),
        ("required", "required"),
        (
            {"type": "function", "function": {"name": "get_weather"}},
            {"type": "function", "function": {"name": "get_weather"}},
        ),
    ],
)
def test_the_choice_of_a_tool_reaches_the_model(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, choice: Any, sent_as: Any
) -> None:
    run = answered(client, assistant, ask(client), tool_choice=choice)
    [sent] = provider.completions
    assert sent.get("tool_choice") == sent_as
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["get_weather"]
    expected = choice or "auto"
    shown = run.tool_choice
    assert (shown if isinstance(shown, str) else shown.to_dict()) == expected  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "no function named 'f'"),
        ({"tool_choice": {"type": "file_search"}}, "no tool of type 'file_search'"),
        ({"tool_choice": "required", "tools": []}, "only allowed when 'tools' are specified"),
    ],
)
def test_a_tool_that_the_run_does_not_have_cannot_be_chosen(
    client: OpenAI, assistant: Assistant, settings: Any, says: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=says) as caught:
        client.beta.threads.runs.create(ask(client), assistant_id=assistant.id, **settings)
    assert caught.value.param == "tool_choice"


def test_only_one_call_is_kept_if_the_model_ignores_the_setting(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    both = [ToolCall("get_weather", "{}", id=f"call_{number}") for number in (1, 2)]
    provider.enqueue(Reply(tool_calls=both))
    run = answered(client, assistant, ask(client), parallel_tool_calls=False)
    assert run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [call.id for call in calls] == ["call_1"]
    assert provider.completions[0]["parallel_tool_calls"] is False
    assert go_on(client, run).status == "completed"


SCHEMA: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "answer",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"x": {"type": "integer"}},
            "required": ["x"],
            "additionalProperties": False,
        },
    },
}


@pytest.mark.parametrize("given", ["auto", {"type": "text"}, {"type": "json_object"}, SCHEMA])
def test_the_response_format_reaches_the_model(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, given: Any
) -> None:
    run = answered(client, assistant, ask(client), response_format=given)
    assert provider.completions[0].get("response_format") == (None if given == "auto" else given)
    shown = run.response_format
    assert (shown if isinstance(shown, str) else shown.to_dict()) == given  # type: ignore[union-attr]


def test_absent_null_zero_and_empty_differ(client: OpenAI, provider: ScriptedProvider) -> None:
    assistant = client.beta.assistants.create(
        model=MODEL, instructions="Base.", temperature=0.5, tools=[], metadata={"a": "1"}
    )
    thread = ask(client)
    cases: list[tuple[dict[str, Any], float, str | None]] = [
        ({}, 0.5, "Base."),
        ({"temperature": None, "instructions": None}, 0.5, "Base."),
        ({"temperature": 0, "instructions": ""}, 0, None),
    ]
    for settings, temperature, instructions in cases:
        provider.history.clear()
        run = answered(client, assistant, thread, **settings)
        [sent] = provider.completions
        system = [row["content"] for row in sent["messages"] if row["role"] == "system"]
        assert sent["temperature"] == run.temperature == temperature
        assert system == ([instructions] if instructions else [])
    updated = client.beta.assistants.update(assistant.id, temperature=None, metadata=None)
    assert (updated.temperature, updated.metadata) == (1.0, {})


def test_reasoning_effort_reaches_the_model_and_reasoning_no_message(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(reasoning="Hm, let me think.", text="Four."))
    thread = ask(client)
    answered(client, assistant, thread, reasoning_effort="high")
    assert provider.completions[0]["reasoning_effort"] == "high"
    assert reply_of(client, thread) == "Four."


def test_tokens_are_counted_if_the_provider_reports_none(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", usage=None))
    run = answered(client, assistant, ask(client))
    assert run.usage is not None
    assert run.usage.completion_tokens == 3
    assert run.usage.prompt_tokens > 5
