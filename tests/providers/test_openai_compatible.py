"""Endpoints and their dialects, against a scripted server."""

import json
import threading
import time
from typing import Any

import httpx2
import pytest

from assistants_app.domain.errors import KeyRefused, RunFailure, RunStopped
from assistants_app.providers.chat import (
    ChatDelta,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    StopSignal,
)
from assistants_app.providers.deltas import DeltaReader
from assistants_app.providers.discovery import check_endpoint
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import retry_after
from assistants_app.providers.openai_compatible import OpenAICompatible
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.providers.asking import (
    TOOL,
    Answer,
    calls,
    deltas,
    endpoint,
    read_chunks,
    request,
    sse_data,
    text,
)


@pytest.fixture
def model(provider: ScriptedProvider) -> OpenAICompatible:
    return OpenAICompatible(endpoint(provider))


def test_only_given_parameters_are_sent(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    deltas(model, request(temperature=0, top_p=None))
    sent = provider.completions[0]
    assert set(sent) == {"model", "messages", "stream", "stream_options", "temperature"}
    assert provider.history[0].headers["authorization"] == "Bearer secret-key"


def test_text_refusals_reasoning_and_usage_are_read(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(reasoning="hm", text="a b", refusal="no", usage=(7, 3)))
    received = deltas(model, request())
    assert text(received) == "a b"
    assert RefusalDelta("no") in received
    assert ReasoningDelta("hm") in received
    last = received[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.usage.prompt_tokens, last.usage.completion_tokens) == ("stop", 7, 3)


def test_usage_that_is_not_reported_is_estimated(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", usage=None))
    last = deltas(model, request())[-1]
    assert isinstance(last, Finished)
    assert last.usage.estimated
    assert last.usage.completion_tokens == 3


@pytest.mark.parametrize("phase", ["headers", "stream"])
def test_stopping_ends_a_stream_in_every_phase(
    model: OpenAICompatible, provider: ScriptedProvider, phase: str
) -> None:
    provider.enqueue(Reply(text="a b", hang=phase))
    stop = StopSignal()
    threading.Timer(0.1, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(RunStopped):
        list(Answer(model, request(), stop=stop))
    assert time.monotonic() - begun < 1
    if phase == "stream":
        provider.wait_closed_early()


def test_stopping_ends_the_wait_for_a_rate_limit(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(status=429, headers={"retry-after": "20"}, body={"error": {}}))
    stop = StopSignal()
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(RunStopped):
        list(Answer(model, request(), stop=stop))


def test_closing_a_stream_closes_its_connection(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="a b c", gate_after=1))
    stream = Answer(model, request())
    next(stream)
    stream.close()
    provider.wait_closed_early()


@pytest.mark.parametrize(
    ("name", "value", "sent_instead"),
    [
        ("max_completion_tokens", 5, "max_tokens"),
        ("reasoning_effort", "low", None),
        ("parallel_tool_calls", False, None),
    ],
)
def test_a_refused_parameter_is_left_out_and_remembered(
    model: OpenAICompatible,
    provider: ScriptedProvider,
    name: str,
    value: Any,
    sent_instead: str | None,
) -> None:
    refusal = Reply(status=400, body={"error": {"message": f"Unrecognized argument: {name}"}})
    provider.enqueue(refusal, Reply(text="ok"), Reply(text="ok"))
    for _ in range(2):
        assert text(deltas(model, request(**{name: value}))) == "ok"
    first, second, third = provider.completions
    assert first[name] == value
    assert name not in second
    assert name not in third
    assert sent_instead is None or third[sent_instead] == value


def test_the_key_is_never_in_a_message(model: OpenAICompatible, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(status=401, body={"error": {"message": "bad secret-key"}}))
    with pytest.raises(KeyRefused, match="Scripted didn't accept the API key") as caught:
        deltas(model, request())
    assert "secret-key" not in caught.value.message


def test_an_unreachable_endpoint_names_its_host_and_port() -> None:
    nowhere = Endpoint(name="Nowhere", base_url="http://127.0.0.1:9/v1", api_key="")
    with pytest.raises(RunFailure, match=r"Couldn't reach Nowhere at http://127\.0\.0\.1:9/v1 "):
        check_endpoint(nowhere)


def test_a_request_waits_for_a_server_that_loads_its_model(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    loading = Reply(status=503, body={"error": {"message": "Loading model"}})
    provider.enqueue(loading, Reply(text="ready"))
    assert text(deltas(model, request())) == "ready"


def test_tools_that_the_endpoint_refuses_use_constrained_replies(
    provider: ScriptedProvider,
) -> None:
    model = OpenAICompatible(endpoint(provider))
    refusal = Reply(status=400, body={"error": {"message": "tiny does not support tools"}})
    answer = Reply(chunks=['{"to', 'ol": "f", "argu', 'ments": {"a": "}', '"}', "}"])
    provider.enqueue(refusal, answer)
    received = deltas(model, request(tools=[TOOL]))
    assert calls(received) == {0: ("f", '{"a": "}"}')}
    last = received[-1]
    assert isinstance(last, Finished)
    assert last.reason == "tool_calls"
    sent = provider.completions[1]
    assert "tools" not in sent
    branches = sent["response_format"]["json_schema"]["schema"]["anyOf"]
    assert [list(branch["properties"]) for branch in branches] == [["tool", "arguments"], ["reply"]]


def test_a_constrained_reply_is_plain_text_to_the_reader(provider: ScriptedProvider) -> None:
    model = OpenAICompatible(endpoint(provider, native_tools=False))
    pieces = ['{"reply"', ': "Say \\', '"hi\\u00', "e9\\ud83c", '\\udf89\\n"', "}"]
    provider.enqueue(Reply(chunks=pieces))
    received = deltas(model, request(tools=[TOOL]))
    assert text(received) == 'Say "hié🎉\n'
    assert calls(received) == {}


def test_after_a_result_the_tools_are_withheld(provider: ScriptedProvider) -> None:
    model = OpenAICompatible(endpoint(provider, native_tools=False))
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    history = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "42"},
    ]
    provider.enqueue(Reply(text="It is 42."))
    assert text(deltas(model, request(messages=history, tools=[TOOL]))) == "It is 42."
    sent = provider.completions[0]
    assert "response_format" not in sent
    assert [row["role"] for row in sent["messages"]] == ["user", "assistant", "user"]
    assert sent["messages"][2]["content"] == "Result of f: 42"


def test_the_constrained_schema_honours_the_tool_choice(provider: ScriptedProvider) -> None:
    model = OpenAICompatible(endpoint(provider, native_tools=False))
    other = {"type": "function", "function": {"name": "g"}}
    named = {"type": "function", "function": {"name": "g"}}
    provider.enqueue(Reply(text='{"tool": "g", "arguments": {}}'), Reply(text="plain"))
    received = deltas(model, request(tools=[TOOL, other], tool_choice=named))
    assert calls(received) == {0: ("g", "{}")}
    schema = provider.completions[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["tool"] == {"const": "g"}
    deltas(model, request(tools=[TOOL], tool_choice="none"))
    assert "response_format" not in provider.completions[1]


def test_native_calls_stream_their_arguments(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(tool_calls=[ToolCall("f", '{"a": 1}'), ToolCall("f", '{"a": 2}')]))
    received = deltas(model, request(tools=[TOOL]))
    assert calls(received) == {0: ("f", '{"a": 1}'), 1: ("f", '{"a": 2}')}


def read(*lines: str) -> list[ChatDelta]:
    """Return the deltas in these lines of a stream."""
    reader = DeltaReader(request(), Endpoint(name="X", base_url="", api_key=""))
    return read_chunks(reader, [line.encode() for line in lines])


def test_dialects_of_server_sent_events_are_read() -> None:
    chunks = [b": comment\r\nda", b"ta: {\r\ndata: }\r\n\r\n", b"event: x\ndata:[1]\n\ndata: end"]
    assert sse_data(chunks) == [b"{\n}", b"[1]", b"end"]


def test_calls_without_index_or_with_object_arguments_are_read() -> None:
    one = {"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}
    two = {"id": "b", "function": {"name": "g", "arguments": "{}"}}
    chunks: list[dict[str, Any]] = [
        {"choices": [{"delta": {"tool_calls": [one]}}]},
        {"choices": [{"delta": {"tool_calls": [two]}, "finish_reason": "tool_calls"}]},
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}},
    ]
    received = read(*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks))
    assert calls(received) == {0: ("f", '{"x": 1}'), 1: ("g", "{}")}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (['data: {"error": {"message": "boom"}}\n\n'], "boom"),
        (['data: {"choices":[{"delta":{"content":"a"}}]}\n\n'], "in the middle of a reply"),
        (["data: <html>\n\n"], "not JSON"),
    ],
)
def test_a_stream_without_a_proper_end_is_a_failure(lines: list[str], says: str) -> None:
    with pytest.raises(RunFailure, match=says):
        read(*lines)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx2.Headers(headers)) == seconds
