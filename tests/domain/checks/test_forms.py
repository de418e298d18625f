"""Checks become forms and forms become the same checks."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from assistants_app.domain.checks.check import check_from
from assistants_app.domain.checks.forms import catalogue, form_of, read_form
from assistants_app.domain.checks.kinds import ELSEWHERE, KINDS
from assistants_app.domain.checks.validation import Problem, validate_check
from assistants_app.domain.checks.wording import describe
from tests.domain.checks.test_validation import any_check


def texts_of(stored: dict[str, Any]) -> dict[str, str]:
    return {shown.field.name: shown.text for shown in form_of(stored)}


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    deadline=None,
)
@given(stored=any_check())
def test_every_check_survives_its_form(stored: dict[str, Any]) -> None:
    if not validate_check(stored) and not _is_lost_in_lines(stored):
        texts = texts_of(stored)
        read, problems = read_form(stored["kind"], texts)
        assert problems == []
        # What differs is only what goes without saying.
        assert texts_of(read) == texts
        assert describe(check_from(read))


def _is_lost_in_lines(stored: dict[str, Any]) -> bool:
    # A form has one text per line and no spaces around others.
    def odd(value: Any) -> bool:
        if isinstance(value, list):
            return any(odd(inner) for inner in value)
        return isinstance(value, str) and (value != value.strip() or len(value.splitlines()) != 1)

    return any(odd(value) for value in stored.values())


@pytest.mark.parametrize(
    ("kind", "texts", "stored"),
    [
        ("equals", {"value": "yes"}, {"value": "yes"}),
        ("equals", {"value": "21"}, {"value": 21}),
        ("equals", {"value": '"21"'}, {"value": "21"}),
        ("equals", {"value": '{"a": 1}'}, {"value": {"a": 1}}),
        ("equals", {"value": "{a}"}, {"value": "{a}"}),
        ("contains_all", {"values": "a\r\n\r\n b"}, {"values": ["a", " b"]}),
        ("regex", {"pattern": "a", "ignore_case": "on"}, {"pattern": "a", "ignore_case": True}),
        (
            "similar",
            {"value": "a", "by": "meaning", "threshold": "0.5"},
            {"value": "a", "threshold": 0.5},
        ),
        ("code_ran", {}, {"without_error": False}),
        ("code_ran", {"without_error": "on"}, {}),
        ("json_schema", {"schema": "{{expected.s}}"}, {"schema": "{{expected.s}}"}),
        (
            "refusal",
            {"not": "on", "weight": "0", "metric": "tone"},
            {"not": True, "weight": 0, "metric": "tone"},
        ),
    ],
)
def test_a_form_is_read(kind: str, texts: dict[str, str], stored: dict[str, Any]) -> None:
    assert read_form(kind, texts) == ({"kind": kind, **stored}, [])


@pytest.mark.parametrize(
    ("kind", "texts", "param", "message"),
    [
        ("magic", {}, "kind", "no such kind"),
        ("equals", {}, "value", "required"),
        ("cost", {"most": "1,5"}, "most", "with a point"),
        ("cost", {"most": "-1"}, "most", "isn't negative"),
        ("cost", {"most": "[1]"}, "most", "number"),
        ("json_schema", {"schema": "{'a': 1}"}, "schema", "not valid JSON"),
        ("json_schema", {"schema": "[1]"}, "schema", "JSON object"),
        ("similar", {"value": "a", "by": "smell"}, "by", "Use one of"),
    ],
)
def test_a_wrong_form_says_so_once_under_its_field(
    kind: str, texts: dict[str, str], param: str, message: str
) -> None:
    _stored, [problem] = read_form(kind, texts)
    assert problem.param == param
    assert message in problem.message


def test_what_was_refused_is_shown_again() -> None:
    texts = {"most": "1,5", "not": "on"}
    form = form_of({"kind": "cost"}, [Problem("most", "Enter a number.")], texts)
    shown = {each.field.name: (each.text, each.error, each.is_on) for each in form}
    assert shown["most"] == ("1,5", "Enter a number.", False)
    assert shown["not"] == ("on", "", True)


def test_the_catalogue_has_every_kind_that_people_can_choose() -> None:
    chosen = {kind.name for _group, kinds in catalogue() for kind in kinds}
    assert chosen == {kind.name for kind in KINDS.values() if kind.group != ELSEWHERE}


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ({"kind": "contains_all", "values": ["Oslo", "21 °C"]}, "Contains all of “Oslo”, “21 °C”"),
        ({"kind": "equals", "value": {"a": 1}}, 'Equals “{"a": 1}”'),
        ({"kind": "refusal", "not": True}, "Not: is a refusal"),
        (
            {"kind": "similar", "value": "Hi", "by": "letters", "threshold": 0.8},
            "Is similar to “Hi” (letters), at least 0.8",
        ),
        (
            {"kind": "tool_called", "tool": "get_weather", "most": 2},
            "Calls tool “get_weather” at most 2",
        ),
        ({"kind": "cites", "file": "a.pdf", "page": 3}, "Cites file “a.pdf” page 3"),
        ({"kind": "length", "most": 100, "unit": "words"}, "Has a length at most 100 (words)"),
        ({"kind": "cost", "most": 0.01}, "Costs at most 0.01 dollars"),
        (
            {"kind": "contains_any", "values": list("abcdef")},
            "Contains any of “a”, “b”, “c”, “d” and 2 more",
        ),
        ({"kind": "python", "code": "True"}, "Python"),
        ({"kind": "foreign", "kept": {}}, "Check of another product"),
        ({"kind": "foreign", "kept": {"type": "webhook"}}, "Check of another product “webhook”"),
        ({"kind": "equals", "value": ["שלום"]}, 'Equals “["שלום"]”'),
    ],
)
def test_a_check_in_words(check: dict[str, Any], words: str) -> None:
    assert describe(check_from(check)) == words
