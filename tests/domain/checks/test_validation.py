"""What is refused in a check, field by field, and that nothing makes the validation fail."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistants_app.domain.checks import kinds
from assistants_app.domain.checks.check import check_from
from assistants_app.domain.checks.running import is_deterministic, run_check
from assistants_app.domain.checks.validation import (
    MOST_CHECKS,
    validate_check,
    validate_checks,
)
from tests.domain.checks.samples import ITEM, SAMPLE

DEEP: Any = 1
for _ in range(100):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("check", "param", "message"),
    [
        (None, "kind", "must be an object"),
        ([], "kind", "must be an object"),
        ({}, "kind", "no such kind"),
        ({"kind": "magic"}, "kind", "Use one of: equals"),
        ({"kind": ["equals"]}, "kind", "no such kind"),
        ({"kind": "equals"}, "value", "required"),
        ({"kind": "equals", "value": DEEP}, "value", "nested too deeply"),
        ({"kind": "equals", "value": float("nan")}, "value", "JSON value"),
        ({"kind": "equals", "value": "a\0"}, "value", "NUL"),
        ({"kind": "equals", "value": "a", "ignorecase": True}, "ignorecase", "no field"),
        ({"kind": "equals", "value": "a", "threshold": 0.5}, "threshold", "has no threshold"),
        ({"kind": "equals", "value": "a", "ignore_case": "yes"}, "ignore_case", "true or false"),
        ({"kind": "equals", "value": "a", "not": 1}, "not", "true or false"),
        ({"kind": "equals", "value": "a", "weight": -1}, "weight", "from 0"),
        ({"kind": "equals", "value": "a", "weight": True}, "weight", "from 0"),
        ({"kind": "equals", "value": "a", "weight": float("inf")}, "weight", "from 0"),
        ({"kind": "equals", "value": "a", "metric": 5}, "metric", "at most 100"),
        ({"kind": "contains_any", "values": []}, "values", "at least one"),
        ({"kind": "contains_any", "values": "a"}, "values", "list of texts"),
        ({"kind": "contains_any", "values": ["a", " "]}, "values", "empty text"),
        ({"kind": "contains_all", "values": ["a"] * 501}, "values", "at most 500"),
        ({"kind": "starts_with", "value": " "}, "value", "required"),
        ({"kind": "regex", "pattern": "(?=a)"}, "pattern", "Look-ahead"),
        ({"kind": "regex", "pattern": "("}, "pattern", "unclosed group"),
        ({"kind": "similar", "value": "a", "by": "smell"}, "by", "meaning, words, letters"),
        ({"kind": "similar", "value": "a", "threshold": 2}, "threshold", "from 0 to 1"),
        ({"kind": "length"}, "least", "Fill in"),
        ({"kind": "length", "least": 5, "most": 3}, "most", "less than"),
        ({"kind": "length", "least": 1.5}, "least", "whole number"),
        ({"kind": "length", "least": True}, "least", "whole number"),
        ({"kind": "json_schema", "schema": []}, "schema", "JSON object"),
        ({"kind": "json_schema", "schema": "{{a}} b"}, "schema", "JSON object"),
        ({"kind": "json_schema", "schema": {"type": "strin"}}, "schema", "at type: 'strin'"),
        ({"kind": "json_schema", "schema": {"pattern": "(?=a)"}}, "schema", "Look-ahead"),
        (
            {"kind": "json_schema", "schema": {"allOf": [{"patternProperties": {"(": {}}}]}},
            "schema",
            "unclosed group",
        ),
        (
            {"kind": "tool_arguments", "tool": "a", "arguments": {"type": 5}, "match": "schema"},
            "arguments",
            "not a valid JSON schema",
        ),
        ({"kind": "foreign", "kept": "{{a}}"}, "kept", "JSON object"),
        ({"kind": "tool_called", "tool": ""}, "tool", "required"),
        ({"kind": "tool_order", "tools": [3]}, "tools", "list of texts"),
        ({"kind": "cites", "page": -1}, "page", "isn't negative"),
        ({"kind": "cost", "most": "5"}, "most", "number"),
        (
            {"kind": "judge_labels", "question": "q", "labels": ["a"], "passing": ["a"]},
            "labels",
            "two",
        ),
        (
            {"kind": "judge_labels", "question": "q", "labels": ["a", "A "], "passing": ["a"]},
            "labels",
            "two labels that differ",
        ),
        (
            {"kind": "judge_labels", "question": "q", "labels": ["a", "b"], "passing": ["c"]},
            "passing",
            "not one of: a, b",
        ),
        ({"kind": "judge_facts", "reference": "r", "passing": ["x"]}, "passing", "not one of"),
        ({"kind": "python", "code": "a b"}, "code", "line 1"),
        ({"kind": "python", "code": "x" * 20_001}, "code", "20,000"),
        ({"kind": "python", "code": "+".join("1" * 9_000)}, "code", "nested too deeply"),
        ({"kind": "python", "code": "(" * 5_000}, "code", "not valid Python"),
    ],
)
def test_a_wrong_check_is_refused_under_its_field(check: Any, param: str, message: str) -> None:
    problems = validate_check(check)
    assert [problem.param for problem in problems] == [param]
    assert message in problems[0].message
    assert problems[0].message.endswith(".")


def test_all_wrong_fields_are_reported_at_once() -> None:
    check = {"kind": "similar", "threshold": 5, "by": "x"}
    assert {problem.param for problem in validate_check(check)} == {"threshold", "by", "value"}


@pytest.mark.parametrize(
    "check",
    [
        {"kind": "regex", "pattern": "^{{city}}[{]"},
        {"kind": "json_schema", "schema": "{{expected.schema}}"},
        {"kind": "python", "code": "if sample.text:\n    return 1\nreturn 0"},
        {"kind": "judge_pair", "rubric": "Shorter?", "threshold": 0.5, "weight": 0},
        {"kind": "foreign", "kept": {"type": "javascript"}},
        {"kind": "length", "least": 3, "most": None},
        {"kind": "json_schema", "schema": {"properties": {"pattern": {"type": "string"}}}},
        {"kind": "tool_arguments", "tool": "a", "arguments": {"type": 5}},
        {"kind": "equals", "value": None},
    ],
)
def test_a_good_check_is_accepted(check: dict[str, Any]) -> None:
    assert validate_check(check) == []


def test_a_check_survives_its_stored_form() -> None:
    stored = {
        "kind": "similar",
        "value": "Oslo",
        "by": "words",
        "not": True,
        "weight": 2,
        "threshold": 0.0,
        "metric": "style",
    }
    assert check_from(stored).as_json() == stored
    plain = {"kind": "equals", "value": "a"}
    assert check_from(plain).as_json() == plain


def test_the_checks_of_a_row_are_counted_and_numbered() -> None:
    good = {"kind": "refusal"}
    assert validate_checks([good] * MOST_CHECKS) == []
    [(at, _problem)] = validate_checks([good] * (MOST_CHECKS + 1))
    assert at == MOST_CHECKS
    [(at, problem)] = validate_checks([good, {"kind": "regex"}])
    assert (at, problem.param) == (1, "pattern")
    assert validate_checks({"a": 1})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
TEXT = st.text(max_size=9) | st.sampled_from(
    ["{{city}}", "{{none}}", "{{cities}} a", "$.a[0]", "a{3}*", "get_weather", "[", "\\", "*?*"]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    kinds.VALUE: JSON | TEXT,
    kinds.OBJECT: st.dictionaries(st.sampled_from(["$ref", "type", "a", "pattern"]), JSON | TEXT)
    | TEXT,
    kinds.LINES: st.lists(TEXT, max_size=3),
    kinds.TOOLS: st.lists(TEXT, max_size=3),
    kinds.NUMBER: st.floats() | st.integers(),
    kinds.INTEGER: st.integers(),
    kinds.FLAG: st.booleans(),
}


@st.composite
def any_check(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from([*kinds.KINDS.values()]))
    stored: dict[str, Any] = {"kind": kind.name}
    for field in kind.fields:
        choices = st.sampled_from([value for value, _ in field.choices] or [""])
        own = choices if field.choices else VALUES.get(field.type, TEXT)
        if field.required or draw(st.booleans()):
            stored[field.name] = draw(own if draw(st.integers(0, 9)) else JSON)
    if draw(st.booleans()):
        stored["not"] = draw(st.booleans())
        stored["weight"] = draw(st.floats())
    return stored


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(stored=any_check(), text=TEXT | st.builds(json.dumps, JSON))
def test_what_is_accepted_can_be_run(stored: dict[str, Any], text: str) -> None:
    if not validate_check(stored):
        check = check_from(stored)
        json.dumps(check.as_json(), allow_nan=False)
        if is_deterministic(check):
            found = run_check(check, replace(SAMPLE, text=text), ITEM)
            assert found.score is None or 0 <= found.score <= 1
            json.dumps(found.as_json(), allow_nan=False)


def test_validation_takes_no_time() -> None:
    began = time.process_time()
    for pattern in ("(" * 1_900, "[" * 1_900, "a{9}" * 480, "(a{9}){9}" * 200, "\\" * 1_999):
        validate_check({"kind": "regex", "pattern": pattern})
    assert time.process_time() - began < 5
