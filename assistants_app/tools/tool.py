"""What all built-in tools have in common."""

from dataclasses import dataclass
from typing import Any, Protocol

from assistants_app.models import Run
from assistants_app.providers.chat import StopSignal


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call that is to be carried out. `index`: its place in the step."""

    run: Run
    step_id: str
    index: int
    stop: StopSignal


class Call(Protocol):
    """A call: first while the model writes it, then while it is carried out."""

    id: str

    def start(self, index: int) -> dict[str, Any]:
        """Its first delta, for the place `index` of the step."""

    def write(self, site: CallSite, arguments: str) -> None:
        """Take in more of its arguments, and publish what can be shown of them; never waits."""

    def details(self) -> dict[str, Any]:
        """The call as it stands in ``step_details`` now."""

    def carry_out(self, site: CallSite) -> str:
        """Do what the call asks for; the answer is for the model.

        Raises ``ToolError`` for what the model may mend, ``RunFailure`` for what a person has to
        mend, ``RunStopped``.
        """


class Tool(Protocol):
    """A tool that models know as a function of the name `type`."""

    type: str

    def definition(self, run: Run) -> dict[str, Any]:
        """The function that the model is told of, in the form of chat completions."""

    def begin(self, call_id: str) -> Call:
        """A call that the model begins to write."""

    def arguments(self, details: dict[str, Any]) -> str:
        """The arguments of an earlier call, from its ``step_details``, as the model wrote them."""
