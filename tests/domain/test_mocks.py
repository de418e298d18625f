"""The answers of mocks, and their bounded time and output."""

import fnmatch
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.mocks import Condition, Mock, Rule, answer, holds, look_up, matches

ARGUMENTS = {"city": "Paris", "days": 3, "wet": True, "user": {"tags": ["a", "b"], "id": None}}
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab{}. ", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("path", "operator", "value", "expected"),
    [
        ("city", "equals", "Paris", True),
        ("city", "equals", "paris", False),
        ("wet", "equals", 1, False),
        ("days", "equals", 3.0, True),
        ("user", "equals", {"id": None, "tags": ["a", "b"]}, True),
        ("city", "contains", "ari", True),
        ("user.tags", "contains", "b", True),
        ("user", "contains", "id", True),
        ("days", "contains", 3, False),
        ("city", "matches", "P?r*", True),
        ("city", "matches", "P?r", False),
        ("days", "matches", "3", True),
        ("user.id", "exists", None, True),
        ("user.name", "exists", None, False),
        ("user.name", "exists", False, True),
        ("days", "gt", 2, True),
        ("days", "lt", 2.5, False),
        ("wet", "gt", 0, False),
        ("user.tags.1", "equals", "b", True),
        ("user.tags.2", "equals", "b", False),
        ("", "equals", ARGUMENTS, True),
        ("nowhere", "equals", None, False),
    ],
)
def test_conditions(path: str, operator: str, value: Any, expected: bool) -> None:
    assert holds(Rule((Condition(path, operator, value),), ""), ARGUMENTS) is expected


def test_the_first_rule_that_holds_answers_else_the_default_else_nothing() -> None:
    long = Rule((Condition("days", "gt", 2), Condition("wet", "equals", True)), "long and wet")
    mock = Mock((Rule((Condition("days", "gt", 9),), "very long"), long, Rule((), "any")), "no")
    assert answer(mock, ARGUMENTS) == "long and wet"
    assert answer(mock, {"days": 1}) == "any"
    assert answer(Mock((long,), None), {}) == "null"
    assert answer(Mock((long,)), {}) is None


def test_arguments_are_put_into_outputs_with_their_types() -> None:
    output = {"n": "{{ days }}", "of": ["{{user.tags}}"], "text": "{{city}}: {{ days }}{{ no }}"}
    assert json.loads(answer(Mock(default=output), ARGUMENTS) or "") == {
        "n": 3,
        "of": [["a", "b"]],
        "text": "Paris: 3",
    }
    assert answer(Mock(default="{{ city }}"), ARGUMENTS) == "Paris"


def test_an_output_that_gets_too_long_is_refused() -> None:
    big = "x" * (limits.TOOL_OUTPUT_BYTES // 8)
    assert answer(Mock(default="{{ a }}"), {"a": big}) == big
    with pytest.raises(InvalidRequest, match="longer than"):
        answer(Mock(default=["{{ a }}"] * 9), {"a": big})


@given(st.text("ab*?", max_size=9), st.text("ab", max_size=9))
def test_patterns_match_like_globs_of_a_shell(pattern: str, text: str) -> None:
    assert matches(text, pattern) is bool(re.match(fnmatch.translate(pattern), text))


def test_a_hostile_pattern_ends() -> None:
    assert not matches("a" * 4_000, "*a" * 127 + "b")


@given(values, values)
def test_any_arguments_get_an_answer(output: Any, arguments: Any) -> None:
    text = answer(Mock(default=output), arguments)
    assert text is not None
    if not isinstance(output, str):
        json.loads(text)


@given(st.dictionaries(st.text("ab", min_size=1, max_size=2), values, min_size=1))
def test_a_path_finds_its_value(arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        assert look_up(arguments, name) is value
