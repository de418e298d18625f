"""Rebuild message content from the deltas in an event log."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis

from assistants_app.domain import event_names
from assistants_app.events import log
from assistants_app.wire.threads.messages import image_part, refusal_part, text_part

Content = list[dict[str, Any]]


# The growing text of a delta, by the type of its part. An image comes whole: its "text" is its id.
_TEXT: dict[str, Callable[[dict[str, Any]], str]] = {
    "text": lambda part: part["text"].get("value") or "",
    "refusal": lambda part: part["refusal"],
    "image_file": lambda part: part["image_file"]["file_id"],
}
_WHOLE: dict[str, Callable[[str], dict[str, Any]]] = {
    "text": text_part,
    "refusal": refusal_part,
    "image_file": image_part,
}


@dataclass(slots=True)
class _Part:
    kind: str
    pieces: list[str] = field(default_factory=list)
    annotations: Content = field(default_factory=list)

    def content(self) -> dict[str, Any]:
        whole = _WHOLE[self.kind]("".join(self.pieces))
        if self.kind == "text":
            whole["text"]["annotations"] += self.annotations
        return whole


def texts_so_far(thread_id: str, run_id: str) -> dict[str, Content]:
    """Return the content that the run's deltas built up so far, by message id.

    Returns an empty dictionary if the log is unavailable.
    """
    try:
        events = log.read(thread_id)
    except redis.RedisError:
        # Only the log has the text of an unfinished message, so the text is lost with the log.
        return {}
    messages: dict[str, dict[int, _Part]] = {}  # by id of the message and index of the part
    for event in events:
        if event.name == event_names.MESSAGE_DELTA and event.run_id == run_id:
            _add_delta(
                messages.setdefault(event.content["id"], {}), event.content["delta"]["content"]
            )
    return {
        message_id: [part.content() for _, part in sorted(parts.items())]
        for message_id, parts in messages.items()
    }


def _add_delta(parts: dict[int, _Part], delta: Content) -> None:
    for more in delta:
        part = parts.setdefault(more["index"], _Part(more["type"]))
        part.pieces.append(_TEXT[part.kind](more))
        if part.kind == "text":
            part.annotations += map(_without_index, more["text"].get("annotations") or ())


def _without_index(annotation: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in annotation.items() if name != "index"}
