"""Cells of rows, as people edit them."""

from typing import Any

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.editing import cell_text, with_cell

ROW: dict[str, Any] = {
    "description": "d",
    "turns": [{"role": "user", "content": "a\n---\nb"}, {"role": "user", "content": "\\---"}],
    "variables": {"n": 3, "s": "text"},
    "expected": {"answer": ["x"]},
    "checks": [
        {"kind": "contains_any", "values": ["x"], "weight": 2},
        {"kind": "equals", "value": "one\ntwo"},
        {"kind": "contains_all", "values": ["a", "b"], "ignore_case": True},
        {"kind": "foreign", "kept": {"promptfoo": {"type": "javascript", "value": "1\n2"}}},
    ],
    "tags": ["a", "b"],
    "repeats": 2,
    "threshold": 0.5,
}
COLUMNS = (
    *("message", "checks", "tags", "description", "repeats", "threshold"),
    *("variable:n", "variable:s", "expected:answer"),
)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_that_is_saved_as_it_was_changes_nothing(column: str) -> None:
    assert with_cell(ROW, column, cell_text(ROW, column)) == ROW
    # As a browser sends it.
    assert with_cell(ROW, column, cell_text(ROW, column).replace("\n", "\r\n")) == ROW


def test_lines_of_checks_are_short_where_they_can_be() -> None:
    assert cell_text({"checks": ROW["checks"][2:3]}, "checks") == "icontains-all:a,b"
    made = with_cell({}, "checks", "contains: Paris\n\nnot-regex:^No\nParis")
    assert made["checks"] == [
        {"kind": "contains_any", "values": ["Paris"]},
        {"kind": "regex", "pattern": "^No", "not": True},
        {"kind": "equals", "value": "Paris"},
    ]


def test_a_number_stays_one_while_it_is_one() -> None:
    assert with_cell(ROW, "variable:n", "4")["variables"]["n"] == 4
    assert with_cell(ROW, "variable:n", "many")["variables"]["n"] == "many"
    assert with_cell(ROW, "variable:s", "4")["variables"]["s"] == "4"


def test_an_empty_cell_adds_no_value() -> None:
    assert with_cell({}, "variable:x", "") == {}
    assert with_cell(ROW, "tags", " , ,") == {k: v for k, v in ROW.items() if k != "tags"}


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("repeats", "many"),
        ("threshold", "high"),
        ("surprise", "x"),
        ("variable:", "x"),
        ("checks", "regex:(?=x)"),
        ("checks", "javascript:true"),
        ("checks", "check:{"),
        ("checks", "check:[]"),
        ("checks", "latency:soon"),
    ],
)
def test_a_text_that_a_column_cannot_have_is_refused(column: str, text: str) -> None:
    with pytest.raises(InvalidRequest):
        with_cell(ROW, column, text)


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "high"])
def test_what_is_no_number_is_refused_in_words(text: str) -> None:
    for column in ("threshold", "repeats"):
        with pytest.raises(InvalidRequest, match="number, or nothing"):
            with_cell({}, column, text)


def test_a_decimal_comma_is_named() -> None:
    with pytest.raises(InvalidRequest, match="Write a point before decimals"):
        with_cell({}, "threshold", "0,5")
