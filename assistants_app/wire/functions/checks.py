"""Remarks on a function or schema while somebody writes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.validators import Draft202012Validator

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tools import FUNCTION
from assistants_app.wire.common import FunctionDefinition, JsonSchemaFormat
from assistants_app.wire.functions.names import suggested_name
from assistants_app.wire.json_bodies import check_texts
from assistants_app.wire.validation import Params, problems


@dataclass(frozen=True, slots=True)
class Remark:
    """Something wrong with a function or schema.

    `param` is the path of the field, as in the API's errors. `line` counts from 1 and is set if the
    text is not JSON. If `refused` is false, the API accepts it all the same. `use` is a name that
    the API would accept instead, or "".
    """

    message: str
    param: str = ""
    line: int | None = None
    refused: bool = True
    use: str = ""


def read_object(text: str) -> dict[str, Any] | Remark:
    """Return the JSON object in `text`, or what is wrong with it."""
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
    """Return the function in `value`, which is a function or a whole tool."""
    # People also paste {"type": "function", "function": {…}}, as they have it in their code.
    inner = value.get("function")
    return inner if value.get("type") == FUNCTION and isinstance(inner, dict) else value


def remarks_on_function(function: Mapping[str, Any]) -> list[Remark]:
    """Return the API's errors, then what JSON Schema itself doesn't allow in the parameters."""
    return [
        *_refusals(FunctionDefinition, function, function.get("name")),
        *_remarks_on_schema(function.get("parameters"), "parameters"),
    ]


def remarks_on_reply_schema(value: Mapping[str, Any]) -> list[Remark]:
    """Return remarks on ``{"name", "schema", "strict"}``, the schema that replies follow."""
    # Checked as part of a response format, because that is how the API takes it.
    body = {"type": "json_schema", "json_schema": dict(value)}
    return [
        *_refusals(JsonSchemaFormat, body, value.get("name")),
        *_remarks_on_schema(value.get("schema"), "schema"),
    ]


def _refusals(params: type[Params], body: Mapping[str, Any], name: Any) -> list[Remark]:
    use = suggested_name(name) if isinstance(name, str) else ""
    return [
        Remark(error.message, param, use=use if param == "name" else "")
        for error in problems(params, body)
        for param in [(error.param or "").removeprefix("json_schema.")]
    ]


def _remarks_on_schema(schema: Any, name: str) -> list[Remark]:
    # A schema that is no object is already among the API's errors.
    if not isinstance(schema, dict):
        return []
    # The API does not check schemas against JSON Schema, so these remarks are advice.
    fault = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if fault is None:
        return []
    where = ".".join([name, *(str(part) for part in fault.absolute_path)])
    return [Remark(f"This is not a valid JSON schema: {fault.message}.", where, refused=False)]
