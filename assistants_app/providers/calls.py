"""The tool calls of one reply, told apart in every dialect of their deltas."""

import json
from dataclasses import dataclass, field
from typing import Any

from assistants_app.domain.ids import new_id
from assistants_app.providers.chat import ToolCallDelta


@dataclass(slots=True)
class _Call:
    """`id` as the server has it; `held` are arguments that came before the name."""

    id: str | None
    name: str | None = None
    held: list[str] = field(default_factory=list)


class Calls:
    """Places each delta. Ids that a server leaves out are made up; each is said once."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._places: dict[int, int] = {}
        self._any_named = False

    def __bool__(self) -> bool:
        """Whether there is a call to carry out."""
        return self._any_named

    def take(self, raw: dict[str, Any]) -> ToolCallDelta | None:
        """The delta in our form, None while it cannot be told."""
        function = raw.get("function") or {}
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments)  # some servers send the object itself
        call_id, name = _word(raw.get("id")), _word(function.get("name"))
        place = self._place(raw.get("index"), call_id, name)
        call = self._calls[place]
        if call.name is not None:
            return ToolCallDelta(place, None, None, arguments)
        call.held.append(arguments)
        if name is None:
            return None
        call.name, self._any_named = name, True
        return ToolCallDelta(place, call_id or call.id or new_id("call"), name, "".join(call.held))

    def _place(self, index: Any, call_id: str | None, name: str | None) -> int:
        """Which call a delta belongs to, a new one if need be."""
        if isinstance(index, int):
            place = self._places.get(index)
            # Some servers give every call the index 0, but an id of its own.
            if place is None or (call_id and name and call_id != self._calls[place].id):
                place = self._places[index] = self._begin(call_id)
            return place
        if call_id is not None:
            for place, call in enumerate(self._calls):
                if call.id == call_id:
                    return place
        return self._begin(call_id) if name or not self._calls else len(self._calls) - 1

    def _begin(self, call_id: str | None) -> int:
        self._calls.append(_Call(call_id))
        return len(self._calls) - 1


def _word(value: Any) -> str | None:
    """An id or a name; some servers count their calls and send numbers."""
    return None if value is None or value == "" else str(value)
