"""Validation of requests, which describes problems in the vendor's words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.empty_objects import empty_as_object

ParamsType = TypeVar("ParamsType", bound="Params")
RETRIEVAL = (
    "In version 2 of the Assistants API, the tool 'retrieval' is called 'file_search'. It searches "
    "the vector stores in 'tool_resources'."
)


class Params(BaseModel):
    """The base class of request bodies, which refuses unknown fields and converts no types.

    Absent, null and empty values differ. `given` returns the fields that the request has.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _read_empty_list(cls, value: Any) -> Any:
        return empty_as_object(value)

    def given(self) -> dict[str, Any]:
        """Return the fields that the request has, as plain JSON values."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


class Nested(Params):
    """The base class of objects in a request that are stored and returned as they are."""

    # The vendor's document has no null in these objects, so a null in a request counts as absent.

    @model_serializer(mode="wrap")
    def _without_nulls(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}


def refusal(words: str, *, code: str | None, at: str = "") -> PydanticCustomError:
    """Return the error to raise in a validator to refuse a value in the vendor's words.

    `at` is the path of the refused field below the validator's own.
    """
    return PydanticCustomError("refusal", "refused", {"words": words, "code": code, "at": at})


def moved(field: str, advice: str) -> PydanticCustomError:
    """Return the error to raise in a validator for a field of version 1 of the API."""
    return PydanticCustomError("moved", "moved", {"field": field, "advice": advice})


def parse(params: type[ParamsType], data: Mapping[str, Any]) -> ParamsType:
    """Return `data` as `params`. Raises :class:`InvalidRequest`."""
    # Like the vendor's, the error describes only one of several problems.
    try:
        return params.model_validate(data)
    except ValidationError as error:
        raise _invalid_request(error.errors(include_url=False), data) from None


def problems(params: type[ParamsType], data: Mapping[str, Any]) -> list[InvalidRequest]:
    """Return an error for each field, or item of a list, that is wrong in `data`."""
    # The page shows each error at its field, and those of a list, such as tools, at their item.
    places: dict[tuple[Any, ...], list[ErrorDetails]] = {}
    for fault in _faults(params, data):
        item = fault["loc"][1:2]
        within = item if item and isinstance(item[0], int) else ()
        places.setdefault((*fault["loc"][:1], *within), []).append(fault)
    return [_invalid_request(faults, data) for faults in places.values()]


def _faults(params: type[Params], data: Mapping[str, Any]) -> Iterator[ErrorDetails]:
    try:
        params.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        yield from faults
        # A field of version 1 is refused before the others are looked at.
        moved = {one["ctx"]["field"] for one in faults if one["type"] == "moved"} & data.keys()
        if moved:
            rest = {name: value for name, value in data.items() if name not in moved}
            yield from _faults(params, rest)


def _invalid_request(faults: list[ErrorDetails], data: Mapping[str, Any]) -> InvalidRequest:
    fault = max(faults, key=lambda fault: _relevance(fault, data))
    name = _param_name(fault, data)
    if fault["type"] == "refusal":
        context = fault["ctx"]
        param = ".".join(filter(None, (name, context["at"])))
        return InvalidRequest(context["words"], param=param, code=context["code"])
    if fault["type"] == "moved":
        param = ".".join(filter(None, (name, fault["ctx"]["field"])))
        words = f"Unknown parameter: '{param}'. {fault['ctx']['advice']}"
        return InvalidRequest(words, param=param, code="unknown_parameter")
    message, code = _explain(fault, name)
    # Both branches of a union such as a message's content were refused for their type. The vendor
    # names both in one sentence.
    if {"string_type", "list_type"} <= {
        other["type"] for other in faults if _param_name(other, data) == name
    }:
        message = message.replace(
            "expected an array", "expected one of a string or array of objects"
        )
    return InvalidRequest(message, param=name or None, code=code)


def _relevance(fault: ErrorDetails, data: Mapping[str, Any]) -> tuple[int, bool]:
    # pydantic reports every branch of a union. The deepest fault is in the branch that the caller
    # meant.
    name = _param_name(fault, data)
    return name.count(".") + name.count("["), fault["type"] not in {"literal_error", "string_type"}


# Fields whose values are one of several models, depending on their `type`. pydantic puts that type
# into the path of a fault, where it looks like a field: a function tool has a field "function".
_TAGGED = ("tools", "content", "response_format")


def _param_name(fault: ErrorDetails, data: Any) -> str:
    # Turns ("tools", 0, "function", "function", "name") into "tools[0].function.name". pydantic
    # puts the branches of unions into the path. Unlike fields, they are not in the request's data,
    # where only the last part can be a field that is missing.
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
    """Return the vendor's words for the type of a JSON value, such as "an array"."""
    match value:
        case None:
            return "null"
        # Before int, because True is an int in Python.
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
            words = f"Invalid value: '{shown}'. Supported values are: {_list_values(supported)}."
            if shown == "retrieval" and "file_search" in supported:
                words = f"{words} {RETRIEVAL}"
            return words, "invalid_value"
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


def _list_values(supported: str) -> str:
    # pydantic writes "'a', 'b' or 'c'", and the vendor "'a', 'b', and 'c'".
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
    # pydantic makes 2.0 of a bound of 2 for decimals. The vendor writes 2.
    shown = int(limit) if float(limit).is_integer() else limit
    wrong, sign = ("above maximum", "<=") if above else ("below minimum", ">=")
    return (
        f"Invalid '{name}': {number} {wrong} value. "
        f"Expected a value {sign} {shown}, but got {value} instead.",
        f"{number}_{'above_max' if above else 'below_min'}_value",
    )
