"""Tool calls that have their results, in the form that models are shown."""

import json
import re
from typing import Any

from assistants_app.domain.tools import FUNCTION
from assistants_app.models import RunStep
from assistants_app.tools import BUILT_IN

ChatMessage = dict[str, Any]

# The key under which a model is shown arguments of its own that are not a JSON object.
INVALID = "invalid_arguments"
UNNAMED = "unknown"
# OpenAI refuses a request whose earlier calls have other names.
_NOT_IN_NAME = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME = 64


def step_as_chat(step: RunStep) -> list[ChatMessage]:
    """Return a message with the calls of the step, and one with the result of each call."""
    calls = step.step_details["tool_calls"]
    # A step whose calls were cut may be empty, and servers refuse a message without calls.
    if not calls:
        return []
    request: ChatMessage = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": call["id"], "type": FUNCTION, "function": _function_of(call)} for call in calls
        ],
    }
    return [request] + [
        {"role": "tool", "tool_call_id": call["id"], "content": result_of(step, call)}
        for call in calls
    ]


def give_unique_ids(chat: list[ChatMessage]) -> None:
    """Rename calls that have the id of an earlier call of the prompt, and their results."""
    # Some servers count calls from 1 in each reply, and others refuse an id that appears twice.
    seen: set[str] = set()
    for place, message in enumerate(chat):
        for number, call in enumerate(message.get("tool_calls") or (), start=1):
            if call["id"] in seen:
                call["id"] = _unused(call["id"], seen)
                # The results follow in the order of their calls.
                chat[place + number]["tool_call_id"] = call["id"]
            seen.add(call["id"])


def _unused(call_id: str, used: set[str]) -> str:
    number = 2
    while f"{call_id}_{number}" in used:
        number += 1
    return f"{call_id}_{number}"


def _function_of(call: dict[str, Any]) -> dict[str, str]:
    if call["type"] == FUNCTION:
        function = call["function"]
        name = _NOT_IN_NAME.sub("_", function["name"])[:_LONGEST_NAME]
        return {"name": name or UNNAMED, "arguments": valid_arguments(function["arguments"] or "")}
    return {"name": call["type"], "arguments": BUILT_IN[call["type"]].arguments(call)}


def result_of(step: RunStep, call: dict[str, Any]) -> str:
    """Return what the model is shown of the call's result."""
    if call["type"] == FUNCTION:
        return call["function"]["output"] or ""
    shown = step.shown_to_model.get(call["id"])
    return BUILT_IN[call["type"]].result(call) if shown is None else str(shown)


def valid_arguments(written: str) -> str:
    """Return arguments that a model wrote as the JSON of an object.

    Servers and chat templates parse the arguments of earlier calls, and refuse the whole prompt
    if they can't. What is no object becomes the text of one.
    """
    found, exact = _read(written)
    if exact and isinstance(found, dict):
        return written
    if isinstance(found, str) and found.strip():
        found, exact = _read(found)[0], False  # encoded twice
    if not written.strip() or (exact and found in (None, [], "")):
        return "{}"
    return _dump(found if isinstance(found, dict) else {INVALID: written})


def _read(text: str) -> tuple[Any, bool]:
    # Returns the value, or None for invalid JSON, and whether the text needs no mending.
    mended: list[str] = []
    try:
        # Not strict: many models write line breaks in strings as they are. `mended` collects NaN
        # and infinity, which JSON doesn't have.
        value = json.loads(text, strict=False, parse_constant=mended.append)
    except (ValueError, RecursionError):
        return None, False
    try:
        json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        mended.append("a control character, or half an emoji")
    return value, not mended


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
