"""Parsing of imported documents: JSON, or YAML with no more than JSON's values."""

import json
from typing import Any, Final

import yaml

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest

# YAML's tags for the values that JSON has too.
PLAIN: Final = ("map", "seq", "str", "int", "float", "bool", "null")


def read_plain(data: bytes) -> Any:
    """Return the value in a JSON or plain YAML document.

    Raises :class:`InvalidRequest` if the document is neither, too large or nested too deeply.
    """
    if len(data) > limits.IMPORT_BYTES:
        raise InvalidRequest(
            f"The document is too large. The limit is {limits.IMPORT_BYTES} bytes."
        )
    try:
        # Without the byte order mark that some editors write, which JSON does not allow.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest("The document isn't UTF-8 text.") from None
    try:
        return json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as of_json:
        # Such a document was meant to be JSON, so JSON's error is the useful one.
        if text.lstrip().startswith(("{", "[")):
            raise InvalidRequest(f"The document isn't valid JSON: {of_json}.") from None
    try:
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - this loader makes only plain values
    except (yaml.YAMLError, ValueError) as of_yaml:
        reason = " ".join(str(of_yaml).split())
        raise InvalidRequest(f"The document isn't JSON or plain YAML: {reason}.") from None


class _Loader(yaml.CSafeLoader):
    # Without dates, sets, binary data and merge keys, so that a name such as 2026-11-21 stays text.
    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag.rpartition(":")[2] in PLAIN]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.rpartition(":")[2] in PLAIN
    }


def _check_events(text: str) -> None:
    # Before any value is built, because aliases could expand to gigabytes and deep nesting could
    # exhaust the stack.
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidRequest("The document uses YAML aliases, which aren't supported.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > limits.JSON_DEPTH:
            raise _too_deep()


def _too_deep() -> InvalidRequest:
    return InvalidRequest(f"The document is nested more than {limits.JSON_DEPTH} levels deep.")
