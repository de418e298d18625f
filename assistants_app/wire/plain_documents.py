"""Documents that people bring, JSON or plain YAML, as values."""

import json
from typing import Any, Final

import yaml

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest

PLAIN: Final = ("map", "seq", "str", "int", "float", "bool", "null")


def read_plain(data: bytes) -> Any:
    """The value in a document, JSON or plain YAML. Raises :class:`InvalidRequest` for any other
    text, and for what is too large or too deep.
    """
    if len(data) > limits.IMPORT_BYTES:
        raise InvalidRequest(
            f"The document is too large. The limit is {limits.IMPORT_BYTES} bytes."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest("The document isn't UTF-8 text.") from None
    try:
        return json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as of_json:
        if text.lstrip().startswith(("{", "[")):
            raise InvalidRequest(f"The document isn't valid JSON: {of_json}.") from None
    try:
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it knows plain values alone
    except (yaml.YAMLError, ValueError) as of_yaml:
        reason = " ".join(str(of_yaml).split())
        raise InvalidRequest(f"The document isn't JSON or plain YAML: {reason}.") from None


class _Loader(yaml.CSafeLoader):
    """JSON's values and nothing else: no dates, no objects, no merging."""

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
    """Before anything is built: an alias may unfold to gigabytes, nesting may exhaust the stack."""
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
