"""Assign the deltas of tool calls to the calls of one reply, in every dialect of servers."""

import json
from dataclasses import dataclass, field
from typing import Any

from assistants_app.domain.ids import new_id
from assistants_app.providers.chat import ToolCallDelta


@dataclass(slots=True)
class _Call:
    """`id` is the server's; `held` has arguments that arrived before the name."""

    id: str | None
    name: str | None = None
    held: list[str] = field(default_factory=list)


class Calls:
    """The tool calls of one reply.

    Calls without an id get one. Each id and name appears in one delta only, the call's first.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._places: dict[int, int] = {}
        self._any_named = False

    def __bool__(self) -> bool:
        """Return whether there is a call to carry out."""
        return self._any_named

    def take(self, raw: dict[str, Any]) -> ToolCallDelta | None:
        """Return the delta in our form, or None as long as the call's name is unknown."""
        function = raw.get("function") or {}
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):
            # Some servers send the object itself instead of JSON text.
            arguments = json.dumps(arguments)
        call_id, name = _id_or_name(raw.get("id")), _id_or_name(function.get("name"))
        place = self._place_of(raw.get("index"), call_id, name)
        call = self._calls[place]
        if call.name is not None:
            return ToolCallDelta(place, None, None, arguments)
        call.held.append(arguments)
        if name is None:
            return None
        call.name, self._any_named = name, True
        return ToolCallDelta(place, call_id or call.id or new_id("call"), name, "".join(call.held))

    def _place_of(self, index: Any, call_id: str | None, name: str | None) -> int:
        if isinstance(index, int):
            place = self._places.get(index)
            # Some servers give every call the index 0, but each call its own id.
            if place is None or (call_id and name and call_id != self._calls[place].id):
                place = self._places[index] = self._add_call(call_id)
            return place
        if call_id is not None:
            for place, call in enumerate(self._calls):
                if call.id == call_id:
                    return place
        # Without index and id, a name starts a call and anything else continues the last one.
        return self._add_call(call_id) if name or not self._calls else len(self._calls) - 1

    def _add_call(self, call_id: str | None) -> int:
        self._calls.append(_Call(call_id))
        return len(self._calls) - 1


def _id_or_name(value: Any) -> str | None:
    # Some servers number their calls and send the id as a number.
    return None if value is None or value == "" else str(value)
