"""Mocks that repeat what tools answered."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.mocks import answer
from assistants_app.domain.test_sets.recorded_mocks import mocks_from
from assistants_app.wire.assistants.mocks import MockParams, mock_of
from assistants_app.wire.validation import parse


@dataclass
class Call:
    name: str
    content: dict[str, Any]
    tool: str = "function"


def call(name: str, arguments: Any, output: str, tool: str = "function") -> Call:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return Call(name, {"arguments": text, "output": output}, tool)


def test_the_same_arguments_get_the_same_output_and_others_the_last_one() -> None:
    mocks = mocks_from(
        [
            call("weather", {"city": "Oslo", "days": [1, 2]}, '{"t": 3}'),
            call("weather", {"city": "Rome", "days": [1, 2]}, "warm"),
            call("now", {}, "12:00"),
            call("broken", '{"a', "?"),
            call("code_interpreter", {}, "42", tool="code_interpreter"),
        ]
    )
    assert set(mocks) == {"weather", "now", "broken"}

    def answered(name: str, arguments: Any) -> str | None:
        parse(MockParams, {**mocks[name], "function": name, "kind": "rules"})
        return answer(mock_of(mocks[name]), arguments)

    assert answered("weather", {"city": "Oslo", "days": [1, 2]}) == '{"t": 3}'
    assert answered("weather", {"city": "Rome", "days": [1, 2]}) == "warm"
    assert answered("weather", {"city": "Bonn"}) == "warm"
    assert answered("now", {}) == "12:00"
    assert answered("broken", None) == "?"


@pytest.mark.parametrize(
    "calls",
    [
        [call("f", {}, "{{ city }}")],
        [call("f", {}, "x" * limits.MOCK_CHARACTERS)],
        [call("f", {"n": number}, "x") for number in range(limits.MOCK_RULES + 1)],
    ],
)
def test_what_a_mock_cannot_repeat_is_refused(calls: list[Call]) -> None:
    with pytest.raises(InvalidRequest, match="Choose the tape"):
        mocks_from(calls)


def test_arguments_that_no_rule_can_name_get_the_last_output() -> None:
    many = {f"n{number}": 1 for number in range(limits.MOCK_CONDITIONS + 1)}
    for arguments in (many, {"a.b": 1}, {"": 1}, [1], "5"):
        assert mocks_from([call("f", arguments, "x")]) == {"f": {"rules": [], "default": "x"}}
