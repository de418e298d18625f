"""Checks a request's JSON and says what is wrong with it in the vendor's words."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from assistants_app.domain.errors import InvalidRequest

ParamsType = TypeVar("ParamsType", bound="Params")


class Params(BaseModel):
    """The base of all request bodies: nothing unknown, nothing converted in silence.

    Absent, null and empty differ: `given` tells which fields the request had.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, protected_namespaces=())

    def given(self) -> dict[str, Any]:
        """The fields that the request had, as plain JSON values."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


class Nested(Params):
    """The base of objects in a request that are kept and shown as they came: in them the vendor
    knows no null, so null there means "not given".
    """

    @model_serializer(mode="wrap")
    def _without_nulls(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}


def refusal(words: str, *, code: str | None, at: str = "") -> PydanticCustomError:
    """What a validator raises that has the vendor's own words. `at`: a field below its own."""
    return PydanticCustomError("refusal", "refused", {"words": words, "code": code, "at": at})


def parse(params: type[ParamsType], data: Mapping[str, Any]) -> ParamsType:
    """`data` as `params`, or :class:`InvalidRequest` for its first fault (the vendor's habit)."""
    try:
        return params.model_validate(data)
    except ValidationError as error:
        raise _invalid_request(error.errors(include_url=False), data) from None


def problems(params: type[ParamsType], data: Mapping[str, Any]) -> list[InvalidRequest]:
    """All that is wrong with `data`: of each field, or item of a list, its first fault."""
    try:
        params.model_validate(data)
    except ValidationError as error:
        places: dict[tuple[Any, ...], list[ErrorDetails]] = {}
        for fault in error.errors(include_url=False):
            item = fault["loc"][1:2]
            within = item if item and isinstance(item[0], int) else ()
            places.setdefault((*fault["loc"][:1], *within), []).append(fault)
        return [_invalid_request(faults, data) for faults in places.values()]
    return []


def _invalid_request(faults: list[ErrorDetails], data: Mapping[str, Any]) -> InvalidRequest:
    fault = max(faults, key=lambda fault: _aptness(fault, data))
    name = _param_name(fault, data)
    if fault["type"] == "refusal":
        context = fault["ctx"]
        param = ".".join(filter(None, (name, context["at"])))
        return InvalidRequest(context["words"], param=param, code=context["code"])
    message, code = _explain(fault, name)
    if {"string_type", "list_type"} <= {
        other["type"] for other in faults if _param_name(other, data) == name
    }:
        message = message.replace(
            "expected an array", "expected one of a string or array of objects"
        )
    return InvalidRequest(message, param=name or None, code=code)


def _aptness(fault: ErrorDetails, data: Mapping[str, Any]) -> tuple[int, bool]:
    """Of a union's faults the deepest tells most: that branch is the one the caller meant."""
    name = _param_name(fault, data)
    return name.count(".") + name.count("["), fault["type"] not in {"literal_error", "string_type"}


# Fields whose values tell by their type which of several models they are. pydantic puts that type
# into the path of a fault, where it looks like a field: a function has a field "function".
_TAGGED = ("tools", "content", "response_format")


def _param_name(fault: ErrorDetails, data: Any) -> str:
    """``("tools", 0, "function", "function", "name")`` as the vendor writes it.

    pydantic puts the tried branch of a union into the path. Walking the request's own data tells
    the branches from the fields: only fields are there, or are the last part and missing.
    """
    name, field = "", ""
    tagged = False
    last = len(fault["loc"]) - 1
    for position, part in enumerate(fault["loc"]):
        if isinstance(part, int):
            name += f"[{part}]"
            data = data[part] if isinstance(data, list) and part < len(data) else None
            tagged = field in _TAGGED
        elif tagged and isinstance(data, Mapping) and data.get("type") == part:
            tagged = False
        elif isinstance(data, Mapping) and part in data:
            name += f".{part}" if name else part
            data, field = data[part], part
            tagged = field in _TAGGED
        elif position == last and fault["type"] == "missing":
            name += f".{part}" if name else part
    return f"{name}.type" if fault["type"] in {"union_tag_invalid", "union_tag_not_found"} else name


_EXPECTED = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a decimal",
    "bool_type": "a boolean",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def kind_of(value: object) -> str:
    """How the vendor names a JSON value's type in a sentence."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _explain(fault: ErrorDetails, name: str) -> tuple[str, str]:
    kind, value, context = fault["type"], fault["input"], fault.get("ctx", {})
    if fault["loc"] and fault["loc"][-1] == "[key]":
        return _explain_key(value, context, name.removesuffix(f".{value}"))
    if kind == "missing":
        return f"Missing required parameter: '{name}'.", "missing_required_parameter"
    if kind == "extra_forbidden":
        return f"Unknown parameter: '{name}'.", "unknown_parameter"
    if kind in _EXPECTED:
        return (
            f"Invalid type for '{name}': expected {_EXPECTED[kind]}, "
            f"but got {kind_of(value)} instead.",
            "invalid_type",
        )
    return _explain_value(kind, value, context, name)


def _explain_key(key: str, context: dict[str, Any], name: str) -> tuple[str, str]:
    return (
        f"Invalid property name in '{name}': '{key}' is too long. Expected a string with maximum "
        f"length {context['max_length']}, but got a string with length {len(key)} instead.",
        "property_name_above_max_length",
    )


def _explain_value(kind: str, value: Any, context: dict[str, Any], name: str) -> tuple[str, str]:
    match kind:
        case "literal_error" | "enum" | "union_tag_invalid":
            supported = str(context.get("expected") or context.get("expected_tags", ""))
            shown = value.get("type") if isinstance(value, dict) else value
            return (
                f"Invalid value: '{shown}'. Supported values are: {_enumerate(supported)}.",
                "invalid_value",
            )
        case "union_tag_not_found":
            return f"Missing required parameter: '{name}'.", "missing_required_parameter"
        case "too_long" if isinstance(value, dict):
            limit = context["max_length"]
            return (
                f"Invalid '{name}': too many properties. Expected an object with at most {limit} "
                f"properties, but got an object with {len(value)} properties instead.",
                "object_above_max_properties",
            )
        case "string_too_long" | "string_too_short" | "too_long" | "too_short":
            return _explain_length(kind, value, context, name)
        case "less_than_equal" | "greater_than_equal":
            return _explain_bound(kind, value, context, name)
        case "string_pattern_mismatch":
            return (
                f"Invalid '{name}': string does not match pattern. "
                f"Expected a string that matches the pattern '{context['pattern']}'.",
                "invalid_value",
            )
        case _:
            return f"Invalid '{name}': {kind.replace('_', ' ')}.", "invalid_value"


def _enumerate(supported: str) -> str:
    """pydantic's list of quoted values as the vendor writes it: with "and" before the last."""
    values = re.findall(r"'[^']*'", supported)
    if len(values) < 3:
        return " and ".join(values)
    return f"{', '.join(values[:-1])}, and {values[-1]}"


def _explain_length(kind: str, value: Any, context: dict[str, Any], name: str) -> tuple[str, str]:
    article, noun = kind_of(value).split(" ")
    long = kind.endswith("long")
    wrong, bound = ("long", "maximum") if long else ("short", "minimum")
    limit = context["max_length" if long else "min_length"]
    return (
        f"Invalid '{name}': {noun} too {wrong}. Expected {article} {noun} with {bound} length "
        f"{limit}, but got {article} {noun} with length {len(value)} instead.",
        f"{noun}_{'above_max' if long else 'below_min'}_length",
    )


def _explain_bound(kind: str, value: Any, context: dict[str, Any], name: str) -> tuple[str, str]:
    above = kind == "less_than_equal"
    limit = context["le" if above else "ge"]
    number = "integer" if isinstance(limit, int) else "decimal"
    shown = int(limit) if float(limit).is_integer() else limit
    wrong, sign = ("above maximum", "<=") if above else ("below minimum", ">=")
    return (
        f"Invalid '{name}': {number} {wrong} value. "
        f"Expected a value {sign} {shown}, but got {value} instead.",
        f"{number}_{'above_max' if above else 'below_min'}_value",
    )
