"""A function's JSON as the fields of a form, and back. What a form cannot show stays as it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TYPES = ("string", "number", "integer", "boolean", "array", "object")
NULL = "null"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the form. `type`: one of `TYPES`, or "" for a schema that is none of them alone.
    `enum`: the values, between commas, or as a JSON array. `was`: its name before, "" if it is new.
    """

    name: str = ""
    type: str = "string"
    description: str = ""
    required: bool = False
    enum: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class FunctionFields:
    """All that the form shows of a function."""

    name: str = ""
    description: str = ""
    strict: bool = False
    parameters: tuple[Parameter, ...] = ()


def fields_of(function: Mapping[str, Any]) -> FunctionFields:
    """The fields of a function as it is, however wrong it may be."""
    schema = _object(function.get("parameters"))
    strict = function.get("strict") is True
    required = schema.get("required")
    demanded = required if isinstance(required, list) else []
    return FunctionFields(
        name=_text(function.get("name")),
        description=_text(function.get("description")),
        strict=strict,
        parameters=tuple(
            _parameter(name, _object(inner), name in demanded, strict)
            for name, inner in _object(schema.get("properties")).items()
        ),
    )


def function_with(function: Mapping[str, Any], fields: FunctionFields) -> dict[str, Any]:
    """The function as the form says it. Rows without a name are left out.

    A strict one demands all its parameters, as the vendor has it: those that are not required may
    be null, and nothing else may be given.
    """
    before = fields_of(function)
    changed = {**function, "name": fields.name, "description": fields.description}
    if not fields.description and not function.get("description"):
        changed.pop("description")
    if fields.strict or "strict" in function:
        changed["strict"] = fields.strict
    if fields.parameters or "parameters" in function:
        changed["parameters"] = _schema(function, before, fields)
    return changed


def _schema(
    function: Mapping[str, Any], before: FunctionFields, fields: FunctionFields
) -> dict[str, Any]:
    given = _object(function.get("parameters"))
    kept = _object(given.get("properties"))
    shown = {parameter.name: parameter for parameter in before.parameters}
    named = [parameter for parameter in fields.parameters if parameter.name]
    schema = {"type": "object", **given}
    schema["properties"] = {
        row.name: _property(_object(kept.get(row.was)), row, shown.get(row.was), fields.strict)
        for row in named
    }
    demanded = [row.name for row in named if fields.strict or row.required]
    schema["required"] = list(dict.fromkeys(demanded))
    if not demanded and "required" not in given:
        schema.pop("required")
    if fields.strict:
        schema["additionalProperties"] = False
    return schema


def _property(
    schema: Mapping[str, Any], row: Parameter, before: Parameter | None, strict: bool
) -> dict[str, Any]:
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
        if values := _values(row.enum, row.type):
            changed["enum"] = values
    return _nullable(changed, not row.required) if strict else changed


def _of_type(kind: str, strict: bool) -> dict[str, Any]:
    if kind == "array":
        return {"type": "array", "items": {"type": "string"}}
    if kind == "object":
        closed = {"required": [], "additionalProperties": False} if strict else {}
        return {"type": "object", "properties": {}, **closed}
    return {"type": kind}


def _nullable(schema: dict[str, Any], nullable: bool) -> dict[str, Any]:
    types = _types(schema)
    if not types or (NULL in types) == nullable:
        return schema
    kept = [kind for kind in types if kind != NULL]
    schema["type"] = [*kept, NULL] if nullable else kept[0] if len(kept) == 1 else kept
    if isinstance(enum := schema.get("enum"), list):
        values = [value for value in enum if value is not None]
        schema["enum"] = [*values, None] if nullable else values
    return schema


def _parameter(name: str, schema: Mapping[str, Any], demanded: bool, strict: bool) -> Parameter:
    types = _types(schema)
    kept = [kind for kind in types if kind != NULL]
    enum = schema.get("enum")
    return Parameter(
        name=name,
        type=kept[0] if len(kept) == 1 and kept[0] in TYPES else "",
        description=_text(schema.get("description")),
        required=demanded and not (strict and NULL in types),
        enum=_written(enum) if isinstance(enum, list) else "",
        was=name,
    )


def _types(schema: Mapping[str, Any]) -> list[Any]:
    given = schema.get("type")
    return given if isinstance(given, list) else [given] if given else []


def _written(values: Sequence[Any]) -> str:
    """Between commas where that can be read back, else as JSON."""
    values = [value for value in values if value is not None]
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    plain = all(text and text == text.strip() and "," not in text for text in texts)
    if plain and not (texts and texts[0].startswith("[")) and _is_read_back(values, texts):
        return ", ".join(texts)
    return json.dumps(values, ensure_ascii=False)


def _is_read_back(values: Sequence[Any], texts: Sequence[str]) -> bool:
    if all(isinstance(value, str) for value in values):
        return True
    return all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    ) and len(texts) == len(values)


def _values(text: str, kind: str) -> list[Any]:
    if text.strip().startswith("["):
        try:
            read = json.loads(text)
        except ValueError:
            read = None
        if isinstance(read, list):
            return read
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [_number(part) for part in parts] if kind in {"number", "integer"} else parts


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
