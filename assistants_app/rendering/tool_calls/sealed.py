"""How much cards of calls show. Columns whose names are hidden don't say where things come from."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from assistants_app.domain.tapes.steps import note_of_call, with_note
from assistants_app.domain.tools import FILE_SEARCH, FUNCTION, RESULT

Step = Mapping[str, Any]
Call = Mapping[str, Any]


class Look(Enum):
    """How much cards show: everything, only what tools did, or that without where it comes from."""

    WHOLE = auto()
    BARE = auto()  # without what one can do with them
    SEALED = auto()  # for columns whose names are hidden


def step_as(look: Look, step: Step) -> Step:
    """Return what cards of this look show of a step."""
    if look is not Look.SEALED:
        return step
    details, fault = step["step_details"], step.get("last_error")
    calls = [_sealed_call(call) for call in details["tool_calls"]]
    return {
        **step,
        # It often names the model or its endpoint.
        "last_error": fault and {**fault, "message": ""},
        "step_details": {**details, "tool_calls": calls},
    }


def _sealed_call(call: Call) -> Call:
    rest = {name: value for name, value in call.items() if name != RESULT}
    if call["type"] == FUNCTION:
        # It only says whether a mock or a tape has answered. A recorded run has no tape, and mocks
        # belong to an assistant.
        return rest
    if call["type"] == FILE_SEARCH:
        rest[FILE_SEARCH] = _without_marks(call[FILE_SEARCH])
    result = call.get(RESULT)
    if result is None:
        return rest
    missed = "missed" in note_of_call(call)
    return {**rest, RESULT: {**with_note(result, None), **({"reason": ""} if missed else {})}}


def _without_marks(search: Call) -> Call:
    # They become links, which have the ID of the thread that searched.
    results = [
        {name: value for name, value in one.items() if name != "mark"}
        for one in search.get("results") or ()
    ]
    return {**search, "results": results}
