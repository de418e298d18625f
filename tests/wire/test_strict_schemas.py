"""Invalid schemas are refused in the vendor's words, which clients' code may look for."""

import datetime
import enum
from typing import Any, Literal

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire import strict_schemas
from assistants_app.wire.assistants.assistants import AssistantCreateParams
from assistants_app.wire.validation import parse

STRING = {"type": "string"}


def closed(**properties: Any) -> dict[str, Any]:
    """Return an object schema as strict mode wants it."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def nested(levels: int) -> dict[str, Any]:
    schema = closed(leaf=STRING)
    for _ in range(levels - 1):
        schema = closed(inner=schema)
    return schema


GOOD = [
    closed(),
    closed(city=STRING, unit={"type": ["string", "null"], "enum": ["c", "f", None]}),
    closed(when={"type": "string", "format": "date-time"}),
    closed(any={"anyOf": [STRING, {"type": "null"}, closed(x=STRING)]}),
    {**closed(next={"anyOf": [{"$ref": "#"}, {"type": "null"}]})},
    {**closed(a={"$ref": "#/$defs/a~1b"}), "$defs": {"a/b": closed(x={"type": "number"})}},
    closed(enum=STRING, type=STRING, default=STRING, allOf=STRING),
    nested(strict_schemas.MAX_LEVELS),
    closed(**{f"p{n}": STRING for n in range(strict_schemas.MAX_PROPERTIES)}),
    closed(e={"type": "integer", "enum": list(range(strict_schemas.MAX_ENUM_VALUES))}),
]
FALSE = "'additionalProperties' is required to be supplied and to be false."
ALL = "'required' is required to be supplied and to be an array including every key in properties."
BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'."),
    (
        {"type": "array", "items": STRING},
        "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'.",
    ),
    ({"type": "object", "properties": {}}, f"In context=(), {FALSE}"),
    ({**closed(), "additionalProperties": {}}, f"In context=(), {FALSE}"),
    (
        closed(a={"type": "object", "properties": {}}),
        f"In context=('properties', 'a'), {FALSE}",
    ),
    (
        closed(a={"type": "array", "items": {"type": "object"}}),
        f"In context=('properties', 'a', 'items'), {FALSE}",
    ),
    (
        {**closed(a={"$ref": "#/$defs/x"}), "$defs": {"x": {"type": "object"}}},
        f"In context=('$defs', 'x'), {FALSE}",
    ),
    ({**closed(a=STRING), "required": []}, f"In context=(), {ALL} Missing 'a'."),
    (
        {**closed(a=STRING), "required": ["a", "b"]},
        f"In context=(), {ALL} Extra required key 'b' supplied.",
    ),
    ({**closed(a=STRING), "required": [{}]}, f"In context=(), {ALL}"),
    (closed(a={}), "In context=('properties', 'a'), schema must have a 'type' key."),
    (closed(a={"const": 1}), "In context=('properties', 'a'), schema must have a 'type' key."),
    (
        closed(a={"anyOf": [STRING, {}]}),
        "In context=('properties', 'a', 'anyOf', '1'), schema must have a 'type' key.",
    ),
    (closed(a={"allOf": [STRING]}), "In context=('properties', 'a'), 'allOf' is not permitted."),
    (
        closed(a={"type": "string", "minLength": 1}),
        "In context=('properties', 'a'), 'minLength' is not permitted.",
    ),
    (
        closed(a={"type": "string", "default": ""}),
        "In context=('properties', 'a'), 'default' is not permitted.",
    ),
    ({**closed(), "oneOf": []}, "In context=(), 'oneOf' is not permitted."),
    ({**closed(), "anyOf": [closed()]}, "In context=(), 'anyOf' is not permitted."),
    (closed(a={"type": "array"}), "In context=('properties', 'a'), array schema missing items."),
    (
        closed(a={"type": "string", "format": "uri"}),
        "In context=('properties', 'a'), 'uri' is not a valid format.",
    ),
    (
        closed(a={"type": "string", "format": {}}),
        "In context=('properties', 'a'), '{}' is not a valid format.",
    ),
    (closed(a={"type": "text"}), "In context=('properties', 'a'), 'text' is not a valid type."),
    (closed(a={"type": [{}]}), "In context=('properties', 'a'), '[{}]' is not a valid type."),
    (
        closed(a={"$ref": "#/$defs/gone"}),
        "In context=('properties', 'a'), reference '#/$defs/gone' is not found in the schema.",
    ),
    (closed(a="x"), "In context=('properties', 'a'), schema must be an object."),
    (nested(11), "11 levels of nesting exceeds limit of 10."),
    (
        closed(**{f"p{n}": STRING for n in range(5_001)}),
        "5001 parameters exceeds limit of 5000.",
    ),
    (
        closed(e={"type": "integer", "enum": list(range(1_001))}),
        "Expected at most 1000 enum values in total within a single schema when using structured "
        "outputs, but received 1001. Consider reducing the number of enums, or opt out of "
        "structured outputs by setting 'strict: false'.",
    ),
    (
        closed(e={"type": "string", "enum": [f"{n:060}" for n in range(251)]}),
        "Expected at most 15000 total characters across enum values when there are more than 250 "
        "enum values, but received 15060. Consider reducing the number of enums, or opt out of "
        "structured outputs by setting 'strict: false'.",
    ),
]


@pytest.mark.parametrize("schema", GOOD)
def test_schemas_that_the_vendor_accepts_are_accepted(schema: dict[str, Any]) -> None:
    assert strict_schemas.fault_of(schema, strict=True) is None


class Unit(enum.Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


class Place(BaseModel):
    """Where it is."""

    kind: Literal["city"]
    name: str = Field(description="Its name.", pattern="^[A-Z]")
    inside: "Place | None"


class Question(BaseModel):
    places: list[Place] = Field(min_length=1, max_length=5)
    unit: Unit | None
    day: datetime.date
    hours: int = Field(ge=0, lt=24)
    answer: Place | str


def test_schemas_that_the_sdk_makes_from_pydantic_models_are_accepted() -> None:
    function = openai.pydantic_function_tool(Question)["function"]
    assert function["strict"] is True
    parameters = dict(function["parameters"])
    assert strict_schemas.fault_of(parameters, strict=True) is None


@pytest.mark.parametrize(("schema", "words"), BAD)
def test_the_first_fault_of_a_strict_schema_is_reported(schema: dict[str, Any], words: str) -> None:
    assert strict_schemas.fault_of(schema, strict=True) == words


def test_a_schema_that_is_not_strict_need_only_be_an_object() -> None:
    assert strict_schemas.fault_of({"type": "object", "properties": {}}, strict=False) is None
    assert strict_schemas.fault_of({"type": "object"}, strict=False) == (
        "In context=(), object schema missing properties."
    )
    assert "got 'type: \"None\"'" in str(strict_schemas.fault_of({}, strict=False))


def test_deep_schemas_are_refused_and_not_followed_to_the_end() -> None:
    assert strict_schemas.fault_of(nested(900), strict=True) == (
        "900 levels of nesting exceeds limit of 10."
    )


KEYWORDS = st.sampled_from(
    ["type", "properties", "required", "additionalProperties", "items", "anyOf", "$ref", "$defs"]
    + ["enum", "format", "const", "a"]
)
WORDS = st.sampled_from(["object", "array", "string", "a", "#", "#/$defs/a", "date", ""])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=5),
    max_leaves=25,
)
OBJECTS = st.dictionaries(KEYWORDS, ANYTHING, max_size=6).map(
    lambda one: {**one, "type": "object", "additionalProperties": False}
)


@settings(max_examples=500, derandomize=True, deadline=None, database=None)
@given(schema=OBJECTS | st.dictionaries(KEYWORDS, ANYTHING), strict=st.booleans())
def test_any_schema_gets_a_sentence_or_none(schema: dict[str, Any], strict: bool) -> None:
    words = strict_schemas.fault_of(schema, strict=strict)
    assert words is None or words.endswith(".")


def refused(body: dict[str, Any]) -> dict[str, str | None]:
    with pytest.raises(InvalidRequest) as caught:
        parse(AssistantCreateParams, {"model": "m", **body})
    return caught.value.body()["error"]


def test_a_function_with_a_bad_schema_is_named() -> None:
    function = {"name": "f", "strict": True, "parameters": {"type": "object", "properties": {}}}
    good = {"type": "function", "function": {"name": "g"}}
    assert refused({"tools": [good, {"type": "function", "function": function}]}) == {
        "message": f"Invalid schema for function 'f': In context=(), {FALSE}",
        "type": "invalid_request_error",
        "param": "tools[1].function.parameters",
        "code": "invalid_function_parameters",
    }


def test_a_response_format_with_a_bad_schema_is_named() -> None:
    asked = {"name": "answer", "strict": True, "schema": {"type": "object", "properties": {}}}
    assert refused({"response_format": {"type": "json_schema", "json_schema": asked}}) == {
        "message": f"Invalid schema for response_format 'answer': In context=(), {FALSE}",
        "type": "invalid_request_error",
        "param": "response_format",
        "code": None,
    }


def test_a_response_format_that_is_not_strict_may_have_any_schema() -> None:
    asked = {"name": "answer", "schema": {"oneOf": [STRING]}}
    body = {"model": "m", "response_format": {"type": "json_schema", "json_schema": asked}}
    assert parse(AssistantCreateParams, body).given() == body
