"""Conversion of a function's JSON to the fields of a form and back.

Parts of the JSON that the form can't show stay unchanged.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TYPES = ("string", "number", "integer", "boolean", "array", "object")
NULL = "null"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the form.

    `type` is one of `TYPES`, or "" if the schema is something else. `enum` has values separated by
    commas, or a JSON array. `was` is the name before the form was edited, or "" for a new row.
    """

    name: str = ""
    type: str = "string"
    description: str = ""
    required: bool = False
    enum: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class FunctionFields:
    """Everything that the form shows of a function."""

    name: str = ""
    description: str = ""
    strict: bool = False
    parameters: tuple[Parameter, ...] = ()


def fields_of(function: Mapping[str, Any]) -> FunctionFields:
    """Return the fields of a function, which may be invalid in any way."""
    schema = _object_or_empty(function.get("parameters"))
    strict = function.get("strict") is True
    required = schema.get("required")
    demanded = required if isinstance(required, list) else []
    return FunctionFields(
        name=_text_or_empty(function.get("name")),
        description=_text_or_empty(function.get("description")),
        strict=strict,
        parameters=tuple(
            _parameter_of(name, _object_or_empty(inner), name in demanded, strict)
            for name, inner in _object_or_empty(schema.get("properties")).items()
        ),
    )


def function_with(function: Mapping[str, Any], fields: FunctionFields) -> dict[str, Any]:
    """Return the function with the form's changes, without rows that have no name.

    If the function is strict, all of its parameters are required and no others are allowed, as the
    vendor wants it. Rows that are not marked as required may then be null.
    """
    before = fields_of(function)
    changed = {**function, "name": fields.name, "description": fields.description}
    if not fields.description and not function.get("description"):
        changed.pop("description")
    if fields.strict or "strict" in function:
        changed["strict"] = fields.strict
    if fields.parameters or "parameters" in function:
        changed["parameters"] = _parameters_schema(function, before, fields)
    return changed


def _parameters_schema(
    function: Mapping[str, Any], before: FunctionFields, fields: FunctionFields
) -> dict[str, Any]:
    # A row that was renamed keeps the rest of its schema, found under the old name.
    given = _object_or_empty(function.get("parameters"))
    kept = _object_or_empty(given.get("properties"))
    shown = {parameter.name: parameter for parameter in before.parameters}
    named = [parameter for parameter in fields.parameters if parameter.name]
    schema = {"type": "object", **given}
    schema["properties"] = {
        row.name: _property_schema(
            _object_or_empty(kept.get(row.was)), row, shown.get(row.was), fields.strict
        )
        for row in named
    }
    demanded = [row.name for row in named if fields.strict or row.required]
    schema["required"] = list(dict.fromkeys(demanded))
    if not demanded and "required" not in given:
        schema.pop("required")
    if fields.strict:
        schema["additionalProperties"] = False
    return schema


def _property_schema(
    schema: Mapping[str, Any], row: Parameter, before: Parameter | None, strict: bool
) -> dict[str, Any]:
    # Only what was edited changes. A schema that the form shows in part, such as an array with its
    # items, stays whole.
    changed = dict(schema)
    if row.type and (before is None or row.type != before.type):
        changed = _of_type(row.type, strict)
        before = None
    if row.description:
        changed["description"] = row.description
    else:
        changed.pop("description", None)
    if before is None or row.enum != before.enum:
        changed.pop("enum", None)
        if values := _parse_enum(row.enum, row.type):
            changed["enum"] = values
    return _with_nullability(changed, not row.required) if strict else changed


def _of_type(kind: str, strict: bool) -> dict[str, Any]:
    if kind == "array":
        return {"type": "array", "items": {"type": "string"}}
    if kind == "object":
        # Strict mode refuses an object without these two.
        closed = {"required": [], "additionalProperties": False} if strict else {}
        return {"type": "object", "properties": {}, **closed}
    return {"type": kind}


def _with_nullability(schema: dict[str, Any], nullable: bool) -> dict[str, Any]:
    # Strict mode requires every parameter. An optional parameter may be null instead.
    types = _types_of(schema)
    if not types or (NULL in types) == nullable:
        return schema
    kept = [kind for kind in types if kind != NULL]
    schema["type"] = [*kept, NULL] if nullable else kept[0] if len(kept) == 1 else kept
    if isinstance(enum := schema.get("enum"), list):
        values = [value for value in enum if value is not None]
        schema["enum"] = [*values, None] if nullable else values
    return schema


def _parameter_of(name: str, schema: Mapping[str, Any], demanded: bool, strict: bool) -> Parameter:
    types = _types_of(schema)
    kept = [kind for kind in types if kind != NULL]
    enum = schema.get("enum")
    return Parameter(
        name=name,
        type=kept[0] if len(kept) == 1 and kept[0] in TYPES else "",
        description=_text_or_empty(schema.get("description")),
        required=demanded and not (strict and NULL in types),
        enum=_format_enum(enum) if isinstance(enum, list) else "",
        was=name,
    )


def _types_of(schema: Mapping[str, Any]) -> list[Any]:
    given = schema.get("type")
    return given if isinstance(given, list) else [given] if given else []


def _format_enum(values: Sequence[Any]) -> str:
    # Separated by commas if the form can read them back, else as JSON. Null is left out: the form
    # shows it as "not required".
    values = [value for value in values if value is not None]
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    plain = all(text and text == text.strip() and "," not in text for text in texts)
    if plain and not (texts and texts[0].startswith("[")) and _is_read_back(values, texts):
        return ", ".join(texts)
    return json.dumps(values, ensure_ascii=False)


def _is_read_back(values: Sequence[Any], texts: Sequence[str]) -> bool:
    # `_parse_enum` reads only texts or only numbers. Booleans, objects and mixtures need JSON.
    if all(isinstance(value, str) for value in values):
        return True
    return all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    ) and len(texts) == len(values)


def _parse_enum(text: str, kind: str) -> list[Any]:
    if text.strip().startswith("["):
        try:
            read = json.loads(text)
        except ValueError:
            read = None
        if isinstance(read, list):
            return read
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [_parse_number(part) for part in parts] if kind in {"number", "integer"} else parts


def _parse_number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _object_or_empty(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text_or_empty(value: Any) -> str:
    return value if isinstance(value, str) else ""
