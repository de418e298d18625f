"""The shapes of the vendor's published examples.

``examples.json`` has them, from the OpenAPI document in openai/openai-openapi at commit f85dbe2
(2026-08-21): the events of streams in their order, and answers. A shape has the fields of a value
and the kinds of their values; the kind of a constant is the constant. Of adjacent events with the
same shape only the first is there.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("examples.json").read_text(encoding="utf-8")
)
CONSTANTS = {"object", "type", "status", "role"}
# Fields of examples that the vendor's document no longer has: from the first version of the API,
# and under an earlier name. The object of a deleted file is "file", too.
OUTDATED = {
    "thread.message": {"file_ids"},
    "vector_store": {"bytes", "last_used_at"},
    "file": {"deleted"},
}
# The vendor's list of models has only its rows, and only a completed upload has a file.
SHORT_LISTS = {"/models"}
INCOMPLETE = {("upload", "pending"), ("upload", "cancelled"), ("upload", "expired")}


def shape_of(value: Any, key: str = "") -> Any:
    """Return the shape of a JSON value."""
    match value:
        case dict():
            return {name: shape_of(item, name) for name, item in value.items()}
        case list():
            return [shape_of(item) for item in value[:1]]
        case str():
            return value if key in CONSTANTS else "string"
        case bool():
            return "boolean"
        case None:
            return None
        case _:
            return "number"


def differences(example: Any, ours: Any, where: str) -> Iterator[str]:
    """Yield what an example's shape has and ours has not, as sentences. Ours may have more."""
    if isinstance(example, dict) and isinstance(ours, dict):
        for name, value in example.items():
            if name not in ours:
                yield f"{where}.{name} is missing"
            else:
                yield from differences(value, ours[name], f"{where}.{name}")
    elif isinstance(example, list) and isinstance(ours, list):
        if example and ours:
            yield from differences(example[0], ours[0], f"{where}[]")
    elif example != ours:
        yield f"{where}: {_named(example)} became {_named(ours)}"


def _named(shape: Any) -> str:
    if shape is None:
        return "null"
    return "an object" if isinstance(shape, dict | list) else str(shape)


def _objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the vendor's objects in a value: dicts that say what `object` they are."""
    if isinstance(value, dict):
        if isinstance(value.get("object"), str):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _objects_in(item)


def _fields_of_examples() -> dict[str, set[str]]:
    fields: dict[str, set[str]] = defaultdict(set)
    for example in _objects_in(EXAMPLES):
        kind = example["object"]
        fields[kind] |= example.keys() - OUTDATED.get(kind, set())
    return fields


FIELDS = _fields_of_examples()


def missing_in(value: Any, template: str | None = None) -> set[str]:
    """Return the fields that the vendor's examples have and the objects in `value` have not.

    `template` is the path of the request, such as ``/threads/{thread_id}``.
    """
    missing = set()
    for found in _objects_in(value):
        kind, deleted = found["object"], "deleted" in found
        if deleted or (kind == "list" and template in SHORT_LISTS):
            continue
        fields = FIELDS.get(kind, set())
        if (kind, found.get("status")) in INCOMPLETE:
            fields = fields - {"file"}
        missing |= {f"{kind}.{name}" for name in fields - found.keys()}
    return missing
