"""Sample values for JSON schemas."""

import math
from collections.abc import Mapping
from typing import Any

# From half of these levels on, a sample takes whatever ends the nesting. At the last one it stops.
LEVELS = 12
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
