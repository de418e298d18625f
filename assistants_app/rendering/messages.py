"""Messages and tool calls as HTML, from their wire objects: one template each, whoever asks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from assistants_app.rendering.markdown import render_markdown

WireObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message. `kind`: text, refusal, image, link or file; `html` or `value` by it."""

    kind: str
    html: SafeString = SafeString("")
    value: str = ""


def render_message(message: WireObject, names: Mapping[str, str], *, body: str = "") -> str:
    """A message's row. `body`: HTML so far of a message that is still being written."""
    return render_to_string("messages/_message.html", message_context(message, names, body=body))


def message_context(
    message: WireObject, names: Mapping[str, str], *, body: str = ""
) -> dict[str, Any]:
    """What the message's template shows."""
    return {
        "message": message,
        "who": names.get(message["assistant_id"] or "", ""),
        "when": datetime.fromtimestamp(message["created_at"], UTC),
        "blocks": [_block(part) for part in message["content"]],
        "body": SafeString(body),
        "live": message["status"] == "in_progress",
        "reason": (message["incomplete_details"] or {}).get("reason"),
    }


def _block(part: WireObject) -> Block:
    match part["type"]:
        case "text":
            return Block("text", html=render_markdown(part["text"]["value"]))
        case "refusal":
            return Block("refusal", value=part["refusal"])
        case "image_url":
            url = part["image_url"]["url"]
            # Only data: is shown. A remote image would tell its host who reads what.
            return Block("image" if url.startswith("data:image/") else "link", value=url)
        case _:
            return Block("file", value=part["image_file"]["file_id"])


def render_calls(step: WireObject) -> str:
    """The cards of a step that calls tools."""
    return render_to_string("runs/_calls.html", calls_context(step))


def calls_context(step: WireObject) -> dict[str, Any]:
    """What the template of a step's tool calls shows."""
    return {
        "step": step,
        "calls": [
            {
                "id": call["id"],
                "name": call["function"]["name"],
                "arguments": pretty(call["function"]["arguments"]),
                "output": call["function"]["output"],
            }
            for call in step["step_details"]["tool_calls"]
        ],
    }


def pretty(text: str) -> str:
    """JSON with indentation; anything else, such as JSON that is still growing, as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def pretty_object(value: WireObject) -> str:
    """A wire object as a person reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False)
