"""Sample values for JSON schemas, and checks of values against them."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from jsonschema.exceptions import UnknownType, best_match
from jsonschema.exceptions import ValidationError as SchemaFault
from jsonschema.validators import Draft202012Validator, extend
from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

# From half of these levels on, a sample takes whatever ends the nesting. At the last one it stops.
LEVELS = 12
FAULTS = 20  # the most that are reported
ITEMS = 100  # the most in a sample's list
FLAT = ("string", "number", "integer", "boolean", "null")
TEXTS = {
    "date-time": "2025-01-31T12:00:00Z",
    "date": "2025-01-31",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "uri": "https://example.com/",
}


def sample_of(schema: Mapping[str, Any]) -> Any:
    """Return a value that fits the schema, always the same one.

    Patterns and conditions (``if``, ``not``) are ignored. If the schema contains itself, the value
    ends as early as the schema allows.
    """
    return _SampleMaker(schema).value(schema, "text", 0)


class _SampleMaker:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def value(self, schema: Any, name: str, level: int) -> Any:
        schema = self._merge_references(schema, level)
        if "const" in schema:
            return schema["const"]
        # What the author of the schema suggests is better than anything made up.
        for key in ("enum", "examples"):
            if isinstance(schema.get(key), list) and schema[key]:
                return schema[key][0]
        if "default" in schema:
            return schema["default"]
        for key in ("anyOf", "oneOf"):
            branches = schema.get(key)
            if isinstance(branches, list) and branches:
                return self.value(self._choose_branch(branches, level), name, level + 1)
        return self._sample_of_type(_type_of(schema, level), schema, name, level)

    def _choose_branch(self, branches: list[Any], level: int) -> Any:
        # The first branch. Deep in the value, a branch that ends.
        flat = [branch for branch in branches if not _may_nest(branch)]
        return flat[0] if level >= LEVELS // 2 and flat else branches[0]

    def _merge_references(self, schema: Any, level: int) -> dict[str, Any]:
        # With everything that the schema refers to, and all of its `allOf`.
        if not isinstance(schema, dict) or level > LEVELS * 2:
            return {}
        merged = {key: value for key, value in schema.items() if key not in {"$ref", "allOf"}}
        parts = schema.get("allOf")
        more = list(parts) if isinstance(parts, list) else []
        if "$ref" in schema:
            more.append(self._look_up(str(schema["$ref"])))
        for part in more:
            for key, value in self._merge_references(part, level + 1).items():
                merged[key] = _merge_values(key, merged.get(key), value)
        return merged

    def _look_up(self, reference: str) -> Any:
        # A reference that points to nothing counts as a schema that allows any value.
        value: Any = self.root
        for part in reference.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            value = value.get(name) if isinstance(value, dict) else None
        return value if reference.startswith("#") else None

    def _sample_of_type(self, kind: str, schema: dict[str, Any], name: str, level: int) -> Any:
        match kind:
            case "object":
                return self._sample_object(schema, level)
            case "array":
                return self._sample_array(schema, name, level)
            case "string":
                return _sample_string(schema, name)
            case "integer" | "number":
                return _sample_number(schema, whole=kind == "integer")
            case "boolean":
                return True
            case _:
                return None

    def _sample_object(self, schema: dict[str, Any], level: int) -> dict[str, Any]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        required = required if isinstance(required, list) else []
        # Deep in the value only required properties are filled, so that recursive schemas end.
        wanted = [name for name in properties if level < LEVELS // 2 or name in required]
        if level >= LEVELS:
            return {}
        names = dict.fromkeys([*wanted, *(name for name in required if isinstance(name, str))])
        return {name: self.value(properties.get(name, {}), name, level + 1) for name in names}

    def _sample_array(self, schema: dict[str, Any], name: str, level: int) -> list[Any]:
        least = _count_in(schema, "minItems", 0)
        count = least if level >= LEVELS // 2 else max(least, 1)
        count = min(count, _count_in(schema, "maxItems", ITEMS), ITEMS)
        first = schema.get("prefixItems")
        head = list(first)[:count] if isinstance(first, list) else []
        items = [*head, *[schema.get("items", {})] * (count - len(head))]
        return [self.value(item, name, level + 1) for item in items]


def _merge_values(key: str, before: Any, value: Any) -> Any:
    # The outer schema takes precedence over what it refers to.
    if key == "properties" and isinstance(before, dict) and isinstance(value, dict):
        return {**value, **before}
    if key == "required" and isinstance(before, list) and isinstance(value, list):
        return [*before, *value]
    return value if before is None else before


def _may_nest(schema: Any) -> bool:
    return isinstance(schema, dict) and not (
        schema.get("type") in FLAT or {"const", "enum"} & set(schema)
    )


def _type_of(schema: Mapping[str, Any], level: int) -> str:
    given = schema.get("type")
    if isinstance(given, list) and given:
        return "null" if level >= LEVELS // 2 and "null" in given else str(given[0])
    if isinstance(given, str):
        return given
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _sample_string(schema: Mapping[str, Any], name: str) -> str:
    text = TEXTS.get(str(schema.get("format")), name)
    least, most = _count_in(schema, "minLength", 0), _count_in(schema, "maxLength", 10_000)
    # A schema may ask for a text of any length, and the sample must still be shown.
    return text.ljust(min(least, 10_000), "x")[:most]


def _count_in(schema: Mapping[str, Any], key: str, otherwise: int) -> int:
    value = schema.get(key)
    return value if isinstance(value, int) and value >= 0 else otherwise


def _sample_number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    low, high = _number_in(schema, "minimum"), _number_in(schema, "maximum")
    above, below = _number_in(schema, "exclusiveMinimum"), _number_in(schema, "exclusiveMaximum")
    step = _number_in(schema, "multipleOf") or (1 if whole else None)
    least = max((bound for bound in (low, above) if bound is not None), default=None)
    most = min((bound for bound in (high, below) if bound is not None), default=None)
    value: int | float = 1
    if least is not None or most is not None or step not in {1, None}:
        value = _number_between(least, most, step)
    if value in (above, below):
        value = _adjacent_number(value, least, most, step, up=value == above)
    # A float of 2**53 or more may stand for several integers, so it stays a float.
    return int(value) if float(value).is_integer() and (whole or abs(value) < 2**53) else value


def _number_between(least: float | None, most: float | None, step: float | None) -> float:
    start = least if least is not None else min(most, 1) if most is not None else step or 1
    if not step:
        return start
    lowered = least is None and most is not None
    return (math.floor(start / step) if lowered else math.ceil(start / step)) * step


def _adjacent_number(
    value: float, least: float | None, most: float | None, step: float | None, *, up: bool
) -> float:
    if step:
        return value + step if up else value - step
    if least is not None and most is not None:
        return (least + most) / 2
    return value + 1 if up else value - 1


def _number_in(schema: Mapping[str, Any], key: str) -> float | None:
    value = schema.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    return None


# --- checking -----------------------------------------------------------------------------------


def faults_of(value: Any, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where and why the value does not fit the schema, at most `FAULTS` problems.

    An item is ``("people[0].age", "'x' is not of type 'integer'")``, for example.
    """
    # People write these schemas, so they may not keep the server busy: an empty registry follows no
    # reference out of the schema, and patterns are matched in linear time.
    validator = _Validator(
        _without_dialect(schema), registry=Registry(), format_checker=_Validator.FORMAT_CHECKER
    )
    try:
        found = list(_best_faults(validator.iter_errors(value)))
    except Unresolvable as error:
        return [("", f"The schema's reference '{error.ref}' points to nothing.")]
    except RecursionError:
        return [("", "The schema refers to itself endlessly.")]
    except (UnknownType, TypeError, ValueError, AttributeError):
        return [("", "This is not a valid JSON schema.")]
    return [(_place_of(fault), fault.message) for fault in found]


def _without_dialect(value: Any) -> Any:
    # Without `$schema`, for which the library would choose another validator than ours, one that
    # matches patterns with Python's engine.
    if isinstance(value, dict):
        return {
            key: _without_dialect(inner)
            for key, inner in value.items()
            if not (key == "$schema" and isinstance(inner, str))
        }
    return [_without_dialect(inner) for inner in value] if isinstance(value, list) else value


def _best_faults(faults: Iterator[SchemaFault]) -> Iterator[SchemaFault]:
    # Of a union such as `anyOf`, the fault of the branch that fits best says more than the union's.
    for _index, fault in zip(range(FAULTS), faults, strict=False):
        deepest = best_match([fault])
        yield deepest if deepest is not None else fault


def _place_of(fault: SchemaFault) -> str:
    place = ""
    for part in fault.absolute_path:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    return place


def _fits_pattern(pattern: str, text: str) -> bool:
    # By pydantic's engine, which takes linear time. Python's takes exponential time for "^(a+)+$".
    # Patterns that this engine doesn't support, such as those with a look-ahead, match everything.
    try:
        TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)]).validate_python(text)
    except ValidationError:
        return False
    except SchemaError:
        return True
    return True


def _check_pattern(
    _validator: Any, pattern: Any, value: Any, _schema: Any
) -> Iterator[SchemaFault]:
    if isinstance(value, str) and isinstance(pattern, str) and not _fits_pattern(pattern, value):
        yield SchemaFault(f"{value!r} does not match {pattern!r}")


def _check_pattern_properties(
    validator: Any, patterns: Any, value: Any, _schema: Any
) -> Iterator[SchemaFault]:
    if not isinstance(value, dict) or not isinstance(patterns, dict):
        return
    for pattern, inner in patterns.items():
        for name, held in value.items():
            if _fits_pattern(pattern, name):
                yield from validator.descend(held, inner, path=name, schema_path=pattern)


def _check_additional_properties(
    validator: Any, allowed: Any, value: Any, schema: Any
) -> Iterator[SchemaFault]:
    if not isinstance(value, dict):
        return
    patterns = schema.get("patternProperties")
    known = schema.get("properties")
    for name, held in value.items():
        if isinstance(known, dict) and name in known:
            continue
        if isinstance(patterns, dict) and any(_fits_pattern(pattern, name) for pattern in patterns):
            continue
        if allowed is False:
            yield SchemaFault(f"Additional properties are not allowed ({name!r} was unexpected)")
        elif isinstance(allowed, dict):
            yield from validator.descend(held, allowed, path=name)


def _accept_anything(
    _validator: Any, _value: Any, _held: Any, _schema: Any
) -> Iterator[SchemaFault]:
    return iter(())


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "pattern": _check_pattern,
        "patternProperties": _check_pattern_properties,
        "additionalProperties": _check_additional_properties,
        # For this one the library would match the patterns of `patternProperties` itself.
        "unevaluatedProperties": _accept_anything,
    },
)
