"""An assistant's configuration as one JSON object, as versions, drafts and exports contain it."""

from collections.abc import Mapping
from typing import Any

from assistants_app.models import Assistant
from assistants_app.wire.tool_defaults import without_defaults, without_empty

# The order in which exports and differences between versions show them.
FIELDS = (
    "name",
    "description",
    "model",
    "instructions",
    "variables",
    "tools",
    "tool_resources",
    "response_format",
    "temperature",
    "top_p",
    "reasoning_effort",
    "metadata",
)
Configuration = dict[str, Any]


def configuration_of(assistant: Assistant) -> Configuration:
    """Return all fields that a request can set, with the values that a request would give them.

    Fields that are not set are null, unlike in the vendor's object, which shows defaults.
    """
    values = {name: getattr(assistant, name) for name in FIELDS}
    values["response_format"] = assistant.response_format or "auto"
    # `metadata` is jsonb, which has its own order of keys (docs/adr/0003). Sorted, equal metadata
    # also looks equal when versions are compared as text.
    values["metadata"] = dict(sorted(assistant.metadata.items()))
    return values | plain_tools(values)


def apply(configuration: Mapping[str, Any], assistant: Assistant) -> None:
    """Set these fields of the assistant, without checking them and without saving it."""
    for name, value in configuration.items():
        setattr(assistant, name, value)


def whole(configuration: Mapping[str, Any]) -> Configuration:
    """Return the configuration with all fields in their usual order.

    A version that was published before a field existed gets the field's empty value.
    """
    plain = {**configuration, **plain_tools(configuration)}
    empty: Configuration = {
        "variables": [],
        "tools": [],
        "tool_resources": {},
        "response_format": "auto",
        "metadata": {},
    }
    return {name: plain.get(name, empty.get(name)) for name in FIELDS}


def plain_tools(configuration: Mapping[str, Any]) -> Configuration:
    """Return the configuration's tools and tool resources, if it has them, without defaults."""
    # Older rows may contain them. They must not show as a difference to newer ones.
    plain = {"tools": without_defaults, "tool_resources": without_empty}
    return {
        name: convert(configuration[name])
        for name, convert in plain.items()
        if name in configuration
    }


def repeated_key(metadata: Any) -> str | None:
    """Return a metadata key that two rows have, or None."""
    # While somebody types, two rows may have the same key, which no object can express. A draft
    # therefore keeps such metadata as a list of [key, value].
    rows = metadata if isinstance(metadata, list) else []
    keys = [row[0] for row in rows if isinstance(row, list) and row]
    return next((str(key) for number, key in enumerate(keys) if key in keys[:number]), None)
