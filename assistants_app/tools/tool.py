"""The interface of the built-in tools."""

from dataclasses import dataclass
from typing import Any, Protocol

from assistants_app.domain.tapes.calls import RecordedCall, RecordedTape
from assistants_app.models import Run
from assistants_app.providers.chat import StopSignal


@dataclass(frozen=True, slots=True)
class CallSite:
    """Where a call belongs: its run, its step and its place in the step. `stop` ends it early."""

    run: Run
    step_id: str
    index: int
    stop: StopSignal


class Call(Protocol):
    """A call of a tool, from the moment that the model starts to write it."""

    id: str
    type: str
    # What its result says about the run's tape, if the run has one.
    note: dict[str, Any] | None

    def start(self, index: int) -> dict[str, Any]:
        """Return the call's first delta, at the place `index` of the step."""

    def write(self, site: CallSite, arguments: str) -> None:
        """Add a piece of the arguments, and publish what can be shown already. Never waits."""

    def details(self) -> dict[str, Any]:
        """Return the call in the form of ``step_details``, as far as it has come."""

    def arguments(self) -> str:
        """Return what the model wrote, as tapes have it. Raises ``ToolError`` if it's invalid."""

    def carry_out(self, site: CallSite) -> str:
        """Carry out the call and return the text that the model is shown.

        Raises ``ToolError`` for problems that the model may solve, ``RunFailure`` for problems that
        a person must solve, and ``RunStopped``.
        """

    def play(self, site: CallSite, tape: RecordedTape, recorded: RecordedCall) -> str:
        """Answer like the recorded call, without carrying anything out.

        Returns the text that the model is shown. Raises ``RunFailure`` and ``RunStopped``.
        """

    def fail(self, site: CallSite, reason: str) -> None:
        """End the call with an error before it's carried out, as its run fails for this reason."""


class Tool(Protocol):
    """A built-in tool, which models see as a function named after its `type`."""

    type: str

    def definition(self, run: Run) -> dict[str, Any]:
        """Return the function to offer to the model, in the form of chat completions."""

    def begin(self, call_id: str) -> Call:
        """Return a call that the model has started to write."""

    def arguments(self, details: dict[str, Any]) -> str:
        """Return the JSON arguments of an earlier call from its ``step_details``."""

    def result(self, details: dict[str, Any]) -> str:
        """Return what the model is shown of an earlier call, from its ``step_details``.

        For calls whose text isn't stored, such as those of a shared thread's copy.
        """
