"""Rebuild message content from the deltas in an event log."""

from collections.abc import Callable
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


def texts_so_far(thread_id: str, run_id: str) -> dict[str, Content]:
    """Return the content that the run's deltas built up so far, by message id.

    Returns an empty dictionary if the log is unavailable.
    """
    try:
        events = log.read(thread_id)
    except redis.RedisError:
        # Only the log has the text of an unfinished message, so the text is lost with the log.
        return {}
    # message id -> index of the part -> its type and the pieces of its text
    messages: dict[str, dict[int, tuple[str, list[str]]]] = {}
    for event in events:
        if event.name == event_names.MESSAGE_DELTA and event.run_id == run_id:
            _add_delta(
                messages.setdefault(event.content["id"], {}), event.content["delta"]["content"]
            )
    return {message_id: _content_of(parts) for message_id, parts in messages.items()}


def _add_delta(parts: dict[int, tuple[str, list[str]]], delta: Content) -> None:
    for part in delta:
        text = _TEXT[part["type"]](part)
        parts.setdefault(part["index"], (part["type"], []))[1].append(text)


def _content_of(parts: dict[int, tuple[str, list[str]]]) -> Content:
    return [_WHOLE[kind]("".join(texts)) for _, (kind, texts) in sorted(parts.items())]
