"""Every parameter through the SDK is returned as given, and reaches the model if it is for it."""

from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite, wait_until
from tests.sdk.clients import sync_client

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FUNCTION: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": SCHEMA,
        "strict": True,
    },
}
SEARCH: dict[str, Any] = {
    "type": "file_search",
    "file_search": {
        "max_num_results": 5,
        "ranking_options": {"ranker": "default_2024_08_21", "score_threshold": 0.5},
    },
}
AUTO_SEARCH: dict[str, Any] = {
    "type": "file_search",
    "file_search": {"ranking_options": {"ranker": "auto", "score_threshold": 0}},
}
INTERPRETER: dict[str, Any] = {"type": "code_interpreter"}
FORMATS: list[Any] = [
    "auto",
    {"type": "text"},
    {"type": "json_object"},
    {
        "type": "json_schema",
        "json_schema": {"name": "a", "description": "b", "schema": SCHEMA, "strict": True},
    },
]
CONTENT: list[Any] = [
    {"type": "text", "text": "What is this?"},
    *(
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": detail}}
        for detail in ("auto", "low", "high")
    ),
]
MESSAGES: list[Any] = [
    {"role": "user", "content": CONTENT, "metadata": {"a": "b"}, "attachments": []},
    {"role": "assistant", "content": "I see."},
]


def shown(model: Any) -> Any:
    """Return a part of a response as its JSON."""
    return model if isinstance(model, str) else model.to_dict()


@pytest.mark.parametrize("effort", EFFORTS)
def test_an_assistant_keeps_every_parameter(client: OpenAI, effort: Any) -> None:
    parameters: dict[str, Any] = {
        "model": MODEL,
        "name": "Tutor",
        "description": "Helps.",
        "instructions": "Be brief.",
        "tools": [FUNCTION, SEARCH, AUTO_SEARCH, INTERPRETER],
        # Each tool that may have resources shows its list.
        "tool_resources": {
            "code_interpreter": {"file_ids": []},
            "file_search": {"vector_store_ids": []},
        },
        "metadata": {"a": "b"},
        "temperature": 0.5,
        "top_p": 0.25,
        "reasoning_effort": effort,
    }
    made = client.beta.assistants.create(**parameters)
    assert made.to_dict() | parameters == made.to_dict()
    changed = client.beta.assistants.update(made.id, **parameters, response_format="auto")
    assert changed == made


@pytest.mark.parametrize("asked", FORMATS)
def test_an_assistant_keeps_its_response_format(client: OpenAI, asked: Any) -> None:
    made = client.beta.assistants.create(model=MODEL, response_format=asked)
    assert shown(made.response_format) == asked
    changed = client.beta.assistants.update(made.id, response_format=asked)
    assert shown(changed.response_format) == asked


def test_a_thread_keeps_its_messages(client: OpenAI) -> None:
    thread = client.beta.threads.create(messages=MESSAGES, metadata={"c": "d"}, tool_resources={})
    assert client.beta.threads.update(thread.id, metadata={}, tool_resources={}).metadata == {}
    single = client.beta.threads.create()
    for message in MESSAGES:
        client.beta.threads.messages.create(single.id, **message)
    for made in (thread, single):
        first, second = client.beta.threads.messages.list(made.id, order="asc").data
        assert [part.type for part in first.content] == ["text"] + ["image_url"] * 3
        assert [shown(part) for part in first.content[1:]] == CONTENT[1:]
        assert (first.metadata, second.role) == ({"a": "b"}, "assistant")


def test_a_run_adds_messages_of_every_kind(client: OpenAI) -> None:
    assistant = client.beta.assistants.create(model=MODEL).id
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant, thread={"messages": MESSAGES}, poll_interval_ms=20
    )
    client.beta.threads.runs.create_and_poll(
        thread_id=run.thread_id,
        assistant_id=assistant,
        additional_messages=MESSAGES,
        poll_interval_ms=20,
    )
    given = [
        message
        for message in client.beta.threads.messages.list(run.thread_id, order="asc").data
        if message.run_id is None
    ]
    assert [message.role for message in given] == ["user", "assistant"] * 2
    for message in (given[0], given[2]):
        assert [shown(part) for part in message.content[1:]] == CONTENT[1:]


def test_messages_page_by_every_parameter(client: OpenAI) -> None:
    messages = client.beta.threads.messages
    thread = client.beta.threads.create().id
    ids = [messages.create(thread, role="user", content=str(n)).id for n in range(4)]
    page = messages.list(thread, limit=2, order="desc", after=ids[3])
    assert [item.id for item in page.data] == [ids[2], ids[1]]
    page = messages.list(thread, order="asc", before=ids[1])
    assert [item.id for item in page.data] == [ids[0]]


def test_runs_and_steps_page_by_every_parameter(client: OpenAI) -> None:
    runs = client.beta.threads.runs
    assistant = client.beta.assistants.create(model=MODEL).id
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "x"}]).id
    made = [
        runs.create_and_poll(thread_id=thread, assistant_id=assistant, poll_interval_ms=20).id
        for _ in range(3)
    ]
    assert [run.id for run in runs.list(thread, limit=1, order="asc", after=made[0]).data] == [
        made[1]
    ]
    assert [run.id for run in runs.list(thread, order="desc", before=made[1]).data] == [made[2]]
    [step] = runs.steps.list(made[0], thread_id=thread, limit=5, order="asc").data
    listed = runs.steps.list(made[0], thread_id=thread, order="desc", after=step.id)
    assert listed.data == []
    assert runs.steps.list(made[0], thread_id=thread, before=step.id).data == []
    assert runs.steps.retrieve(step.id, thread_id=thread, run_id=made[0]) == step


OVERRIDES: dict[str, Any] = {
    "model": "scripted-2",
    "instructions": "Be brief.",
    "tools": [FUNCTION],
    "metadata": {"a": "b"},
    "temperature": 0,
    "top_p": 0.25,
    "max_prompt_tokens": 1000,
    "max_completion_tokens": 500,
    "parallel_tool_calls": False,
    "truncation_strategy": {"type": "last_messages", "last_messages": 1},
}
CHOICES: list[Any] = [
    "none",
    "auto",
    "required",
    {"type": "function", "function": {"name": "get_weather"}},
]


@pytest.mark.parametrize("whole", [False, True], ids=["run", "thread and run"])
@pytest.mark.parametrize("choice", CHOICES)
def test_a_run_passes_its_parameters_on(
    client: OpenAI, provider: ScriptedProvider, choice: Any, whole: bool
) -> None:
    assistant = client.beta.assistants.create(model=MODEL).id
    provider.enqueue(Reply(text="Mild."))
    asked = {**OVERRIDES, "tool_choice": choice, "assistant_id": assistant}
    run = run_whole(client, asked, whole=whole)
    assert run.status == "completed", run.last_error
    returned = run.to_dict()
    assert {**returned, **OVERRIDES} == returned
    assert shown(run.tool_choice) == choice
    [sent] = provider.completions
    passed = {"model": "scripted-2", "temperature": 0, "top_p": 0.25}
    assert {**sent, **passed} == sent
    assert sent["max_completion_tokens"] == 500
    if choice == "none":
        assert sent.get("tool_choice", "none") == "none"
    else:
        assert sent["parallel_tool_calls"] is False
        assert sent["tools"] == [FUNCTION]
        assert sent.get("tool_choice", "auto") == choice
    assert sent["messages"][-1] == {"role": "user", "content": "And London?"}
    assert len(sent["messages"]) == 2


def run_whole(client: OpenAI, asked: dict[str, Any], *, whole: bool) -> Any:
    """Create a run and wait for its end, with a new thread (`whole`) or on an existing one."""
    earlier, newest = (
        {"role": "user", "content": "Paris?", "metadata": {}},
        {"role": "user", "content": "And London?", "attachments": []},
    )
    if whole:
        thread: Any = {"messages": [earlier, newest], "metadata": {"t": "1"}, "tool_resources": {}}
        return client.beta.threads.create_and_run_poll(
            **asked, thread=thread, tool_resources={}, poll_interval_ms=20
        )
    made = client.beta.threads.create(messages=[earlier])  # type: ignore[list-item]
    return client.beta.threads.runs.create_and_poll(
        thread_id=made.id,
        **asked,
        additional_instructions="",
        additional_messages=[newest],  # type: ignore[list-item]
        poll_interval_ms=20,
    )


@pytest.mark.parametrize("whole", [False, True], ids=["run", "thread and run"])
@pytest.mark.parametrize("asked", FORMATS)
def test_a_run_passes_its_response_format_on(
    client: OpenAI, provider: ScriptedProvider, asked: Any, whole: bool
) -> None:
    assistant = client.beta.assistants.create(model=MODEL).id
    provider.enqueue(Reply(text='{"city": "Paris"}'))
    strategy = {"type": "auto"}
    settings = {"assistant_id": assistant, "response_format": asked}
    run = run_whole(client, {**settings, "truncation_strategy": strategy}, whole=whole)
    assert run.status == "completed", run.last_error
    assert shown(run.response_format) == asked
    [sent] = provider.completions
    if asked in ("auto", {"type": "text"}):
        assert sent.get("response_format", {"type": "text"}) == {"type": "text"}
    else:
        assert sent["response_format"] == asked


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_run_passes_its_reasoning_effort_on(
    client: OpenAI, provider: ScriptedProvider, effort: Any
) -> None:
    assistant = client.beta.assistants.create(model=MODEL).id
    provider.enqueue(Reply(text="Mild."))
    run = run_whole(client, {"assistant_id": assistant, "reasoning_effort": effort}, whole=False)
    assert run.status == "completed", run.last_error
    assert provider.completions[0]["reasoning_effort"] == effort


REFUSED: list[tuple[dict[str, Any], str, str | None]] = [
    ({"colour": "red"}, "colour", "unknown_parameter"),
    ({"name": "n" * 257}, "name", "string_above_max_length"),
    ({"tools": [FUNCTION] * 129}, "tools", "array_above_max_length"),
    ({"metadata": {str(n): "" for n in range(17)}}, "metadata", "object_above_max_properties"),
    ({"metadata": {"k" * 65: ""}}, f"metadata.{'k' * 65}", "property_name_above_max_length"),
    ({"reasoning_effort": "great"}, "reasoning_effort", "invalid_value"),
    (
        {"tools": [{"type": "function", "function": {"name": "a b"}}]},
        "tools[0].function.name",
        "invalid_value",
    ),
    (
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "f", "strict": True, "parameters": {"type": "object"}},
                }
            ]
        },
        "tools[0].function.parameters",
        "invalid_function_parameters",
    ),
    (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "strict": True, "schema": {"type": "array"}},
            }
        },
        "response_format",
        None,
    ),
]


@pytest.mark.parametrize(("extra", "param", "code"), REFUSED)
def test_the_sdk_raises_the_servers_errors(
    client: OpenAI, extra: dict[str, Any], param: str, code: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.assistants.create(model=MODEL, extra_body=extra)
    assert (caught.value.param, caught.value.code) == (param, code)


def test_a_missing_parameter_is_named(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Missing required parameter: 'role'"):
        client.post(
            "/threads/thread_x/messages",
            body={"content": "x"},
            cast_to=object,
            options={"headers": {"OpenAI-Beta": "assistants=v2"}},
        )
    thread = client.beta.threads.create().id
    with pytest.raises(openai.BadRequestError, match="integer below minimum value"):
        client.beta.threads.messages.list(thread, limit=0)


def test_missing_objects_are_named(client: OpenAI) -> None:
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "x"}]).id
    runs = client.beta.threads.runs
    with pytest.raises(openai.NotFoundError, match="No run found with id 'run_x'"):
        runs.retrieve("run_x", thread_id=thread)
    assistant = client.beta.assistants.create(model=MODEL).id
    run = runs.create_and_poll(thread_id=thread, assistant_id=assistant, poll_interval_ms=20)
    with pytest.raises(openai.NotFoundError, match="No run step found with id 'step_x'"):
        runs.steps.retrieve("step_x", thread_id=thread, run_id=run.id)
    resources: Any = {"file_search": {"vector_store_ids": ["vs_x"]}}
    with pytest.raises(openai.NotFoundError, match="No vector store found with id 'vs_x'"):
        client.beta.threads.create(tool_resources=resources)
    with pytest.raises(openai.BadRequestError, match='Runs in status "completed" do not accept'):
        runs.submit_tool_outputs(run.id, thread_id=thread, tool_outputs=[])


def test_a_cancelled_stream_reports_everything_that_ended(
    site: LiveSite, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four", gate_after=2))
    client, transport = sync_client(site.base_url, API_KEY)
    with client:
        assistant = client.beta.assistants.create(model=MODEL).id
        thread = client.beta.threads.create(messages=[{"role": "user", "content": "x"}]).id
        runs = client.beta.threads.runs
        with runs.stream(thread_id=thread, assistant_id=assistant) as stream:
            for event in stream:
                if event.event == "thread.message.delta":
                    break
            runs.cancel(runs.list(thread).data[0].id, thread_id=thread)
            stream.until_done()
        wait_until(lambda: transport.events[-1:] == ["done"])
    ends = ["thread.message.incomplete", "thread.run.step.cancelled", "thread.run.cancelled"]
    assert transport.events[-4:-1] == ends
    assert "thread.run.cancelling" in transport.events
    assert "thread.run.completed" not in transport.events


def test_a_stream_cut_by_length_ends_as_incomplete(
    site: LiveSite, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="never ending", finish_reason="length"))
    client, transport = sync_client(site.base_url, API_KEY)
    with client:
        assistant = client.beta.assistants.create(model=MODEL).id
        with client.beta.threads.create_and_run_stream(
            assistant_id=assistant,
            thread={"messages": [{"role": "user", "content": "x"}]},
            max_completion_tokens=300,
        ) as stream:
            stream.until_done()
    assert transport.events[-2:] == ["thread.run.incomplete", "done"]
    assert "thread.message.incomplete" in transport.events
