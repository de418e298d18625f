"""Calls in the `step_details` of steps: in texts, and what they store about their tape."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tapes.matching import Hit
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION, RESULT

NOTE = "tape"

Note = Mapping[str, Any]
Details = Mapping[str, Any]


def hit_note(hit: Hit) -> dict[str, Any]:
    """Return the note of a call that a recorded call answered.

    It has the `position` of the recorded call, and the `drift` of the arguments.
    """
    drift = [difference.as_json() for difference in hit.drift]
    return {"position": hit.call.position, "drift": drift}


def miss_note(reason: str, rebuilt: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the note of a call that no recorded call answered, with the reason.

    `rebuilt` are the recorded calls that code was run of first: their `position`, and how the code
    `ended` this time.
    """
    return {"missed": reason, "rebuilt": [dict(call) for call in rebuilt]}


def with_note(result: Mapping[str, Any], note: Note | None) -> dict[str, Any]:
    """Return the `RESULT` of a call with this note, or without one."""
    kept = {name: value for name, value in result.items() if name != NOTE}
    return {**kept, NOTE: dict(note)} if note else kept


def note_of_call(call: Details) -> Note:
    """Return the note of a call in ``step_details``, which is empty without a tape."""
    note = (call.get(RESULT) or {}).get(NOTE)
    return note if isinstance(note, Mapping) else {}


def notes_of_steps(steps: Iterable[Details]) -> Iterator[Note]:
    """Yield the notes of calls, in their order, from the ``step_details`` of steps."""
    for details in steps:
        for call in details.get("tool_calls") or ():
            if note := note_of_call(call):
                yield note


@dataclass(frozen=True, slots=True)
class CallText:
    """A call in texts: its name, what the model wrote, and what the model was shown, or None."""

    tool: str
    name: str
    arguments: str
    output: str | None


def text_of_call(call: Details, shown_to_model: Mapping[str, str]) -> CallText:
    """Return the call in texts. `shown_to_model` has the outputs of built-in tools, by call id."""
    tool = call["type"]
    details = call[tool]
    if tool == FUNCTION:
        return CallText(tool, details["name"], details["arguments"] or "", details["output"])
    written = details["input"] if tool == CODE_INTERPRETER else details.get("query", "")
    return CallText(tool, tool, written, shown_to_model.get(call["id"]))


def places_found(call: Details) -> list[tuple[int, int]]:
    """Return the number and place in the mark of each result of a search, in order.

    Return none for searches from before results had marks.
    """
    results = call.get(FILE_SEARCH, {}).get("results") or ()
    marks = [CITATION_MARK.fullmatch(result.get("mark", "")) for result in results]
    return [(int(mark[1]), int(mark[2])) for mark in marks if mark] if all(marks) else []
