"""Earlier calls go back to a server in a form that every server accepts."""

import json
from typing import Any

import pytest

from assistants_app.engine.past_calls import give_unique_ids, step_as_chat, valid_arguments
from assistants_app.models import RunStep
from assistants_app.wire.runs.steps import function_call, tool_calls_details


def strict(text: str) -> Any:
    """Parse JSON like a server that follows RFC 8259 and stores text as UTF-8."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    value = json.loads(text, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False).encode()
    return value


@pytest.mark.parametrize(
    "text",
    ["{}", ' {"a": 1} ', '{"b": [1.50, null], "a": "é🎉"}', r'{"a": "\ud83c\udf89 \u0000"}'],
)
def test_valid_arguments_are_sent_as_they_were_written(text: str) -> None:
    assert valid_arguments(text) == text
    strict(text)


@pytest.mark.parametrize("text", ["", " \n", "null", "[]", '""', ' ""'])
def test_no_arguments_are_an_empty_object(text: str) -> None:
    assert valid_arguments(text) == "{}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "one\ntwo\tthree"}', {"a": "one\ntwo\tthree"}),
        ('{"a": NaN, "b": [Infinity, -Infinity]}', {"a": None, "b": [None, None]}),
        (r'{"a": "\ud83c"}', {"a": "?"}),
        (json.dumps('{"a": 1}'), {"a": 1}),
        (json.dumps('{"a": "one\ntwo"}'), {"a": "one\ntwo"}),
    ],
)
def test_what_can_be_mended_is_mended(text: str, value: Any) -> None:
    assert strict(valid_arguments(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"path":"a.txt","content":"line',
        "{'a': 1}",
        '{"a": 1,}',
        '{"a": 1}{"b": 2}',
        '{"a": 1} // one',
        '```json\n{"a": 1}\n```',
        "city=Oslo",
        "[1, 2]",
        "5",
        "0",
        "false",
        '"Oslo"',
        "{" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
        '{"a": "\ud83c',
    ],
)
def test_anything_else_is_the_text_of_an_object(text: str) -> None:
    shown = strict(valid_arguments(text))
    assert shown == {"invalid_arguments": text.replace("\ud83c", "?")}


def step(*calls: dict[str, Any]) -> RunStep:
    return RunStep(step_details=tool_calls_details(list(calls)), shown_to_model={})


def test_a_step_without_calls_is_not_shown() -> None:
    assert step_as_chat(step()) == []


def test_an_id_that_was_used_before_is_changed_with_its_result() -> None:
    chat: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}]
    for number in range(3):
        calls = [function_call("call_0", "f", "{}", f"{number}{place}") for place in "ab"]
        chat += step_as_chat(step(*calls, function_call("call_0_2", "f", "{}", "c")))
    before = [row["content"] for row in chat]
    give_unique_ids(chat)
    asked = [call["id"] for row in chat for call in row.get("tool_calls", ())]
    results = [row["tool_call_id"] for row in chat if row["role"] == "tool"]
    assert asked == results
    assert len(set(asked)) == len(asked) == 9
    assert asked[0] == "call_0"
    assert [row["content"] for row in chat] == before
