"""Tool calls through constrained replies: what is requested, and how the answer is decoded."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assistants_app.providers.chat import ChatDelta, Finished, TextDelta, Usage
from assistants_app.providers.constrained_reply import Decoder
from assistants_app.providers.constrained_tools import constrain
from tests.providers.asking import TOOL, calls, finished, request, text

STORABLE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def cut(whole: str, sizes: list[int]) -> Iterator[ChatDelta]:
    start = 0
    for size in sizes:
        yield TextDelta(whole[start : start + size])
        start += size
    yield TextDelta(whole[start:])
    yield Finished("stop", Usage(1, 1))


def read(*pieces: str) -> list[ChatDelta]:
    return list(Decoder().decode([*map(TextDelta, pieces), Finished("stop", Usage(1, 1))]))


@given(STORABLE, st.lists(st.integers(1, 9)), st.booleans())
def test_any_reply_is_decoded_wherever_it_is_cut(
    said: str, sizes: list[int], is_ascii: bool
) -> None:
    whole = json.dumps({"reply": said}, ensure_ascii=is_ascii)
    received = list(Decoder().decode(cut(whole, sizes)))
    assert text(received) == said
    assert finished(received).reason == "stop"


@given(st.dictionaries(STORABLE, STORABLE), st.lists(st.integers(1, 9)), st.booleans())
def test_any_call_is_decoded_wherever_it_is_cut(
    arguments: dict[str, str], sizes: list[int], spaced: bool
) -> None:
    whole = json.dumps({"tool": "f", "arguments": arguments}, indent=2 if spaced else None)
    received = list(Decoder().decode(cut(whole, sizes)))
    [(name, written)] = calls(received).values()
    assert (name, json.loads(written)) == ("f", arguments)
    assert finished(received).reason == "tool_calls"


@given(st.text(st.sampled_from('\\u"dD89cC0x{}n'), max_size=40), st.lists(st.integers(1, 5)))
def test_no_escape_breaks_the_reader_or_the_database(rubbish: str, sizes: list[int]) -> None:
    received = text(list(Decoder().decode(cut('{"reply": "' + rubbish, sizes))))
    assert "\0" not in received
    received.encode()


def test_text_that_ignores_the_schema_is_passed_on() -> None:
    assert text(read("It ", "is 42.")) == "It is 42."
    assert text(read('{"answer": {', '"x": 1}}')) == '{"answer": {"x": 1}}'
    assert text(read("{")) == "{"


def test_text_after_the_reply_is_dropped() -> None:
    assert text(read('{"reply": "a"}', "  \n", "more")) == "a"


def test_a_reply_with_a_schema_is_passed_on_as_json() -> None:
    assert text(read('{"reply": {"x"', ': [1, "}"]}', "}")) == '{"x": [1, "}"]}'


def test_a_call_gets_an_id() -> None:
    first = read('{"tool": "f", "arguments": {}}')[0]
    assert getattr(first, "id", "").startswith("call_")


def test_a_call_may_lack_its_arguments() -> None:
    received = read('{"tool": ', '"f"}')
    assert calls(received) == {0: ("f", "")}
    assert finished(received).reason == "tool_calls"
    for said in (
        '{"tool": 1}',
        '{"tool": "f", "why": "x"}',
        '{"too": "f"}',
        '"tool"',
        '{"tool": "f"',
    ):
        assert text(read(said)) == said


def schema(**options: Any) -> dict[str, Any]:
    response_format = constrain(request(tools=[TOOL], **options)).request.response_format
    assert response_format is not None
    asked: dict[str, Any] = response_format["json_schema"]["schema"]
    return asked


def test_the_reply_has_the_format_that_was_asked_for() -> None:
    own = {"type": "object", "properties": {"x": {"type": "integer"}}}
    asked = {"type": "json_schema", "json_schema": {"name": "s", "schema": own}}
    assert schema(response_format=asked)["anyOf"][1]["properties"]["reply"] == own
    assert schema()["anyOf"][1]["properties"]["reply"] == {"type": "string"}


def test_a_required_call_leaves_no_other_choice() -> None:
    assert list(schema(tool_choice="required")["properties"]) == ["tool", "arguments"]
    [instructions, _] = constrain(request(tools=[TOOL], tool_choice="required")).request.messages
    assert "reply" not in instructions["content"]


def test_a_named_tool_is_not_called_forever() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    other = {"id": "d", "type": "function", "function": {"name": "g", "arguments": "{}"}}
    history = [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": None, "tool_calls": [call, other]},
        {"role": "tool", "tool_call_id": "c", "content": "1"},
        {"role": "tool", "tool_call_id": "d", "content": "2"},
    ]
    named = {"type": "function", "function": {"name": "f"}}
    bare = constrain(request(messages=history, tools=[TOOL], tool_choice=named)).request
    assert bare.response_format is None
    assert [row["role"] for row in bare.messages] == ["user", "assistant", "user"]
    assert bare.messages[2]["content"] == "Result of f: 1\n\nResult of g: 2"


def test_the_tools_are_described_in_the_instructions() -> None:
    function = {
        "name": "get_weather",
        "description": "The weather.",
        "parameters": {"type": "object", "properties": {"city": {}, "unit": {}}},
    }
    history = [{"role": "developer", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    tools = [{"type": "function", "function": function}]
    first = constrain(request(messages=history, tools=tools)).request.messages[0]
    assert first["role"] == "developer"
    assert first["content"].startswith("Be kind.\n\n")
    assert "- get_weather(city, unit): The weather.\n" in first["content"]
