"""What an answer shows to a client, in a form that two sites have in common."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.clients.recorded.exchanges import AN_ID
from tests.clients.recorded.http1 import Message

# The lines of an event follow each other directly: one client forgets the name at other lines.
AN_EVENT = re.compile(r"event: (\S+)\ndata: (.*)")
DONE = "done"

Event = tuple[str, Any]


def is_stream(answer: Message) -> bool:
    return answer.header("content-type").startswith("text/event-stream")


def events_of(answer: Message) -> list[Event]:
    """Return the name and data of each event. The data of the last one is no JSON."""
    events: list[Event] = []
    for block in answer.body.decode().split("\n\n"):
        if not block or block.startswith(":"):
            continue
        found = AN_EVENT.fullmatch(block)
        assert found, f"not an event of two lines: {block!r}"
        events.append((found[1], found[2] if found[1] == DONE else json.loads(found[2])))
    return events


def value_of(answer: Message) -> Any:
    """Return the answer's JSON. For a stream it is the first event of each name."""
    if is_stream(answer):
        return dict(reversed(events_of(answer)))
    if answer.header("content-type").startswith("application/json"):
        return json.loads(answer.body)
    return None


def shows(answer: Message, *, own: bool, names: dict[str, str]) -> dict[str, Any]:
    """Return what the answer shows. `names` has the placeholders of ids.

    `own`: the story made all objects of a list, so that their number is known.
    """
    if is_stream(answer):
        return _stream_shows(events_of(answer))
    value = value_of(answer)
    if not isinstance(value, dict):
        return {"content": answer.body.decode("utf-8", "replace")}
    if error := value.get("error"):
        message = AN_ID.sub(lambda found: names.get(found[0], found[0]), error["message"])
        return {"error": {**error, "message": message}}
    shown: dict[str, Any] = {}
    if "filename" in value:
        shown["filename"] = value["filename"]
    if value.get("object") == "list" and own:
        shown.update(count=len(value["data"]), has_more=value["has_more"])
    if texts := [text["value"] for text in _texts(value)]:
        shown["texts"] = texts
    if marks := list(_marks(value)):
        shown["marks"] = marks
    return shown


def _stream_shows(events: list[Event]) -> dict[str, Any]:
    deltas = [data for name, data in events if name == "thread.message.delta"]
    text = "".join(text["value"] for text in _texts(deltas))
    whole = [data for name, data in events if name == "thread.message.completed"]
    assert text == "".join(found["value"] for found in _texts(whole)), "the deltas are not the text"
    # How a text is split into deltas depends on the load.
    names = [name for name, _ in events]
    shown: dict[str, Any] = {"events": [name for name, _ in itertools.groupby(names)]}
    if text:
        shown["texts"] = [text]
    if marks := list(_marks(deltas)):
        assert marks == list(_marks(whole)), "the deltas have other annotations than the message"
        shown["marks"] = marks
    return shown


def _texts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the texts of messages and of their deltas."""
    for found in _objects(value):
        text = found.get("text")
        if isinstance(text, dict) and "value" in text:
            yield text


def _marks(value: Any) -> Iterator[list[str]]:
    for text in _texts(value):
        for mark in text.get("annotations", ()):
            yield [mark["type"], mark["text"]]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _objects(item)


def way_to(value: Any, wanted: str) -> list[str | int] | None:
    """Return where a string is in an answer."""
    if value == wanted:
        return []
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        if (rest := way_to(item, wanted)) is not None:
            return [key, *rest]
    return None
