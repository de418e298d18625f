"""What a run takes from its tape, and what happens to a call that the tape has no output for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH

STRICT, IN_ORDER = MATCHINGS = ("strict", "in_order")
FAIL, ASK, MOCK, LIVE = MISSES = ("fail", "ask", "mock", "live")
TAPE = "tape"
SOURCES: Final = (LIVE, TAPE)


@dataclass(frozen=True, slots=True)
class Policy:
    """How a run uses its tape, as in the column `Run.tape_policy`.

    Functions are always answered from the tape. `code` and `search` say whether the built-in tools
    are, or run live. With `on_miss` = ``fail``, no call that comes from the tape ever runs live.
    `mocks` are definitions by the names of functions. With `on_miss` = ``mock`` they go before
    those of the assistant.
    """

    matching: str = STRICT
    on_miss: str = FAIL
    code: str = LIVE
    search: str = LIVE
    mocks: Mapping[str, Any] = field(default_factory=dict)

    def takes(self, tool: str) -> bool:
        """Return whether calls of the tool are answered from the tape."""
        if tool == CODE_INTERPRETER:
            return self.code == TAPE
        return tool != FILE_SEARCH or self.search == TAPE

    def as_json(self) -> dict[str, Any]:
        """Return the policy for its column."""
        return {**asdict(self), "mocks": dict(self.mocks)}


_CHOICES: Final = {"matching": MATCHINGS, "on_miss": MISSES, "code": SOURCES, "search": SOURCES}


def read_policy(values: Mapping[str, Any]) -> Policy:
    """Return the policy of a JSON object. Raises :class:`InvalidRequest` for an unknown value."""
    for name, value in values.items():
        if name == "mocks":
            if not isinstance(value, Mapping):
                raise InvalidRequest("'mocks' must be an object.", param="tape_policy.mocks")
        elif name not in _CHOICES:
            raise InvalidRequest(
                f"Unknown field '{name}' of a tape's policy.", param=f"tape_policy.{name}"
            )
        elif value not in _CHOICES[name]:
            raise InvalidRequest(
                f"Invalid value for '{name}': use one of {', '.join(_CHOICES[name])}.",
                param=f"tape_policy.{name}",
            )
    return Policy(**values)
