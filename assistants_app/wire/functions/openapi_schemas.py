"""Conversion of an OpenAPI document's schemas to JSON schemas without references."""

from collections.abc import Mapping
from typing import Any

from assistants_app.domain import limits

# The most schemas of one operation. If each level has two references to the next, a small document
# expands to gigabytes, and a model could not read so much anyway.
NODES = 5_000
# Keywords that don't help a caller: documentation, XML and hints for code generators.
LEFT_OUT = ("discriminator", "xml", "externalDocs", "example", "readOnly", "writeOnly", "nullable")
SCHEMA_MAPS = ("properties", "patternProperties", "dependentSchemas")
SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
SCHEMAS = (
    *("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else"),
    *("unevaluatedItems", "unevaluatedProperties"),
)


class Refused(ValueError):
    """Raised with the reason why an operation can't become a function."""


class Schemas:
    """Resolves the references of one operation within `document` and counts its schemas."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.nodes = 0

    def target(self, value: Any) -> dict[str, Any]:
        """Return the object itself or the one that its ``$ref`` points to. Raises `Refused`."""
        seen: list[str] = []
        while isinstance(value, dict) and "$ref" in value:
            reference = str(value["$ref"])
            if reference in seen:
                raise Refused(f"The reference '{reference}' points to itself.")
            seen.append(reference)
            value = self._look_up(reference)
        if not isinstance(value, dict):
            raise Refused("Expected an object, but found something else.")
        return value

    def resolve(self, schema: Any, within: tuple[str, ...] = (), depth: int = 0) -> dict[str, Any]:
        """Return the schema with its references resolved. Raises :class:`Refused`.

        `within` has the references that led here. A schema that contains itself ends at the first
        repetition, with a schema that allows any value.
        """
        self.nodes += 1
        if self.nodes > NODES:
            raise Refused(f"The operation has more than {NODES} schemas.")
        if depth > limits.JSON_DEPTH // 2:
            raise Refused("The operation's schemas are nested too deeply.")
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if not isinstance(schema, dict):
            raise Refused("Expected a schema, but found something else.")
        if "$ref" in schema:
            return self._resolve_reference(schema, within, depth)
        return self._resolve_keywords(schema, within, depth + 1)

    def _resolve_reference(
        self, schema: dict[str, Any], within: tuple[str, ...], depth: int
    ) -> dict[str, Any]:
        reference = str(schema["$ref"])
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        if reference in within:
            name = reference.rpartition("/")[2]
            return {"description": f"Another {name}."}
        found = self.resolve(self._look_up(reference), (*within, reference), depth + 1)
        return {**found, **self._resolve_keywords(beside, within, depth + 1)} if beside else found

    def _resolve_keywords(
        self, schema: Mapping[str, Any], within: tuple[str, ...], depth: int
    ) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for given, value in schema.items():
            key = str(given)
            if key in LEFT_OUT or key.startswith(("x-", "$")):
                continue
            if key in SCHEMA_MAPS and isinstance(value, dict):
                # Properties that only responses have are not for a model to fill.
                plain[key] = {
                    str(name): self.resolve(inner, within, depth)
                    for name, inner in value.items()
                    if not (isinstance(inner, dict) and inner.get("readOnly") is True)
                }
            elif key in SCHEMA_LISTS and isinstance(value, list):
                plain[key] = [self.resolve(inner, within, depth) for inner in value]
            elif key in SCHEMAS and isinstance(value, dict):
                plain[key] = self.resolve(value, within, depth)
            else:
                plain[key] = value
        return _upgrade_from_3_0(plain, schema)

    def _look_up(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            raise Refused(f"The reference '{reference}' points to another document.")
        value: Any = self.document
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(value, dict) or name not in value:
                raise Refused(f"The reference '{reference}' points to nothing.")
            value = value[name]
        return value


def _upgrade_from_3_0(plain: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    # OpenAPI 3.1 uses JSON Schema. Version 3.0 has `nullable`, and exclusive bounds as booleans.
    if schema.get("nullable") is True and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
        if isinstance(plain.get("enum"), list) and None not in plain["enum"]:
            plain["enum"] = [*plain["enum"], None]
    for bound, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        if isinstance(plain.get(exclusive), bool) and plain.pop(exclusive) and bound in plain:
            plain[exclusive] = plain.pop(bound)
    # The names of properties that were left out must not stay required.
    properties, required = plain.get("properties"), plain.get("required")
    if isinstance(required, list) and isinstance(properties, dict):
        given = schema["properties"]
        gone = {str(name) for name in given if str(name) not in properties}
        plain["required"] = [name for name in required if name not in gone]
    return plain
