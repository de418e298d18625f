"""Checks of the JSON schemas of functions and response formats.

The rules are from the vendor's guide "Structured Outputs: supported schemas", and the sentences
from its error responses. Most rules apply only with ``strict: true``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_LEVELS = 10
MAX_PROPERTIES = 5_000
MAX_ENUM_VALUES = 1_000
# If an enum has more values than this, the number of characters in its texts is limited too.
MANY_ENUM_VALUES = 250
MAX_ENUM_CHARACTERS = 15_000

# Without minItems, pattern and bounds of numbers, which the vendor accepts: its SDK puts them into
# the strict schemas that it makes from pydantic models.
NOT_PERMITTED = (
    *("allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"),
    *("patternProperties", "unevaluatedProperties", "propertyNames", "minProperties"),
    *("maxProperties", "unevaluatedItems", "contains", "minContains", "maxContains"),
    *("uniqueItems", "prefixItems", "minLength", "maxLength", "default"),
)
# Tuples and not sets, because a request may have a list or object in such a place, which can't be
# looked up in a set.
FORMATS = (
    *("date-time", "time", "date", "duration"),
    *("email", "hostname", "ipv4", "ipv6", "uuid"),
)
TYPES = ("string", "number", "boolean", "integer", "object", "array", "null")
DEFINITIONS = ("$defs", "definitions")
OPT_OUT = (
    "Consider reducing the number of enums, or opt out of structured outputs by setting "
    "'strict: false'."
)


@dataclass(frozen=True, slots=True)
class _Node:
    # The keys from the root to `schema`, and the number of objects and arrays around it, itself
    # included.
    schema: Any
    context: tuple[str, ...]
    level: int


def fault_of(schema: dict[str, Any], *, strict: bool) -> str | None:
    """Return the vendor's sentence about the first fault of this schema, or None."""
    if schema.get("type") != "object":
        # A missing type shows as Python's None in the vendor's sentence.
        given = schema.get("type")
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{given}\"'."
    if not strict:
        if "properties" not in schema:
            return _in_context((), "object schema missing properties.")
        named = schema["properties"]
        return None if isinstance(named, dict) else f"{named} is not of type 'object'."
    nodes = list(_walk(schema))
    for node in nodes:
        if fault := _fault_of_node(node, schema):
            return _in_context(node.context, fault)
    return _fault_of_size(nodes)


def _in_context(context: tuple[str, ...], words: str) -> str:
    # The vendor shows the place as a Python tuple: "In context=('properties', 'a'), …".
    return f"In context={context}, {words}"


def _walk(root: dict[str, Any]) -> Iterator[_Node]:
    # Yields outer schemas before inner ones. A loop instead of recursion, because a request may
    # nest deeply.
    waiting = [_Node(root, (), 1)]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node.schema, dict):
            waiting += reversed(list(_children(node)))


def _children(node: _Node) -> Iterator[_Node]:
    for key in ("properties", *DEFINITIONS):
        inner = node.schema.get(key)
        for name, schema in inner.items() if isinstance(inner, dict) else ():
            # Definitions count their levels from the top, wherever they are used.
            base = node.level if key == "properties" else 0
            yield _child(schema, (*node.context, key, name), base)
    if "items" in node.schema:
        yield _child(node.schema["items"], (*node.context, "items"), node.level)
    branches = node.schema.get("anyOf")
    for index, schema in enumerate(branches if isinstance(branches, list) else ()):
        yield _child(schema, (*node.context, "anyOf", str(index)), node.level)


def _child(schema: Any, context: tuple[str, ...], level: int) -> _Node:
    container = bool({"object", "array"} & set(_types_of(schema)))
    return _Node(schema, context, level + container)


def _types_of(schema: Any) -> list[str]:
    given = schema.get("type") if isinstance(schema, dict) else None
    return [item for item in (given if isinstance(given, list) else [given]) if item in TYPES]


def _fault_of_node(node: _Node, root: dict[str, Any]) -> str | None:
    schema = node.schema
    if not isinstance(schema, dict):
        return "schema must be an object."
    if "$ref" in schema:
        known = isinstance(schema["$ref"], str) and _reference_exists(schema["$ref"], root)
        return None if known else f"reference '{schema['$ref']}' is not found in the schema."
    for keyword in NOT_PERMITTED:
        if keyword in schema:
            return f"'{keyword}' is not permitted."
    if "anyOf" in schema:
        # Strict mode has no choice at the root, where the context is empty.
        branches = schema["anyOf"]
        good = node.context and isinstance(branches, list) and branches
        return None if good else "'anyOf' is not permitted."
    if "type" not in schema:
        return "schema must have a 'type' key."
    return _fault_of_type(schema)


def _fault_of_type(schema: dict[str, Any]) -> str | None:
    types = _types_of(schema)
    given = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not types or len(types) != len(given):
        return f"'{schema['type']}' is not a valid type."
    if "object" in types and (fault := _fault_of_object(schema)):
        return fault
    if "array" in types and "items" not in schema:
        return "array schema missing items."
    if "format" in schema and schema["format"] not in FORMATS:
        return f"'{schema['format']}' is not a valid format."
    if "enum" in schema and not (isinstance(schema["enum"], list) and schema["enum"]):
        return "'enum' must be an array with at least one value."
    return None


def _fault_of_object(schema: dict[str, Any]) -> str | None:
    if schema.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    properties, required = schema.get("properties", {}), schema.get("required")
    if not isinstance(properties, dict):
        return "'properties' must be an object."
    requirement = (
        "'required' is required to be supplied and to be an array including every key in "
        "properties."
    )
    required = [] if required is None else required
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        return requirement
    listed = set(required)
    for name in properties:
        if name not in listed:
            return f"{requirement} Missing '{name}'."
    for name in required:
        if name not in properties:
            return f"{requirement} Extra required key '{name}' supplied."
    return None


def _reference_exists(reference: str, root: dict[str, Any]) -> bool:
    if not re.match(r"^#(/|$)", reference):
        return False
    node: Any = root
    for part in reference.split("/")[1:]:
        # The escapes of a JSON pointer (RFC 6901).
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or name not in node:
            return False
        node = node[name]
    return True


def _fault_of_size(nodes: list[_Node]) -> str | None:
    levels = max(node.level for node in nodes)
    if levels > MAX_LEVELS:
        return f"{levels} levels of nesting exceeds limit of {MAX_LEVELS}."
    properties = sum(len(_value_or_empty(node.schema, "properties", dict)) for node in nodes)
    if properties > MAX_PROPERTIES:
        return f"{properties} parameters exceeds limit of {MAX_PROPERTIES}."
    enums = [_value_or_empty(node.schema, "enum", list) for node in nodes]
    values = sum(len(enum) for enum in enums)
    if values > MAX_ENUM_VALUES:
        return (
            f"Expected at most {MAX_ENUM_VALUES} enum values in total within a single schema when "
            f"using structured outputs, but received {values}. {OPT_OUT}"
        )
    for enum in enums:
        characters = sum(len(value) for value in enum if isinstance(value, str))
        if len(enum) > MANY_ENUM_VALUES and characters > MAX_ENUM_CHARACTERS:
            return (
                f"Expected at most {MAX_ENUM_CHARACTERS} total characters across enum values when "
                f"there are more than {MANY_ENUM_VALUES} enum values, but received {characters}. "
                f"{OPT_OUT}"
            )
    return None


def _value_or_empty(schema: dict[str, Any], key: str, kind: type) -> Any:
    value = schema.get(key)
    return value if isinstance(value, kind) else kind()
