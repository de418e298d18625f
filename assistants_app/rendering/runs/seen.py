"""What the model saw: the parts of a request with their tokens, compared with another request."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.tokens import count_tokens
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.rendering.text.diffs import FieldDiff, text_diff
from assistants_app.rendering.tool_calls.cards import pretty

SAME, NEW, CHANGED, GONE = "same", "new", "changed", "gone"
ROLES = {
    "system": gettext_lazy("System"),
    "developer": gettext_lazy("System"),
    "user": gettext_lazy("User"),
    "assistant": gettext_lazy("Assistant"),
}
# Parts of the request that say how the reply is sent, and not what the model sees.
UNSEEN = ("messages", "tools", "stream", "stream_options", "response_format")


@dataclass(frozen=True, slots=True)
class SeenPart:
    """A part of a request.

    `kind`: system, user, assistant, call, output, passages, tools, format or settings.
    `change`: what it is compared with the other request, "" if there is none.
    """

    kind: str
    title: str
    text: str
    tokens: int = 0
    change: str = ""
    diff: FieldDiff | None = None

    @property
    def is_open(self) -> bool:
        return self.change in (NEW, CHANGED)

    @property
    def excerpt(self) -> str:
        """Return the beginning of the text, on one line."""
        return " ".join(self.text[:400].split())[:120]

    @property
    def change_word(self) -> str:
        words = {NEW: _("new"), CHANGED: _("changed"), GONE: _("gone")}
        return words.get(self.change, "")


def seen_context(body: Mapping[str, Any], other: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the parts of a request's body, compared with the body of another request if given."""
    parts = seen_parts(body)
    if other is not None:
        parts = compared(seen_parts(other), parts)
    counts = [sum(part.change == change for part in parts) for change in (CHANGED, NEW, GONE)]
    return {
        "seen": parts,
        "seen_tokens": sum(part.tokens for part in parts if part.change != GONE),
        "changed_parts": counts[0],
        "new_parts": counts[1],
        "gone_parts": counts[2],
        "compared": other is not None,
    }


def seen_parts(body: Mapping[str, Any]) -> list[SeenPart]:
    """Return the parts of a request's body. Bodies are cut when they are stored, so any value may
    be a text that says so.
    """
    parts = [part for part in _parts_of(body) if part.text]
    return [
        part if part.kind == "settings" else replace(part, tokens=count_tokens(part.text))
        for part in parts
    ]


def _parts_of(body: Mapping[str, Any]) -> Iterator[SeenPart]:
    if tools := body.get("tools"):
        names = [_name_of(tool) for tool in tools] if isinstance(tools, list) else []
        yield SeenPart(
            "tools", _("Tools") + (": " + ", ".join(names) if names else ""), _text(tools)
        )
    yield from _parts_of_messages(body.get("messages"))
    if shape := body.get("response_format"):
        yield SeenPart("format", _("Response format"), _text(shape))
    settings = {name: value for name, value in body.items() if name not in UNSEEN}
    yield SeenPart("settings", _("Settings"), _text(settings) if settings else "")


def _parts_of_messages(messages: Any) -> Iterator[SeenPart]:
    if not isinstance(messages, list):
        yield SeenPart("user", _("Messages"), _text(messages) if messages else "")
        return
    names: dict[str, str] = {}
    for message in messages:
        if not isinstance(message, Mapping):
            yield SeenPart("user", _("Messages"), _text(message))
            continue
        yield from _parts_of_message(message, names)


def _parts_of_message(message: Mapping[str, Any], names: dict[str, str]) -> Iterator[SeenPart]:
    """Yield the parts of a message. `names` are the names of the calls so far, by ID."""
    role = str(message.get("role", ""))
    text = _content(message.get("content"))
    if role == "tool":
        name = names.get(str(message.get("tool_call_id")), "")
        if name == FILE_SEARCH:
            yield SeenPart("passages", _("Passages"), text)
        else:
            yield SeenPart("output", _("Output of %(name)s") % {"name": name or "?"}, text)
        return
    kind = "system" if role == "developer" else role if role in ROLES else "user"
    if reasoning := message.get("reasoning_content"):
        yield SeenPart("assistant", _("Reasoning"), str(reasoning))
    yield SeenPart(kind, str(ROLES.get(role, role)), text)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        name = _name_of(call)
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping):
            names[str(call.get("id"))] = name
            arguments = str(function.get("arguments") or "")
            yield SeenPart("call", _("Call of %(name)s") % {"name": name}, pretty(arguments))
        else:
            yield SeenPart("call", _("Call"), _text(call))


def _name_of(tool: Any) -> str:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    return str(function.get("name", "?")) if isinstance(function, Mapping) else "?"


def _content(content: Any) -> str:
    if isinstance(content, str) or content is None:
        return content or ""
    if not isinstance(content, list):
        return _text(content)
    return "\n\n".join(_content_part(part) for part in content)


def _content_part(part: Any) -> str:
    if isinstance(part, Mapping):
        if isinstance(part.get("text"), str):
            return str(part["text"])
        image = part.get("image_url")
        if isinstance(image, Mapping):
            return str(image.get("url", ""))
    return _text(part)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def compared(old: Sequence[SeenPart], new: Sequence[SeenPart]) -> list[SeenPart]:
    """Return the parts of the new request with their change, and the parts that are gone."""
    before, after = ([(part.kind, part.text) for part in parts] for parts in (old, new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    parts: list[SeenPart] = []
    for operation, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        come = new[new_start:new_end]
        if operation == "equal":
            parts += [replace(part, change=SAME) for part in come]
        else:
            parts += _replaced(old[old_start:old_end], come)
    return parts


def _replaced(old: Sequence[SeenPart], new: Sequence[SeenPart]) -> Iterator[SeenPart]:
    """Yield the parts of a stretch that differs. Parts of a kind are paired in their order."""
    left = list(old)
    for part in new:
        before = next((item for item in left if item.kind == part.kind), None)
        if before is None:
            yield replace(part, change=NEW)
            continue
        left.remove(before)
        yield replace(part, change=CHANGED, diff=text_diff(before.text, part.text))
    for part in left:
        yield replace(part, change=GONE)
