"""Which recorded call answers a call of another run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistants_app.domain.tapes.calls import Difference, RecordedCall, canonical, drift, label
from assistants_app.domain.tapes.policy import IN_ORDER
from assistants_app.domain.tools import FUNCTION


@dataclass(frozen=True, slots=True)
class Hit:
    """The recorded call that answers, and where its arguments differ from those of the call."""

    call: RecordedCall
    drift: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Miss:
    """That no recorded call answers, and why not in one sentence."""

    reason: str


def find_call(
    calls: Sequence[RecordedCall],
    used: Collection[int],
    *,
    tool: str,
    name: str,
    arguments: str,
    matching: str,
) -> Hit | Miss:
    """Return the recorded call that answers this one. `used` has positions that answered already.

    Each recorded call answers once, because a function may answer differently the next time. With
    ``strict``, the arguments must be equal. With ``in_order``, the tool's next call answers, and
    what differs is its drift.
    """
    what = label(tool, name, arguments)
    of_tool = [call for call in calls if (call.tool, call.name) == (tool, name)]
    if not of_tool:
        return Miss(f"The tape has no call of {name}.")
    left = [call for call in of_tool if call.position not in used]
    if matching == IN_ORDER:
        if not left:
            times = _times(len(of_tool))
            return Miss(f"The tape's outputs of {name} are used up: it was called {times}.")
        return Hit(left[0], tuple(drift(tool, left[0].arguments, arguments)))
    wanted = canonical(tool, arguments)
    equal = [call for call in of_tool if canonical(tool, call.arguments) == wanted]
    if unused := [call for call in equal if call.position not in used]:
        return Hit(unused[0])
    if equal:
        times = _times(len(equal))
        return Miss(f"The tape's outputs for {what} are used up: it was called {times}.")
    return Miss(f"The tape has no output for {what}.{_nearest(left, tool, arguments)}")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _nearest(left: Sequence[RecordedCall], tool: str, arguments: str) -> str:
    # Where the next call differs is what people look for first.
    if tool != FUNCTION or not left:
        return ""
    differences = drift(tool, left[0].arguments, arguments)
    first = differences[0]
    if not first.path:
        return ""
    recorded = "no value" if first.recorded is None else first.recorded
    given = "no value" if first.given is None else first.given
    return f" The next recorded call has {recorded} in “{first.path}” instead of {given}."
