"""The dialects of streamed chat completions that real servers use."""

import json
from typing import Any

import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.providers.chat import (
    ChatDelta,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    ToolCallDelta,
)
from assistants_app.providers.deltas import DeltaReader
from assistants_app.providers.endpoint import Endpoint
from tests.providers.asking import calls, finished, read_chunks, request, sse_data, text

SOMEWHERE = Endpoint(name="X", base_url="http://x/v1", api_key="")


def events(*chunks: dict[str, Any], done: bool = True) -> list[bytes]:
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    return [*lines, b"data: [DONE]\n\n"] if done else lines


def choice(reason: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def call(index: int | None = None, call_id: str | None = None, **function: Any) -> dict[str, Any]:
    raw = {"index": index, "id": call_id, "function": function}
    return choice(tool_calls=[{key: value for key, value in raw.items() if value is not None}])


def read(chunks: list[bytes], **options: Any) -> list[ChatDelta]:
    return read_chunks(DeltaReader(request(**options), SOMEWHERE), chunks)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_read_wherever_they_are_cut(size: int) -> None:
    body = b": hi\r\n\r\n" + b"".join(events(choice(content="a é"), choice("stop", content="b")))
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    assert text(read(pieces)) == "a éb"


def test_a_finish_reason_without_done_ends_the_reply() -> None:
    received = read(events(choice("length", content="a"), done=False))
    assert finished(received).reason == "length"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("function_call", "tool_calls"), ("max_tokens", "length"), ("eos_token", "stop")],
)
def test_finish_reasons_of_other_servers_are_translated(theirs: str, ours: str) -> None:
    assert finished(read(events(choice(theirs, content="a")))).reason == ours


def test_the_reader_is_done_after_the_last_event() -> None:
    reader = DeltaReader(request(), SOMEWHERE)
    *chunks, last = events(choice("stop", content="a"))
    assert [text(list(reader.feed(chunk))) for chunk in chunks] == ["a"]
    assert not reader.is_done
    assert list(reader.feed(last)) == []
    assert reader.is_done
    assert finished(list(reader.end())).reason == "stop"


def test_an_emoji_cut_in_two_is_joined() -> None:
    halves = [
        choice(content="a\ud83c"),
        choice(content="\udf89b"),
        choice("stop", content="\udf89"),
    ]
    assert text(read(events(*halves))) == "a🎉b\ufffd"


def test_reasoning_and_refusals_keep_an_emoji_that_was_cut_in_two() -> None:
    chunks = [
        choice(reasoning_content="a\ud83c", refusal="c\ud83c"),
        choice(reasoning_content="\udf89", refusal="\udf89"),
        choice("stop", content="b"),
    ]
    deltas = read(events(*chunks))
    assert "".join(one.text for one in deltas if isinstance(one, ReasoningDelta)) == "a🎉"
    assert "".join(one.text for one in deltas if isinstance(one, RefusalDelta)) == "c🎉"


def test_text_that_postgresql_does_not_store_is_replaced() -> None:
    assert text(read(events(choice("stop", content="a\0b")))) == "a\ufffdb"


def test_a_letter_cut_in_two_bytes_costs_that_letter_only() -> None:
    body = events(choice("stop", content="né"))
    assert text(read([body[0].replace(b"\\u00e9", b"\xc3"), body[1]])) == "n\ufffd"


@pytest.mark.parametrize("empty", [b"data:\n\n", b"data: \n\n", b"data:\ndata:\n\n"])
def test_events_without_data_are_ignored(empty: bytes) -> None:
    said, done = events(choice("stop", content="hi"))
    assert text(read([empty, said, empty, done])) == "hi"
    assert text(read([said, empty])) == "hi"


def test_content_in_parts_becomes_text() -> None:
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "hi"}]
    assert text(read(events(choice("stop", content=parts)))) == "hi"


def test_reasoning_is_read_under_either_name() -> None:
    received = read(events(choice(reasoning="a"), choice(reasoning_content="b"), choice("stop")))
    assert received[:2] == [ReasoningDelta("a"), ReasoningDelta("b")]


def test_an_estimate_counts_no_images() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 10_000}}
    messages = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]
    usage = finished(read(events(choice("stop", content="A cat")), messages=messages)).usage
    assert usage.estimated
    assert usage.prompt_tokens < 10


def test_the_last_usage_counts() -> None:
    counts = [
        {"choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": n}} for n in (1, 9)
    ]
    assert finished(read(events(choice("stop"), *counts))).usage.completion_tokens == 9


def test_calls_that_all_have_the_index_0_are_kept_apart() -> None:
    received = read(
        events(
            call(0, "a", name="f", arguments="{}"),
            call(0, "b", name="f", arguments='{"x": 1}'),
            choice("stop"),
        )
    )
    assert calls(received) == {0: ("f", "{}"), 1: ("f", '{"x": 1}')}
    assert finished(received).reason == "tool_calls"


def test_the_id_and_name_of_a_call_appear_once() -> None:
    received = read(
        events(
            call(3, "a", name="f", arguments=""),
            call(3, "a", name="f", arguments="{"),
            call(3, arguments="}"),
            choice("tool_calls"),
        )
    )
    assert received[:-1] == [
        ToolCallDelta(0, "a", "f", ""),
        ToolCallDelta(0, None, None, "{"),
        ToolCallDelta(0, None, None, "}"),
    ]


def test_a_call_without_an_id_gets_one() -> None:
    first, second, last = read(events(call(name="f", arguments="{"), call(arguments="}")))
    assert isinstance(first, ToolCallDelta)
    assert (first.id or "").startswith("call_")
    assert second == ToolCallDelta(0, None, None, "}")
    assert isinstance(last, Finished)


def test_arguments_before_the_name_are_held_back() -> None:
    received = read(events(call(0, "a", arguments="{"), call(0, name="f", arguments="}")))
    assert received[:-1] == [ToolCallDelta(0, "a", "f", "{}")]


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"error": {"message": "boom"}}\n\n',
        b'error: {"code": 500, "message": "boom"}\n\n',
        b'{"error": "boom"}\n',
        b'data: {"object": "error", "message": "boom", "code": 400}\n\n',
    ],
)
def test_an_error_in_the_middle_of_a_stream_is_a_failure(body: bytes) -> None:
    with pytest.raises(RunFailure, match="X reported an error during its reply: boom") as caught:
        read([*events(choice(content="a"), done=False), body])
    assert caught.value.code == "server_error"


def test_a_rate_limit_in_the_middle_of_a_stream_keeps_its_code() -> None:
    with pytest.raises(RunFailure) as caught:
        read([b'data: {"error": {"message": "slow down", "code": 429}}\n\n'])
    assert caught.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize("reason", ["error", "abort"])
def test_a_reply_that_the_server_aborted_is_a_failure(reason: str) -> None:
    with pytest.raises(RunFailure, match="in the middle of a reply"):
        read(events(choice(reason, content="a")))


def test_an_empty_body_names_the_base_url() -> None:
    with pytest.raises(RunFailure, match="Check that http://x/v1 is the base URL"):
        read([b": nothing\n\n"])


def test_a_completion_instead_of_a_stream_is_read() -> None:
    message = {"role": "assistant", "content": "hi"}
    whole = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": None}
    assert text(list(DeltaReader(request(), SOMEWHERE).read_whole(json.dumps(whole).encode()))) == (
        "hi"
    )


def test_an_event_may_have_several_lines_of_data() -> None:
    assert sse_data([b"data: {\ndata: }\n\n"]) == [b"{\n}"]
