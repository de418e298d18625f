"""What is to say of a function or a schema while somebody writes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.validators import Draft202012Validator

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tools import FUNCTION
from assistants_app.wire.common import FunctionDefinition, JsonSchemaFormat
from assistants_app.wire.json_bodies import check_texts
from assistants_app.wire.validation import Params, problems


@dataclass(frozen=True, slots=True)
class Remark:
    """`param`: where, in the API's words. `line`: where in the text, from 1, if it is no JSON.
    `refused`: whether the API does not take it; else it is advice.
    """

    message: str
    param: str = ""
    line: int | None = None
    refused: bool = True


def read_object(text: str) -> dict[str, Any] | Remark:
    """The object that `text` is, or what is wrong with it."""
    if not text.strip():
        return Remark("Enter a JSON object.")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return Remark(f"This is not valid JSON: {error.msg}.", line=error.lineno)
    except (ValueError, RecursionError):
        return Remark("This is not valid JSON: it is nested too deeply.")
    if not isinstance(value, dict):
        return Remark("This must be a JSON object.")
    try:
        check_texts(value)
    except InvalidRequest as error:
        return Remark(error.message, error.param or "")
    return value


def function_in(value: dict[str, Any]) -> dict[str, Any]:
    """The function itself: people also paste the whole tool."""
    inner = value.get("function")
    return inner if value.get("type") == FUNCTION and isinstance(inner, dict) else value


def remarks_on_function(function: Mapping[str, Any]) -> list[Remark]:
    """What the API says against it, then what a JSON schema may not be."""
    return [
        *_refusals(FunctionDefinition, function),
        *_remarks_on_schema(function.get("parameters"), "parameters"),
    ]


def remarks_on_reply_schema(value: Mapping[str, Any]) -> list[Remark]:
    """Of ``{"name", "schema", "strict"}``, the schema that replies follow."""
    body = {"type": "json_schema", "json_schema": dict(value)}
    return [
        *_refusals(JsonSchemaFormat, body),
        *_remarks_on_schema(value.get("schema"), "schema"),
    ]


def _refusals(params: type[Params], body: Mapping[str, Any]) -> list[Remark]:
    return [
        Remark(error.message, (error.param or "").removeprefix("json_schema."))
        for error in problems(params, body)
    ]


def _remarks_on_schema(schema: Any, name: str) -> list[Remark]:
    if not isinstance(schema, dict):
        return []
    fault = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if fault is None:
        return []
    where = ".".join([name, *(str(part) for part in fault.absolute_path)])
    return [Remark(f"This is not a valid JSON schema: {fault.message}.", where, refused=False)]
