"""Each kind of check, on replies that pass it and replies that don't."""

import time
from typing import Any

import pytest

from assistants_app.domain.checks.check import ERROR, FAILED, NOT_RUN, PASSED
from assistants_app.domain.checks.sample import ToolUse
from tests.domain.checks.samples import outcome

ANSWER = '{"city": "Oslo", "days": [{"degrees": 21.0}]}'
WEATHER: dict[str, Any] = {"kind": "tool_arguments", "tool": "get_weather"}


@pytest.mark.parametrize(
    ("check", "text", "passes"),
    [
        ({"kind": "equals", "value": "yes"}, " yes\n", True),
        ({"kind": "equals", "value": "yes"}, "Yes", False),
        ({"kind": "equals", "value": "YES", "ignore_case": True}, "yes", True),
        ({"kind": "equals", "value": "é"}, "e\u0301", True),
        ({"kind": "equals", "value": {"a": 1}}, '{ "a": 1.0 }', True),
        ({"kind": "equals", "value": 21}, "21", True),
        ({"kind": "equals", "value": "{{n}}"}, "21", True),
        ({"kind": "equals", "value": True}, "1", False),
        ({"kind": "contains_any", "values": ["Rome", "Oslo"]}, None, True),
        ({"kind": "contains_any", "values": ["Rome", "Bonn"]}, None, False),
        ({"kind": "contains_any", "values": ["{{cities}}"]}, None, True),
        ({"kind": "contains_all", "values": ["{{cities}}"]}, None, False),
        ({"kind": "contains_all", "values": ["{{expected.answer}}", "oslo"]}, None, False),
        ({"kind": "contains_all", "values": ["21", "oslo"], "ignore_case": True}, None, True),
        ({"kind": "starts_with", "value": "It is"}, None, True),
        ({"kind": "starts_with", "value": "is"}, None, False),
        ({"kind": "regex", "pattern": r"\d+ °C"}, None, True),
        ({"kind": "regex", "pattern": r"^\d+"}, None, False),
        ({"kind": "regex", "pattern": "OSLO", "ignore_case": True}, None, True),
        ({"kind": "regex", "pattern": "a{{expected.answer}}"}, "a21 °C", True),
        ({"kind": "similar", "value": "It is 21 °C in Oslo.", "by": "letters"}, None, True),
        ({"kind": "similar", "value": "Rome", "by": "letters"}, None, False),
        ({"kind": "similar", "value": "in Oslo today it is 21 °C", "by": "words"}, None, True),
        ({"kind": "similar", "value": "今日は晴れです", "by": "words"}, "今日は晴れです。", True),
        ({"kind": "similar", "value": "in Rome", "by": "words"}, None, False),
        ({"kind": "refusal"}, "I'm sorry, but I can't help with that.", True),
        ({"kind": "refusal"}, None, False),
        ({"kind": "length", "least": 1, "most": 3, "unit": "words"}, "one two", True),
        ({"kind": "length", "most": 1, "unit": "words"}, "one two", False),
        ({"kind": "length", "least": 3}, "ab ", False),
        ({"kind": "length", "most": 2, "unit": "lines"}, "a\nb\n", True),
        ({"kind": "is_json"}, ANSWER, True),
        ({"kind": "is_json"}, f"Here: {ANSWER}", False),
        ({"kind": "is_json", "within": True}, f"Here: {ANSWER}", True),
        ({"kind": "is_json"}, "[NaN]", False),
        ({"kind": "json_schema", "schema": {"required": ["city"]}}, ANSWER, True),
        ({"kind": "json_schema", "schema": {"required": ["land"]}}, ANSWER, False),
        ({"kind": "json_schema", "schema": "{{expected.schema}}"}, ANSWER, True),
        ({"kind": "json_schema", "schema": "{{expected.schema}}"}, "[]", False),
        ({"kind": "json_path", "path": "$.days[0].degrees", "value": 21}, ANSWER, True),
        ({"kind": "json_path", "path": "days.0.degrees", "value": "21"}, ANSWER, False),
        ({"kind": "json_path", "path": "$['city']", "value": "{{city}}"}, ANSWER, True),
        ({"kind": "json_path", "path": "$.days"}, ANSWER, True),
        ({"kind": "json_path", "path": "$.days[9]"}, ANSWER, False),
        ({"kind": "tool_called", "tool": "get_weather"}, None, True),
        ({"kind": "tool_called", "tool": "get_time"}, None, False),
        ({"kind": "tool_called", "tool": "get_time", "not": True}, None, True),
        ({"kind": "tool_called", "tool": "get_weather", "most": 1}, None, False),
        ({"kind": "tool_called", "tool": "get_weather", "least": 3}, None, False),
        ({"kind": "tool_called", "tool": "get_time", "least": 0, "most": 2}, None, True),
        ({"kind": "tool_called", "tool": "get_time", "least": None}, None, False),
        ({**WEATHER, "arguments": {"days": 7}}, None, True),
        ({**WEATHER, "arguments": {"days": 7}, "calls": "every"}, None, False),
        ({**WEATHER, "arguments": {"city": "{{city}}"}, "calls": "every"}, None, True),
        ({**WEATHER, "arguments": {"days": 7}, "calls": "first"}, None, False),
        ({**WEATHER, "arguments": {"days": 7}, "calls": "last"}, None, True),
        ({**WEATHER, "arguments": {"days": 7}, "match": "exact"}, None, False),
        ({**WEATHER, "arguments": {"days": 7, "city": "Oslo"}, "match": "exact"}, None, True),
        ({**WEATHER, "arguments": {"required": ["city"]}, "match": "schema"}, None, True),
        ({**WEATHER, "arguments": {"required": ["land"]}, "match": "schema"}, None, False),
        ({"kind": "tool_arguments", "tool": "get_time", "arguments": {}}, None, False),
        ({"kind": "tool_order", "tools": ["get_weather", "file_search"]}, None, True),
        ({"kind": "tool_order", "tools": ["get_weather", "get_weather"]}, None, True),
        ({"kind": "tool_order", "tools": ["file_search", "file_search"]}, None, False),
        ({"kind": "tool_order", "tools": ["get_weather"], "match": "exact"}, None, False),
        ({"kind": "cites"}, None, True),
        ({"kind": "cites", "file": "climate of oslo.pdf", "page": 3}, None, True),
        ({"kind": "cites", "file": "Climate*"}, None, True),
        ({"kind": "cites", "file": "file-1"}, None, True),
        ({"kind": "cites", "file": "Climate*", "page": 4}, None, False),
        ({"kind": "cites", "quote": "mean  of July"}, None, True),
        ({"kind": "cites", "quote": "{{expected.answer}}"}, None, True),
        ({"kind": "cites", "quote": "August"}, None, False),
        ({"kind": "code_ran"}, None, True),
        ({"kind": "code_ran", "contains": "1 / 0"}, None, False),
        ({"kind": "code_ran", "contains": "1 / 0", "without_error": False}, None, True),
        ({"kind": "code_ran", "contains": "seaborn"}, None, False),
        ({"kind": "file_made", "type": "jpg"}, None, True),
        ({"kind": "file_made", "type": ".csv", "name": "days.*"}, None, True),
        ({"kind": "file_made", "name": "weather.jpeg"}, None, True),
        ({"kind": "file_made", "type": "csv", "name": "weather*"}, None, False),
        ({"kind": "cost", "most": 0.002}, None, True),
        ({"kind": "cost", "most": 0.001}, None, False),
        ({"kind": "tokens", "most": 1000}, None, True),
        ({"kind": "tokens", "most": 99, "of": "completion"}, None, False),
        ({"kind": "first_token", "most": 0.5}, None, True),
        ({"kind": "duration", "most": 2}, None, False),
    ],
)
def test_a_check_says_whether_a_reply_passes(
    check: dict[str, Any], text: str | None, passes: bool
) -> None:
    found = outcome(check, text)
    assert (found.passed, found.reason) == (passes, found.reason)
    assert found.reason.endswith(".")
    opposite = outcome({**check, "not": not check.get("not", False)}, text)
    assert opposite.passed is not passes
    # The reason is a fact, so it is true for both.
    assert opposite.reason == found.reason
    assert found.score is not None
    assert opposite.score == pytest.approx(1 - found.score)


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ({"kind": "cites"}, {"citations": ()}),
        ({"kind": "code_ran"}, {"code_runs": ()}),
        ({"kind": "file_made"}, {"files": ()}),
        ({"kind": "tool_order", "tools": ["x"]}, {"calls": ()}),
        ({**WEATHER, "arguments": {"a": 1}}, {"calls": (ToolUse("get_weather", "{broken"),)}),
    ],
)
def test_a_reply_without_tools_fails_their_checks(
    check: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert outcome(check, **changes).state == FAILED


@pytest.mark.parametrize(
    ("check", "changes", "reason"),
    [
        ({"kind": "equals", "value": "{{nobody}}"}, {}, "no value for {{nobody}}"),
        (
            {"kind": "equals", "value": "{{expected.nobody}}"},
            {},
            "no value for {{expected.nobody}}",
        ),
        ({"kind": "contains_all", "values": ["{{empty}}"]}, {}, "is empty in this row"),
        ({"kind": "contains_all", "values": ["{{none}}"]}, {}, "is empty in this row"),
        ({"kind": "contains_any", "values": ["{{none}}"], "not": True}, {}, "is empty in this row"),
        ({"kind": "starts_with", "value": " {{empty}}"}, {}, "is empty in this row"),
        ({"kind": "regex", "pattern": "a"}, {"text": "b" * 200_000}, "wasn't tried"),
        ({"kind": "json_schema", "schema": "{{city}}"}, {"text": "1"}, "schema in this row"),
        ({"kind": "json_schema", "schema": "{{n}}"}, {"text": "1"}, "must be a JSON object"),
        ({"kind": "json_schema", "schema": {"$ref": "#/a"}}, {"text": "1"}, "points to nothing"),
        ({"kind": "json_schema", "schema": {"$ref": "#"}}, {"text": "1"}, "itself endlessly"),
        (
            {**WEATHER, "arguments": "{{expected.lookahead}}", "match": "schema"},
            {},
            "Look-ahead and look-behind",
        ),
        ({"kind": "cost", "most": 1}, {"cost": None}, "has no price"),
        ({"kind": "first_token", "most": 1}, {"first_token_seconds": None}, "no time"),
        ({"kind": "duration", "most": 1}, {"duration_seconds": None}, "hasn't ended"),
        ({"kind": "refusal"}, {"error": "The endpoint is overloaded."}, "endpoint is overloaded"),
    ],
)
def test_a_check_that_cannot_be_carried_out_is_an_error_and_no_failure(
    check: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    found = outcome(check, **changes)
    assert (found.state, found.passed, found.score) == (ERROR, None, None)
    assert reason in found.reason


def test_a_foreign_check_is_kept_and_not_run() -> None:
    kept = {"promptfoo": {"type": "javascript"}, "reason": "JavaScript doesn't run here"}
    found = outcome({"kind": "foreign", "kept": kept})
    assert (found.state, found.not_run, found.score) == (NOT_RUN, True, None)
    assert "JavaScript doesn't run here." in found.reason
    assert outcome({"kind": "foreign", "kept": {"reason": 5}}).not_run


def test_a_threshold_of_its_own_decides() -> None:
    check = {"kind": "similar", "value": "It is 21 °C in Rome today.", "by": "letters"}
    found = outcome(check)
    assert found.score is not None
    assert 0.8 < found.score < 0.9
    assert found.state == PASSED
    assert outcome({**check, "threshold": 0.95}).state == FAILED
    assert outcome({**check, "threshold": 0.95, "not": True}).state == PASSED


@pytest.mark.parametrize(
    "check",
    [
        {"kind": "similar", "value": "b" * 90_000, "by": "letters"},
        {"kind": "similar", "value": "b c " * 20_000, "by": "words"},
        {"kind": "regex", "pattern": "^(a+)+$"},
        {"kind": "refusal"},
        {"kind": "is_json", "within": True},
        {"kind": "json_schema", "schema": {"pattern": "(a|a)*b"}, "within": True},
        {"kind": "contains_all", "values": ["a" * 50_000 + "b"]},
        {"kind": "length", "least": 1, "unit": "words"},
    ],
)
@pytest.mark.parametrize("text", ["a" * 99_000, "i can't " * 12_000, "{[" * 49_000, "a b" * 33_000])
def test_no_reply_keeps_a_check_busy(check: dict[str, Any], text: str) -> None:
    began = time.process_time()
    outcome(check, text)
    assert time.process_time() - began < 10


def test_what_a_reply_says_is_never_filled_in() -> None:
    check = {"kind": "contains_all", "values": [r"\{{city}}"]}
    assert outcome(check, "{{city}}").state == PASSED
    assert outcome(check, "Oslo").state == FAILED
