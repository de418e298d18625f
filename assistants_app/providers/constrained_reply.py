"""Decode a reply that is constrained to our JSON while it streams in."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from assistants_app.domain.ids import new_id
from assistants_app.providers.chat import ChatDelta, Finished, TextDelta, ToolCallDelta

REPLY, TOOL, ARGUMENTS = "reply", "tool", "arguments"
REPLACEMENT = "\ufffd"
# Models write the properties in the schema's order, so the tool's name precedes its arguments.
_HEAD = re.compile(r'\s*\{\s*"(?:(reply)"\s*:\s*|tool"\s*:\s*"([^"]*)"\s*,\s*"arguments"\s*:\s*)')
# As long as this matches, the text may become our JSON and is held back.
_MAYBE_HEAD = re.compile(r"\s*(\{[^{\[]{0,200})?$")

# JSON escapes (RFC 8259, section 7): one UTF-16 unit, a surrogate pair, and the start of either.
_SINGLE = re.compile(r"\\u([0-9a-fA-F]{4})")
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_PART_OF_PAIR = re.compile(
    r"\\u[0-9a-fA-F]{0,3}|\\u[dD][89abAB][0-9a-fA-F]{2}(\\(u([dD]([c-fC-F][0-9a-fA-F]?)?)?)?)?"
)


class Decoder:
    """Decodes our JSON piece by piece. Text that is not our JSON is passed on unchanged."""

    def __init__(self) -> None:
        self._called = False
        self._head = ""
        self._value: _StringReader | _RawReader | None = None
        # Small models ignore the schema now and then: what they write is shown as a plain reply.
        self._is_plain = False

    def decode(self, deltas: Iterable[ChatDelta]) -> Iterator[ChatDelta]:
        """Yield the next deltas of the reply as if the model had native tool calls."""
        for delta in deltas:
            if isinstance(delta, TextDelta):
                yield from self._feed(delta.text)
            elif isinstance(delta, Finished):
                yield from self._end()
                called = self._called and delta.reason == "stop"
                yield replace(delta, reason="tool_calls") if called else delta
            else:
                yield delta

    def _feed(self, text: str) -> Iterator[ChatDelta]:
        if self._is_plain:
            yield TextDelta(text)
            return
        if self._value is None and not self._called:
            self._head += text
            match = _HEAD.match(self._head)
            if match is None:
                if not _MAYBE_HEAD.match(self._head):
                    self._is_plain = True
                    yield TextDelta(self._head)
                return
            if match[1] is None:
                self._called = True
                yield ToolCallDelta(0, new_id("call"), match[2], "")
            text = self._head[match.end() :]
        yield from self._decode_value(text)

    def _end(self) -> Iterator[ChatDelta]:
        # What was held back because it might have been the start of our JSON.
        if self._value is not None or self._called or self._is_plain or not self._head:
            return
        if name := _tool_without_arguments(self._head):
            self._called = True
            yield ToolCallDelta(0, new_id("call"), name, "")
        else:
            yield TextDelta(self._head)

    def _decode_value(self, text: str) -> Iterator[ChatDelta]:
        if self._value is None:
            text = text.lstrip()
            if not text:
                return
            self._value = _StringReader() if text[0] == '"' and not self._called else _RawReader()
        if decoded := self._value.feed(text):
            yield ToolCallDelta(0, None, None, decoded) if self._called else TextDelta(decoded)


def _tool_without_arguments(text: str) -> str:
    # The schema requires arguments, but small models ignore it now and then.
    try:
        said = json.loads(text)
    except ValueError:
        return ""
    names = said.keys() if isinstance(said, dict) else ()
    return str(said[TOOL]) if names == {TOOL} and isinstance(said[TOOL], str) else ""


class _StringReader:
    """Reads a JSON string piece by piece and returns its text, with escapes decoded."""

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
                taken, piece = self._decode_escape(text[position:])
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

    def _decode_escape(self, text: str) -> tuple[int, str]:
        # Returns how many characters were used, and their meaning; 0 if the escape is incomplete.
        if len(text) < 2:
            return 0, ""
        if text[1] != "u":
            return 2, self._ESCAPES.get(text[1], text[1])
        if _PART_OF_PAIR.fullmatch(text):
            return 0, ""
        if pair := _PAIR.match(text):
            return 12, json.loads(f'"{pair[0]}"')
        if not (single := _SINGLE.match(text)):
            return 2, REPLACEMENT
        char = chr(int(single[1], 16))
        # PostgreSQL stores neither half a surrogate pair nor NUL.
        return 6, REPLACEMENT if char == "\0" or "\ud800" <= char <= "\udfff" else char


class _RawReader:
    """Reads any other JSON value piece by piece, and returns its source up to its end."""

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
                self._track_string(char)
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

    def _track_string(self, char: str) -> None:
        if self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = True
        elif char == '"':
            self._in_string = False
