"""The rows of a column, and operations that change them."""

from collections.abc import Iterable
from typing import Any, Final

from assistants_app.rendering.tool_calls.sealed import Look

Operation = dict[str, Any]
STATE: Final[Operation] = {"op": "state"}
"""Asks the page to load again what the column's run has come to: its state, figures and calls."""

ITEMS = "items"
# Parts of a thread's own page that a column doesn't have. They show names.
_ELSEWHERE = frozenset(
    ("run-log", "waiting", "outcome", "thread-status", "run-controls", "tokens-so-far", "activity")
)


def look_of(*, blind: bool) -> Look:
    """Return how much the calls of columns show to everybody."""
    return Look.SEALED if blind else Look.BARE


def items_id(lane: str) -> str:
    """Return the ID of the element with the lane's rows."""
    return f"items-{lane}"


def operations_for(lane: str, operations: Iterable[Operation]) -> list[Operation]:
    """Return the operations of a thread as those of one of several columns on a page."""
    return [_of_lane(lane, one) for one in operations if one.get("id") not in _ELSEWHERE]


def _of_lane(lane: str, operation: Operation) -> Operation:
    places = {name: items_id(lane) for name in ("id", "into") if operation.get(name) == ITEMS}
    return {**operation, **places}
