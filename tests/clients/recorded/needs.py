"""What a client's code needs of an answer, so that it neither raises nor loses a value.

`needs.json` of a client has the shape of each answer and event. A shape is an object's fields; a
field whose name ends in ``?`` can be missing. A type is a JSON type or a shape, ``[]`` after it
makes a list and ``|`` separates choices. A shape with ``by`` has a shape for each value of that
field, and no other values.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.clients.recorded.answers import DONE, Event
from tests.clients.recorded.exchanges import FOLDER

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    # PHP reads objects as arrays too.
    "array": (list, dict),
}


@dataclass(frozen=True)
class Needs:
    """The needs of one client."""

    answers: dict[str, str]
    events: dict[str, str]
    error: str
    shapes: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, client: str) -> "Needs":
        path: Path = FOLDER / client / "needs.json"
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def unmet_by(self, route: str, value: Any) -> list[str]:
        """Return what the answer to a request on this route lacks."""
        assert route in self.answers, f"needs.json has no shape for {route}"
        return list(self._problems(value, self.answers[route], route))

    def unmet_by_error(self, value: Any) -> list[str]:
        return list(self._problems(value, self.error, "error"))

    def unmet_by_event(self, event: Event) -> list[str]:
        """Return what an event lacks. An event that the client doesn't know is a problem."""
        name, data = event
        if name == DONE:
            return [] if data == "[DONE]" else [f"{name}: {data}"]
        kind = next((self.events[key] for key in self.events if fnmatchcase(name, key)), None)
        if kind is None:
            return [f"the client doesn't know the event {name}"]
        return list(self._problems(data, kind, name))

    def _problems(self, value: Any, kind: str, place: str) -> Iterator[str]:
        choices = [list(self._problems_of_one(value, one, place)) for one in kind.split("|")]
        # The choice that fits best says most.
        yield from min(choices, key=lambda problems: (len(problems), -_depth(problems)))

    def _problems_of_one(self, value: Any, kind: str, place: str) -> Iterator[str]:
        if kind.endswith("[]"):
            if not isinstance(value, list):
                yield f"{place}: {value!r:.80} is no list"
                return
            for number, item in enumerate(value):
                yield from self._problems(item, kind[:-2], f"{place}.{number}")
        elif kind in self.shapes:
            yield from self._problems_of_object(value, kind, place)
        elif kind != "any" and not _is(value, kind):
            yield f"{place}: {value!r:.80} is no {kind}"

    def _problems_of_object(self, value: Any, kind: str, place: str) -> Iterator[str]:
        shape = self.shapes[kind]
        if not isinstance(value, dict):
            yield f"{place}: {value!r:.80} is no {kind}"
            return
        if tag := shape.get("by"):
            if value.get(tag) in shape["of"]:
                yield from self._problems(value, shape["of"][value[tag]], place)
            else:
                yield f"{place}: {kind} has no {tag} {value.get(tag)!r}"
            return
        for name, wanted in shape.items():
            key = name.removesuffix("?")
            if key in value:
                yield from self._problems(value[key], wanted, f"{place}.{key}")
            elif key == name:
                yield f"{place}.{key} is missing"


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, JSON_TYPES[kind])


def _depth(problems: list[str]) -> int:
    return max((problem.split(" ")[0].count(".") for problem in problems), default=0)
