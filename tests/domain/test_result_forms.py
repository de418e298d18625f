"""Forms made from schemas and examples, and read back to JSON without loss."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.result_forms import (
    FIELDS,
    compose,
    fields_of_example,
    fields_of_schema,
    filled,
)

SCHEMA = {
    "type": "object",
    "properties": {
        "temperature": {"type": "number", "description": "In degrees"},
        "days": {"type": "integer"},
        "wet": {"type": "boolean"},
        "unit": {"enum": ["C", "F"]},
        "place": {"type": "object", "properties": {"name": {"type": "string"}}},
        "hours": {"type": "array"},
    },
    "required": ["temperature"],
}
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8)
objects = st.dictionaries(
    st.text(max_size=4),
    scalars
    | st.lists(scalars, max_size=3)
    | st.dictionaries(st.text(max_size=3), scalars, max_size=3),
    min_size=1,
    max_size=6,
)


def test_a_schema_gives_a_field_for_each_value() -> None:
    fields = fields_of_schema(SCHEMA)
    assert [(field.label, field.kind, field.required) for field in fields] == [
        ("temperature", "number", True),
        ("days", "integer", False),
        ("wet", "boolean", False),
        ("unit", "choice", False),
        ("place.name", "text", False),
        ("hours", "json", False),
    ]
    assert fields[0].hint == "In degrees"
    assert (fields[2].options, fields[3].options) == (("true", "false"), ("C", "F"))


def test_empty_optional_fields_are_left_out() -> None:
    tokens = [field.token for field in fields_of_schema(SCHEMA)]
    texts = ["1.5", "", "true", "C", "Paris", "[1]"]
    assert compose(list(zip(tokens, texts, strict=True))) == {
        "temperature": 1.5,
        "wet": True,
        "unit": "C",
        "place": {"name": "Paris"},
        "hours": [1],
    }


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        (0, "", "'temperature': expected a number"),
        (0, "true", "expected a number, but got 'true'"),
        (0, "NaN", "expected a number"),
        (1, "1.5", "'days': expected an integer"),
        (2, "1", "'wet': expected true or false"),
        (5, "[", "'hours': expected JSON"),
    ],
)
def test_a_text_of_the_wrong_kind_is_refused(field: int, text: str, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        compose([(fields_of_schema(SCHEMA)[field].token, text)])


@pytest.mark.parametrize("token", ["", "[]", '["text", true]', '["text", true, 1]', "[" * 9999])
def test_an_invalid_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequest, match="invalid fields"):
        compose([(token, "x")])


def test_large_objects_and_other_values_have_no_form() -> None:
    assert fields_of_example({str(number): 1 for number in range(FIELDS + 1)}) == ()
    assert fields_of_example([1]) == fields_of_example("text") == ()


def test_a_form_that_cannot_show_all_of_an_output_is_not_used() -> None:
    fields = fields_of_schema(SCHEMA)
    assert filled(fields, {"temperature": 1}) is not None
    assert filled(fields, {"temperature": 1, "more": 2}) is None
    assert filled(fields, {"temperature": "warm"}) is None
    assert filled(fields, [1]) is None


@given(objects)
def test_an_example_comes_back_from_its_own_form(example: dict[str, Any]) -> None:
    shown = filled(fields_of_example(example), example)
    assert shown is not None
    assert compose([(field.token, field.text) for field in shown]) == example
