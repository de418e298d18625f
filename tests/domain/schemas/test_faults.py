"""Checks of values against schemas that people write."""

import time
from typing import Any

import pytest

from assistants_app.domain.schemas import faults
from assistants_app.domain.schemas.faults import (
    SchemaRefused,
    check_schema,
    checked_faults,
    faults_of,
)


def test_faults_have_their_place() -> None:
    schema = {
        "type": "object",
        "properties": {
            "people": {"type": "array", "items": {"properties": {"age": {"type": "integer"}}}},
            "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
        },
        "patternProperties": {"^x-": {"type": "string"}},
        "required": ["people"],
        "additionalProperties": False,
    }
    value = {"people": [{"age": 1}, {"age": "old"}], "code": "ab", "x-a": 1, "more": 0}
    assert dict(faults_of(value, schema)) == {
        "people[1].age": "'old' is not of type 'integer'",
        "code": "'ab' does not match '^[A-Z]{3}$'",
        "x-a": "1 is not of type 'string'",
        "": "Additional properties are not allowed ('more' was unexpected)",
    }
    assert faults_of({}, schema) == [("", "'people' is a required property")]


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "^(a+)+$"},
        {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": "^(a+)+$"},
        {"allOf": [{"$schema": "http://json-schema.org/draft-07/schema#", "pattern": "^(a+)+$"}]},
    ],
)
def test_patterns_are_matched_in_linear_time(schema: dict[str, Any]) -> None:
    began = time.process_time()
    faults_of("a" * 40 + "!", schema)
    assert time.process_time() - began < 5


def test_a_reference_to_another_host_is_not_followed() -> None:
    [(_place, reason)] = faults_of(1, {"$ref": "http://127.0.0.1:9/schema.json"})
    assert "points to nothing" in reason


def test_references_that_multiply_are_not_followed_forever() -> None:
    levels = {
        f"a{number}": {"allOf": [{"$ref": f"#/$defs/a{number + 1}"}] * 2} for number in range(40)
    }
    schema = {"$ref": "#/$defs/a0", "$defs": {**levels, "a40": {}}}
    began = time.process_time()
    [(_place, reason)] = faults_of(1, schema)
    assert reason == "The schema has too many references to check this value."
    assert time.process_time() - began < 20


def test_many_items_are_compared_quickly() -> None:
    items = [{"at": number, "more": [{}]} for number in range(20_000)]
    began = time.process_time()
    assert faults_of(items, {"uniqueItems": True}) == []
    [(_place, reason)] = faults_of([*items, items[0]], {"uniqueItems": True})
    assert "more than once" in reason
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("items", "unique"),
    [([1, 1.0], False), ([1, True], True), ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], False)],
)
def test_items_are_compared_as_json(items: list[Any], unique: bool) -> None:
    assert (faults_of(items, {"uniqueItems": True}) == []) is unique


@pytest.mark.parametrize("value", [5, 5.5, 10**400, float("1e308")])
@pytest.mark.parametrize("divisor", [0, 1e-320, 0.1])
def test_numbers_that_cannot_be_divided_are_no_crash(value: float, divisor: float) -> None:
    assert isinstance(faults_of(value, {"multipleOf": divisor}), list)


def test_a_schema_with_many_alternatives_takes_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults, "MOST_STEPS", 2_000)
    values = [7] * 100
    # Faults would end it early, so the last alternative fits.
    for schema in (
        {"items": {"anyOf": [*({"const": -each} for each in range(1, 1_001)), {}]}},
        {"items": {"enum": [*range(-50_000, 0), 7]}},
    ):
        with pytest.raises(SchemaRefused, match="too long"):
            checked_faults(values, schema)
    assert checked_faults(values, {"items": {"enum": list(range(10))}}) == []
    assert checked_faults(values, {"items": {"anyOf": [{"const": 6}, {"const": 7}]}}) == []


def test_a_schema_of_many_rows_is_checked_once() -> None:
    schema = {"properties": {f"a{number}": {"type": "string"} for number in range(2_000)}}
    check_schema(schema)
    started = time.process_time()
    for _ in range(100):
        check_schema(dict(schema))
    assert time.process_time() - started < 2
    with pytest.raises(SchemaRefused, match="at most 100,000 characters"):
        check_schema({"description": "x" * 100_001})
