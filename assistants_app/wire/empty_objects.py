"""Empty lists in the place of an object, which is how PHP writes an empty object."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

# Keywords of a JSON schema, by what belongs behind them. In `required`, `enum` and the like an
# empty list is a list.
_SCHEMA = (
    *("items", "additionalItems", "unevaluatedItems", "contains", "additionalProperties"),
    *("unevaluatedProperties", "propertyNames", "not", "if", "then", "else"),
)
_SCHEMAS_BY_NAME = (
    *("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"),
)
_SCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")


def empty_as_object(value: Any) -> Any:
    """Return an empty object for an empty list, and any other value as it is."""
    return {} if isinstance(value, list) and not value else value


def schema_with_objects(schema: Any) -> Any:
    """Return a JSON schema with objects instead of the empty lists in their places."""
    schema = empty_as_object(schema)
    # Recursion is safe: requests, drafts and imports nest at most `limits.JSON_DEPTH` levels.
    if not isinstance(schema, Mapping):
        return schema
    return {key: _value_of(key, value) for key, value in schema.items()}


def _value_of(key: str, value: Any) -> Any:
    if key in _SCHEMA:
        return schema_with_objects(value)
    if key in _SCHEMAS_BY_NAME:
        named = empty_as_object(value)
        if isinstance(named, Mapping):
            return {name: schema_with_objects(inner) for name, inner in named.items()}
    elif key in _SCHEMAS and isinstance(value, list):
        return [schema_with_objects(inner) for inner in value]
    return value


EmptyAsObject = BeforeValidator(empty_as_object)
JsonSchemaObject = Annotated[dict[str, Any], BeforeValidator(schema_with_objects)]
