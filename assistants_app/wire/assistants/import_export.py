"""Export and import of assistants as JSON or YAML documents."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.assistants.configurations import FIELDS, Configuration
from assistants_app.wire.assistants.mocks import MockParams, MocksParams
from assistants_app.wire.json_bodies import check_texts
from assistants_app.wire.plain_documents import read_plain
from assistants_app.wire.validation import parse

SCHEMA_VERSION = 1
# Fields of the vendor's assistant object that identify it. The imported assistant gets its own.
IDENTITY = {"id", "object", "created_at"}


@dataclass(frozen=True, slots=True)
class Document:
    """The assistants in a document. `mocks` belong to the only one in a document of ours."""

    configurations: list[Configuration]
    mocks: list[MockParams] = field(default_factory=list)


def export_document(
    configuration: Configuration, mocks: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return ``{"schema_version": 1, "assistant": {…}}``, with ``"mocks"`` if there are any."""
    document: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "assistant": configuration}
    return {**document, "mocks": list(mocks)} if mocks else document


def as_json(document: Mapping[str, Any]) -> str:
    """Return the document as indented JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_document(data: bytes) -> Document:
    """Return the configurations in a JSON or YAML document, without validating them.

    The document is an export of ours, an assistant object of the vendor's, a list of such objects
    as its API returns it, or the body of a request that creates an assistant. Raises
    :class:`InvalidRequest` for any other document.
    """
    document = read_plain(data)
    if not isinstance(document, dict) or not document:
        raise InvalidRequest("The document must be an object with an assistant's fields.")
    _check_json_values(document)
    check_texts(document)
    if "schema_version" in document or "assistant" in document:
        return _read_own_document(document)
    return Document(_read_vendors_document(document))


def _check_json_values(document: dict[Any, Any]) -> None:
    # YAML has values that JSON lacks, and Python's JSON parser accepts NaN and Infinity. A loop
    # instead of recursion, because a document may nest deeply.
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidRequest("The document contains a number that JSON can't represent.")
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise InvalidRequest(f"The document contains a key that isn't text: {key!r}.")
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _read_vendors_document(document: dict[str, Any]) -> list[Configuration]:
    if document.get("object") != "list" and "data" not in document:
        return [_read_vendors_assistant(document)]
    rows = document.get("data")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InvalidRequest("The list has no assistants in 'data'.", param="data")
    if len(rows) > limits.IMPORTED_ASSISTANTS:
        raise InvalidRequest(
            f"The list has {len(rows)} assistants. You can import up to "
            f"{limits.IMPORTED_ASSISTANTS} at once.",
            param="data",
        )
    return [_read_vendors_assistant(row) for row in rows]


def _read_own_document(document: dict[str, Any]) -> Document:
    version = document.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise InvalidRequest(
            f"Schema version {version!r} isn't supported. Use {SCHEMA_VERSION}.",
            param="schema_version",
        )
    configuration = document.get("assistant")
    if not isinstance(configuration, dict):
        raise InvalidRequest("The document needs an 'assistant' object.", param="assistant")
    if unknown := sorted(set(document) - {"schema_version", "assistant", "mocks"}):
        raise InvalidRequest(f"Unknown parameter: '{unknown[0]}'.", param=unknown[0])
    mocks = {name: value for name, value in document.items() if name == "mocks"}
    return Document([configuration], parse(MocksParams, mocks).mocks)


def _read_vendors_assistant(row: dict[str, Any]) -> Configuration:
    kind = row.get("object", "assistant")
    if kind != "assistant":
        raise InvalidRequest(
            f"Expected an assistant, but this is an object of type '{kind}'.", param="object"
        )
    given = {name: value for name, value in row.items() if name not in IDENTITY}
    # Unknown fields stay, after the known ones, so that validation reports them by name.
    return {name: given[name] for name in (*FIELDS, *given) if name in given}
