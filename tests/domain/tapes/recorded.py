"""Recorded calls for tests."""

from assistants_app.domain.tapes.calls import RecordedCall
from assistants_app.domain.tools import FUNCTION


def recorded(
    position: int, arguments: str, output: str = "", *, tool: str = FUNCTION, name: str = "weather"
) -> RecordedCall:
    return RecordedCall(position, tool, name if tool == FUNCTION else tool, arguments, output)
