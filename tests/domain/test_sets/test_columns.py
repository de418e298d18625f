"""The order and the names of columns."""

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.columns import ordered, renamed, shifted, without
from assistants_app.domain.test_sets.messages import user_turn

A, B, C = "variable:a", "expected:b", "variable:c"


def test_columns_are_in_the_order_that_somebody_chose() -> None:
    assert ordered([A, B, C], []) == [A, B, C]
    # New ones follow, and those that are gone leave no hole.
    assert ordered([A, B, C], [C, "variable:gone", A]) == [C, A, B]
    assert shifted([A, B, C], C, "left") == [A, C, B]
    assert shifted([A, B, C], A, "left") == [A, B, C]
    assert shifted([A, B, C], C, "right") == [A, B, C]
    for column, side in (("variable:gone", "left"), (A, "up")):
        with pytest.raises(InvalidRequest):
            shifted([A, B, C], column, side)


def test_a_new_name_is_written_in_all_marks() -> None:
    kept = {"kind": "foreign", "kept": {"value": "{{a}}"}}
    row = {
        "turns": [user_turn("{{a}} {{ a }} \\{{a}} {{ab}} {{expected.a}} {{a.b}}")],
        "variables": {"x": "{{a}}", "a": "1", "z": "2"},
        "expected": {"a": "3"},
        "checks": [{"kind": "contains_any", "values": ["{{a}}", "{{expected.a}}"]}, kept],
        "turn_checks": {"0": [{"kind": "json_path", "path": "p", "value": {"k": ["{{a}}"]}}]},
    }
    made = renamed(row, "variable:a", "$1\\")
    assert made["turns"][0]["content"] == (
        "{{$1\\}} {{$1\\}} \\{{a}} {{ab}} {{expected.a}} {{a.b}}"
    )
    # Values are never templates, and a column stays in its place.
    assert list(made["variables"].items()) == [("x", "{{a}}"), ("$1\\", "1"), ("z", "2")]
    assert made["checks"] == [
        {"kind": "contains_any", "values": ["{{$1\\}}", "{{expected.a}}"]},
        kept,
    ]
    assert made["turn_checks"]["0"][0]["value"] == {"k": ["{{$1\\}}"]}
    expected = renamed(row, "expected:a", "b")
    assert expected["checks"][0]["values"] == ["{{a}}", "{{expected.b}}"]
    assert renamed(row, "variable:none", "b") == row
    with pytest.raises(InvalidRequest):
        renamed(row, "message", "b")


def test_a_column_is_removed_with_its_values_alone() -> None:
    row = {"turns": [user_turn("{{a}}")], "variables": {"a": "1"}, "expected": {"a": "2"}}
    assert without(row, "variable:a") == {"turns": row["turns"], "expected": {"a": "2"}}
    assert without(row, "expected:b") == row
