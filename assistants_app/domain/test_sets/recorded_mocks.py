"""Mocks that answer as the tools of a thread did."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tools import FUNCTION


class Recorded(Protocol):
    """A recorded call. `content` has its `arguments` and its `output` as texts."""

    tool: str
    name: str
    content: dict[str, Any]


def mocks_from(calls: Iterable[Recorded]) -> dict[str, dict[str, Any]]:
    """Return mocks by the names of functions. The last output answers all other arguments.

    Calls of built-in tools have no mocks. Raises :class:`InvalidRequest` for outputs that no mock
    can hold.
    """
    mocks: dict[str, dict[str, Any]] = {}
    for call in calls:
        if call.tool != FUNCTION:
            continue
        output = call.content["output"]
        if "{{" in output:
            raise InvalidRequest(
                f"A mock can't repeat the output of '{call.name}', because \"{{{{\" begins a "
                "placeholder in mocks. Choose the tape.",
                param="tools",
            )
        mock = mocks.setdefault(call.name, {"rules": []})
        if (when := _conditions(call.content["arguments"])) is not None:
            mock["rules"].append({"when": when, "output": output})
        mock["default"] = output
    for name, mock in mocks.items():
        size = len(json.dumps(mock, ensure_ascii=False))
        if size > limits.MOCK_CHARACTERS or len(mock["rules"]) > limits.MOCK_RULES:
            raise InvalidRequest(
                f"The outputs of '{name}' are too long for a mock. Choose the tape.", param="tools"
            )
    return mocks


def _conditions(arguments: str) -> list[dict[str, Any]] | None:
    """Return what the arguments of this call have and others needn't, or None if nothing can."""
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, Mapping) or not 0 < len(given) <= limits.MOCK_CONDITIONS:
        return None
    # A dot in a name would lead into a value.
    if any("." in name or not 0 < len(name) <= limits.MOCK_TEXT for name in given):
        return None
    return [{"path": name, "operator": "equals", "value": value} for name, value in given.items()]
