"""An assistant's whole configuration as one JSON object: of a version, a draft or an export."""

from collections.abc import Mapping
from typing import Any

from assistants_app.models import Assistant

# In the order in which people read them.
FIELDS = (
    "name",
    "description",
    "model",
    "instructions",
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
    """All fields that a request may set, as it would set them. Null is "not set": on the wire an
    assistant shows 1 for such a temperature.
    """
    values = {name: getattr(assistant, name) for name in FIELDS}
    values["response_format"] = assistant.response_format or "auto"
    # The database keeps no order of metadata; one of its own makes equal ones look equal.
    values["metadata"] = dict(sorted(assistant.metadata.items()))
    return values


def apply(configuration: Mapping[str, Any], assistant: Assistant) -> None:
    """Give the assistant these fields. They have been checked."""
    for name, value in configuration.items():
        setattr(assistant, name, value)


def whole(configuration: Mapping[str, Any]) -> Configuration:
    """All fields, in their order; those that an older version did not know are not set."""
    empty: Configuration = {
        "tools": [],
        "tool_resources": {},
        "response_format": "auto",
        "metadata": {},
    }
    return {name: configuration.get(name, empty.get(name)) for name in FIELDS}


def repeated_key(metadata: Any) -> str | None:
    """A key that two rows have; a draft keeps rows where no object can hold them."""
    rows = metadata if isinstance(metadata, list) else []
    keys = [row[0] for row in rows if isinstance(row, list) and row]
    return next((str(key) for number, key in enumerate(keys) if key in keys[:number]), None)
