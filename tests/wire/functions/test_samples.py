"""Samples for schemas."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistants_app.domain.schemas.faults import faults_of
from assistants_app.wire.functions.samples import sample_of

LEAVES = st.one_of(
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "boolean"},
            {"type": "null"},
            {"type": ["string", "null"]},
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "email"},
            {"type": "string", "format": "ipv6"},
            {"enum": [None, 1]},
            {"const": {"a": 1}},
        ]
    ),
    st.builds(
        lambda low, width, kind, outer: {
            "type": kind,
            "exclusiveMinimum" if outer else "minimum": low,
            "maximum": low + 1 + width,
        },
        st.integers(-1000, 1000),
        st.integers(0, 50),
        st.sampled_from(["integer", "number"]),
        st.booleans(),
    ),
    st.builds(
        lambda least, room: {"type": "string", "minLength": least, "maxLength": least + room},
        st.integers(0, 40),
        st.integers(0, 5),
    ),
    st.builds(
        lambda step, top: {"type": "integer", "multipleOf": step, "maximum": top * step},
        st.integers(1, 30),
        st.integers(-5, 5),
    ),
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    return st.one_of(
        named.map(
            lambda properties: {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            }
        ),
        st.builds(
            lambda items, least: {"type": "array", "items": items, "minItems": least},
            inner,
            st.integers(0, 3),
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches}),
        st.builds(lambda held: {"$defs": {"x": held}, "allOf": [held]}, inner),
    )


@given(st.recursive(LEAVES, _nested, max_leaves=12))
@settings(max_examples=150, deadline=None)
def test_a_sample_fits_its_schema_and_is_always_the_same(schema: dict[str, Any]) -> None:
    sample = sample_of(schema)
    assert faults_of(sample, schema) == []
    assert sample_of(schema) == sample


def test_a_sample_has_telling_values() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "born": {"type": "string", "format": "date"},
            "unit": {"enum": ["celsius", "kelvin"]},
            "friends": {"type": "array", "items": {"$ref": "#/$defs/friend"}},
        },
        "$defs": {"friend": {"type": "object", "properties": {"age": {"type": "integer"}}}},
    }
    assert sample_of(schema) == {
        "name": "name",
        "born": "2025-01-31",
        "unit": "celsius",
        "friends": [{"age": 1}],
    }


def test_the_sample_of_a_recursive_schema_ends_where_the_schema_allows_it() -> None:
    tree = {
        "type": "object",
        "properties": {
            "value": {"type": "string"},
            "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
            "all": {"type": "array", "items": {"$ref": "#"}},
        },
        "required": ["value", "next", "all"],
        "additionalProperties": False,
    }
    assert faults_of(sample_of(tree), tree) == []
    # A schema that cannot end gets a sample all the same.
    assert sample_of({"$ref": "#"}) is not sample_of
    assert faults_of(1, {"$ref": "#"}) == [("", "The schema refers to itself endlessly.")]


@pytest.mark.parametrize("schema", [{"type": "strin"}, {"properties": 4}, {"items": "x"}])
def test_an_invalid_schema_is_reported(schema: dict[str, Any]) -> None:
    sample_of(schema)
    assert faults_of({"a": 1}, schema) in ([], [("", "This is not a valid JSON schema.")])
