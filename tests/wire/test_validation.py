"""Invalid requests are refused in the vendor's words, with the parameter's name."""

from typing import Any

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import RETRIEVAL, Params, parse

FUNCTION = {"type": "function", "function": {"name": "get_weather"}}


@pytest.mark.parametrize(
    ("params", "body", "param", "code", "message"),
    [
        (
            AssistantCreateParams,
            {},
            "model",
            "missing_required_parameter",
            "Missing required parameter: 'model'.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "colour": "red"},
            "colour",
            "unknown_parameter",
            "Unknown parameter: 'colour'.",
        ),
        (
            AssistantCreateParams,
            {"model": 3},
            "model",
            "invalid_type",
            "Invalid type for 'model': expected a string, but got an integer instead.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "temperature": 2.5},
            "temperature",
            "decimal_above_max_value",
            "Invalid 'temperature': decimal above maximum value. "
            "Expected a value <= 2, but got 2.5 instead.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "temperature": "hot"},
            "temperature",
            "invalid_type",
            "Invalid type for 'temperature': expected a decimal, but got a string instead.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "name": "x" * 257},
            "name",
            "string_above_max_length",
            "Invalid 'name': string too long. Expected a string with maximum length 256, "
            "but got a string with length 257 instead.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "tools": [FUNCTION] * 129},
            "tools",
            "array_above_max_length",
            "Invalid 'tools': array too long. Expected an array with maximum length 128, "
            "but got an array with length 129 instead.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "tools": [{"type": "function", "function": {"name": "no space"}}]},
            "tools[0].function.name",
            "invalid_value",
            "Invalid 'tools[0].function.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "tools": [{"type": "function"}]},
            "tools[0].function",
            "missing_required_parameter",
            "Missing required parameter: 'tools[0].function'.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "tools": [{**FUNCTION, "colour": "red"}]},
            "tools[0].colour",
            "unknown_parameter",
            "Unknown parameter: 'tools[0].colour'.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "metadata": {f"k{n}": "v" for n in range(17)}},
            "metadata",
            "object_above_max_properties",
            "Invalid 'metadata': too many properties. Expected an object with at most 16 "
            "properties, but got an object with 17 properties instead.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "metadata": {"actual": "v" * 513}},
            "metadata.actual",
            "string_above_max_length",
            "Invalid 'metadata.actual': string too long. Expected a string with maximum length "
            "512, but got a string with length 513 instead.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "metadata": {"k" * 65: "v"}},
            f"metadata.{'k' * 65}",
            "property_name_above_max_length",
            f"Invalid property name in 'metadata': '{'k' * 65}' is too long. Expected a string "
            "with maximum length 64, but got a string with length 65 instead.",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "tools": [{"type": "retrieval"}]},
            "tools[0].type",
            "invalid_value",
            "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', "
            f"'file_search', and 'function'. {RETRIEVAL}",
        ),
        (
            AssistantCreateParams,
            {"model": "m", "response_format": {"type": "json_schema", "json_schema": {}}},
            "response_format.json_schema.name",
            "missing_required_parameter",
            "Missing required parameter: 'response_format.json_schema.name'.",
        ),
        (
            MessageCreateParams,
            {"role": "system", "content": "hi"},
            "role",
            "invalid_value",
            "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
        ),
        (
            MessageCreateParams,
            {"role": "user", "content": {}},
            "content",
            "invalid_type",
            "Invalid type for 'content': expected one of a string or array of objects, "
            "but got an object instead.",
        ),
        (
            MessageCreateParams,
            {"role": "user", "content": [{"type": "text"}]},
            "content[0].text",
            "missing_required_parameter",
            "Missing required parameter: 'content[0].text'.",
        ),
        (
            RunCreateParams,
            {"assistant_id": "a", "max_prompt_tokens": 0},
            "max_prompt_tokens",
            "integer_below_min_value",
            "Invalid 'max_prompt_tokens': integer below minimum value. "
            "Expected a value >= 1, but got 0 instead.",
        ),
    ],
)
def test_the_first_fault_is_explained(
    params: type[Params], body: dict[str, Any], param: str, code: str, message: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(params, body)
    assert caught.value.body() == {
        "error": {
            "message": message,
            "type": "invalid_request_error",
            "param": param,
            "code": code,
        }
    }


def test_absent_null_and_empty_differ() -> None:
    assert parse(AssistantModifyParams, {}).given() == {}
    assert parse(AssistantModifyParams, {"name": None}).given() == {"name": None}
    assert parse(AssistantModifyParams, {"name": ""}).given() == {"name": ""}
    assert parse(AssistantModifyParams, {"temperature": 0}).given() == {"temperature": 0}


def test_metadata_has_limits() -> None:
    for metadata in ({"k" * 65: "v"}, {"k": "v" * 513}, {str(n): "v" for n in range(17)}):
        with pytest.raises(InvalidRequest):
            parse(AssistantModifyParams, {"metadata": metadata})
    parse(AssistantModifyParams, {"metadata": {"k" * 64: "v" * 512}})
