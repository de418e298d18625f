"""Assign the deltas of tool calls to the calls of one reply, in every dialect of servers."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from assistants_app.domain.ids import new_id
from assistants_app.providers.chat import ToolCallDelta
from assistants_app.wire.storable import StorablePieces


@dataclass(slots=True)
class _Fragment:
    """An entry of ``tool_calls`` in one delta. What it doesn't say is None or empty."""

    index: int | None
    id: str | None
    name: str | None
    arguments: str


@dataclass(slots=True)
class _Call:
    """A call so far. Its first delta is passed on when it has `begun`.

    A `repeated` call has the name of the call before it and no arguments yet, so it may be none.
    """

    place: int
    id: str | None
    name: str | None = None
    begun: bool = False
    repeated: bool = False
    pieces: list[str] = field(default_factory=list)
    text: StorablePieces = field(default_factory=StorablePieces)

    def write(self, arguments: str) -> str:
        """Add a piece of the arguments, and return the part of it that can be passed on."""
        text = self.text.take(arguments)
        if text:
            self.pieces.append(text)
        return text

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    def is_whole(self) -> bool:
        """Return whether the arguments are a complete object."""
        text = self.arguments.strip()
        if not text.endswith("}"):
            return False
        try:
            return isinstance(json.loads(text, strict=False), dict)
        except (ValueError, RecursionError):
            return False

    def is_half(self) -> bool:
        """Return whether the arguments have begun and are not complete."""
        return bool(self.arguments.strip()) and not self.is_whole()


class Calls:
    """The tool calls of one reply.

    Each call gets an id that no other call of the reply has. Its id and name appear in one delta
    only, the first. `names` are those of the tools that the model may call.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(names)
        self._calls: list[_Call] = []
        self._places: dict[int, int] = {}
        self._ids: set[str] = set()

    def __bool__(self) -> bool:
        """Return whether there is a call to carry out."""
        return any(call.begun for call in self._calls)

    def take(self, rows: Any) -> Iterator[ToolCallDelta]:
        """Yield what the ``tool_calls`` of one delta add, in our form.

        A call whose name isn't complete yet is held back.
        """
        seen: list[_Call] = []
        for row in [rows] if isinstance(rows, dict) else rows:
            if row is None:
                continue
            fragment = _fragment_of(row)
            call = self._continued_by(fragment)
            # Two entries of one delta are two calls, if both have a name.
            if call in seen and fragment.name and fragment.id is None:
                call = None
            if call is None:
                yield from self._begin_named()
                call = self._add(fragment)
            seen.append(call)
            yield from self._extend(call, fragment)

    def end(self) -> Iterator[ToolCallDelta]:
        """Yield the calls that were held back, once the reply is complete."""
        for call in self._calls:
            # A call that stays without a name is one of the only tool, or an error for the model.
            if call.name is None and call.arguments.strip():
                call.name = next(iter(self._names)) if len(self._names) == 1 else ""
        yield from self._begin_named()

    def _continued_by(self, fragment: _Fragment) -> _Call | None:
        call = self._candidate(fragment)
        if call is None or not (fragment.name and call.name):
            return call
        return None if self._starts_another(call, fragment, fragment.name) else call

    def _candidate(self, fragment: _Fragment) -> _Call | None:
        if fragment.index in self._places:
            return self._calls[self._places[fragment.index]]
        last = self._calls[-1] if self._calls else None
        if fragment.id and (fragment.index is None or not fragment.name):
            for call in reversed(self._calls):
                if call.id == fragment.id:
                    return call
        if fragment.index is None or last is None:
            return last
        # Some servers count on with each fragment of a call.
        continues = not fragment.name and not fragment.id and last.name and last.is_half()
        return last if continues else None

    def _starts_another(self, call: _Call, fragment: _Fragment, name: str) -> bool:
        if fragment.id and call.id and fragment.id != call.id:
            # Each call has its own id. But old versions of vLLM gave one to each fragment.
            return name != call.name or not call.is_half()
        if name == call.name or call.is_whole():
            return call.is_whole()
        if fragment.id and fragment.id == call.id:
            return {name, call.name} <= self._names
        return not self._is_more_of_name(call, name)

    def _is_more_of_name(self, call: _Call, more: str) -> bool:
        if call.begun or call.arguments or not call.name or {more, call.name} <= self._names:
            return False
        return any(known.startswith(_joined(call.name, more)) for known in self._names)

    def _add(self, fragment: _Fragment) -> _Call:
        last = self._calls[-1] if self._calls else None
        call = _Call(len(self._calls), fragment.id)
        if last and fragment.name and fragment.name == last.name and last.is_whole():
            # The name once more: of another call, if arguments follow.
            call.repeated = fragment.id in (None, last.id)
        self._calls.append(call)
        if fragment.index is not None:
            self._places[fragment.index] = call.place
        return call

    def _extend(self, call: _Call, fragment: _Fragment) -> Iterator[ToolCallDelta]:
        call.id = call.id or fragment.id
        if fragment.name and call.name is None:
            call.name = fragment.name
        elif fragment.name and self._is_more_of_name(call, fragment.name):
            call.name = _joined(call.name or "", fragment.name)
        text = call.write(fragment.arguments)
        call.repeated = call.repeated and not text.strip()
        if call.begun:
            if text:
                yield ToolCallDelta(call.place, None, None, text)
        elif call.name is not None and (call.arguments.strip() or self._is_complete(call.name)):
            yield from self._begin(call)

    def _is_complete(self, name: str) -> bool:
        return not any(known != name and known.startswith(name) for known in self._names)

    def _begin_named(self) -> Iterator[ToolCallDelta]:
        for call in self._calls:
            if call.name is not None and not call.begun:
                yield from self._begin(call)

    def _begin(self, call: _Call) -> Iterator[ToolCallDelta]:
        if call.repeated:
            return
        call.begun = True
        # Our id is not kept in the call, which is found by the server's.
        call_id = new_id("call") if call.id is None or call.id in self._ids else call.id
        self._ids.add(call_id)
        yield ToolCallDelta(call.place, call_id, call.name, call.arguments)


def _fragment_of(row: dict[str, Any]) -> _Fragment:
    # Some servers leave out the object `function` around the name and the arguments.
    function = row.get("function") or row
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        # Some servers send the object itself instead of JSON text.
        arguments = json.dumps(arguments) if arguments else ""
    return _Fragment(
        _index_of(row.get("index")),
        _id_or_name(row.get("id")),
        _id_or_name(function.get("name")),
        arguments,
    )


def _index_of(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return int(value) if isinstance(value, int | float) and value == value else None


def _id_or_name(value: Any) -> str | None:
    # Some servers number their calls and send the id as a number.
    text = "" if value is None else str(value).strip()
    return "".join(char for char in text if char.isprintable()) or None


def _joined(name: str, more: str) -> str:
    # Servers send the rest of a name, or the name so far.
    return more if more.startswith(name) else name + more
