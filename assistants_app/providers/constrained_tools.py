"""Tool calls for models without native ones: the reply is constrained by a JSON schema.

The model may answer ``{"tool": NAME, "arguments": {...}}`` or ``{"reply": "..."}``; measured, tiny
models keep to it in 5 of 6 cases and larger ones always (ARCHITECTURE section 7). After a tool's
result the tools are withheld, because such models call again for ever.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from assistants_app.providers.chat_model import (
    ChatDelta,
    ChatRequest,
    Finished,
    TextDelta,
    ToolCallDelta,
)

REPLY, TOOL, ARGUMENTS = "reply", "tool", "arguments"
_HEAD = re.compile(r'\s*\{\s*"(?:(reply)"\s*:\s*|tool"\s*:\s*"([^"]*)"\s*,\s*"arguments"\s*:\s*)')
_MAYBE_HEAD = re.compile(r"\s*(\{[^{\[]{0,200})?$")


@dataclass(frozen=True, slots=True)
class Constrained:
    """A request without tools, and how its answer is read. `decoded`: the answer is our JSON."""

    request: ChatRequest
    decoded: bool

    def decode(self, deltas: Iterable[ChatDelta]) -> Iterator[ChatDelta]:
        """The model's deltas as if it had called tools natively."""
        return _decode(deltas) if self.decoded else iter(deltas)


def is_needed(request: ChatRequest) -> bool:
    """Whether the request, or the thread behind it, has anything to do with tools."""
    return bool(request.tools) or any(
        message["role"] == "tool" or message.get("tool_calls") for message in request.messages
    )


def constrain(request: ChatRequest) -> Constrained:
    """The request for a model that knows no tools."""
    tools = _offered(request)
    bare = replace(
        request,
        tools=[],
        tool_choice=None,
        parallel_tool_calls=None,
        messages=_plain_messages(request.messages, tools),
    )
    if not tools:
        return Constrained(bare, decoded=False)
    branches = [_call_schema(tool["function"]) for tool in tools]
    if request.tool_choice is None or request.tool_choice == "auto":
        branches.append(_object({REPLY: _reply_schema(request.response_format)}))
    schema = branches[0] if len(branches) == 1 else {"anyOf": branches}
    response_format = {"type": "json_schema", "json_schema": {"name": "turn", "schema": schema}}
    return Constrained(replace(bare, response_format=response_format), decoded=True)


def _offered(request: ChatRequest) -> list[dict[str, Any]]:
    choice = request.tool_choice
    if choice == "none":
        return []
    if isinstance(choice, dict):
        wanted = choice.get("function", {}).get("name")
        return [tool for tool in request.tools if tool["function"]["name"] == wanted]
    has_result = bool(request.messages) and request.messages[-1]["role"] == "tool"
    return [] if has_result else request.tools


def _call_schema(function: dict[str, Any]) -> dict[str, Any]:
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return _object({TOOL: {"const": function["name"]}, ARGUMENTS: parameters})


def _reply_schema(response_format: dict[str, Any] | None) -> dict[str, Any]:
    kind = (response_format or {}).get("type")
    if kind == "json_schema" and response_format:
        return response_format["json_schema"].get("schema") or {"type": "object"}
    return {"type": "object"} if kind == "json_object" else {"type": "string"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _plain_messages(
    messages: list[dict[str, Any]], tools: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The thread without tool messages, and the tools told in words."""
    names: dict[str, str] = {}
    plain: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "tool":
            name = names.get(message["tool_call_id"], TOOL)
            plain.append({"role": "user", "content": f"Result of {name}: {message['content']}"})
        elif calls := message.get("tool_calls"):
            names |= {call["id"]: call["function"]["name"] for call in calls}
            told = [_told(call["function"]) for call in calls]
            said = [message["content"]] if message.get("content") else []
            plain.append({"role": "assistant", "content": "\n".join(said + told)})
        else:
            plain.append(message)
    return _with_tools_told(plain, tools) if tools else plain


def _told(function: dict[str, Any]) -> str:
    return f'{{"{TOOL}": {json.dumps(function["name"])}, "{ARGUMENTS}": {function["arguments"]}}}'


def _with_tools_told(
    messages: list[dict[str, Any]], tools: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    lines = [
        f"- {tool['function']['name']}: {tool['function'].get('description') or ''}".rstrip(": ")
        for tool in tools
    ]
    told = (
        "You can call these tools:\n" + "\n".join(lines) + "\nTo call one, answer with JSON: "
        f'{{"{TOOL}": its name, "{ARGUMENTS}": its arguments}}. Otherwise answer with JSON: '
        f'{{"{REPLY}": your answer}}.'
    )
    if messages and messages[0]["role"] == "system":
        first = {**messages[0], "content": f"{messages[0]['content']}\n\n{told}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": told}, *messages]


def _decode(deltas: Iterable[ChatDelta]) -> Iterator[ChatDelta]:
    decoder = _Decoder()
    for delta in deltas:
        if isinstance(delta, TextDelta):
            yield from decoder.feed(delta.text)
        elif isinstance(delta, Finished):
            yield from decoder.end()
            called = decoder.called and delta.reason == "stop"
            yield replace(delta, reason="tool_calls") if called else delta
        else:
            yield delta


class _Decoder:
    """Takes our JSON apart while it streams in. A model that does not keep to it is passed on."""

    def __init__(self) -> None:
        self.called = False
        self._head = ""
        self._value: _String | _Raw | None = None
        self._pass_on = False

    def feed(self, text: str) -> Iterator[ChatDelta]:
        if self._pass_on:
            yield TextDelta(text)
            return
        if self._value is None and not self.called:
            self._head += text
            match = _HEAD.match(self._head)
            if match is None:
                if not _MAYBE_HEAD.match(self._head):
                    self._pass_on = True
                    yield TextDelta(self._head)
                return
            if match[1] is None:
                self.called = True
                yield ToolCallDelta(0, None, match[2], "")
            text = self._head[match.end() :]
        yield from self._of_value(text)

    def end(self) -> Iterator[ChatDelta]:
        """What was held back because it might have been the beginning of our JSON."""
        if self._value is None and not self.called and not self._pass_on and self._head:
            yield TextDelta(self._head)

    def _of_value(self, text: str) -> Iterator[ChatDelta]:
        if self._value is None:
            text = text.lstrip()
            if not text:
                return
            self._value = _String() if text[0] == '"' and not self.called else _Raw()
        if decoded := self._value.feed(text):
            yield ToolCallDelta(0, None, None, decoded) if self.called else TextDelta(decoded)


class _String:
    """A JSON string while it streams in: its text, escapes undone."""

    _ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

    def __init__(self) -> None:
        self._rest = ""
        self._begun = False
        self._ended = False

    def feed(self, text: str) -> str:
        text = self._rest + text
        self._rest = ""
        out: list[str] = []
        position = 0
        if not self._begun:
            self._begun, position = True, 1
        while position < len(text) and not self._ended:
            char = text[position]
            if char == '"':
                self._ended = True
            elif char == "\\":
                taken, piece = self._escape(text[position:])
                if not taken:
                    self._rest = text[position:]
                    break
                out.append(piece)
                position += taken
                continue
            else:
                out.append(char)
            position += 1
        return "".join(out)

    def _escape(self, text: str) -> tuple[int, str]:
        """Characters taken and what they mean; 0 while the escape is not whole."""
        if len(text) < 2:
            return 0, ""
        if text[1] != "u":
            return 2, self._ESCAPES.get(text[1], text[1])
        if len(text) < 6:
            return 0, ""
        high = 0xD800 <= int(text[2:6], 16) < 0xDC00
        length = 12 if high else 6
        if len(text) < length:
            return 0, ""
        return length, json.loads(f'"{text[:length]}"')


class _Raw:
    """A JSON value while it streams in, up to where it ends."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._ended = False

    def feed(self, text: str) -> str:
        for position, char in enumerate(text):
            if self._ended:
                return text[:position]
            if self._in_string:
                self._of_string(char)
            elif char == '"':
                self._in_string = True
            elif char in "{[":
                self._depth += 1
            elif char in "}]":
                self._depth -= 1
                if self._depth < 0:
                    self._ended = True
                    return text[:position]
                self._ended = self._depth == 0
        return text

    def _of_string(self, char: str) -> None:
        if self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = True
        elif char == '"':
            self._in_string = False
