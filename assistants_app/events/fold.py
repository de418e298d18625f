"""What the events of a log add up to."""

from collections.abc import Callable
from typing import Any

import redis

from assistants_app.domain import event_names
from assistants_app.events import log
from assistants_app.wire.threads.messages import image_part, refusal_part, text_part

Content = list[dict[str, Any]]


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
    """The content that the run's messages reached by their deltas, by message id.

    Empty when the log is away: then what was streamed of an unfinished message is lost with it.
    """
    try:
        events = log.read(thread_id)
    except redis.RedisError:
        return {}
    messages: dict[str, dict[int, tuple[str, list[str]]]] = {}
    for event in events:
        if event.name == event_names.MESSAGE_DELTA and event.run_id == run_id:
            _add(messages.setdefault(event.content["id"], {}), event.content["delta"]["content"])
    return {message_id: _content(parts) for message_id, parts in messages.items()}


def _add(parts: dict[int, tuple[str, list[str]]], delta: Content) -> None:
    for part in delta:
        text = _TEXT[part["type"]](part)
        parts.setdefault(part["index"], (part["type"], []))[1].append(text)


def _content(parts: dict[int, tuple[str, list[str]]]) -> Content:
    return [_WHOLE[kind]("".join(texts)) for _, (kind, texts) in sorted(parts.items())]
