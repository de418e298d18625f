"""Functions: calls that the application carries out, or that wait for a person."""

from functools import partial
from typing import Any

from assistants_app.events import publish
from assistants_app.tools.tool import Work
from assistants_app.wire.run_steps import (
    function_arguments_delta,
    function_call,
    function_call_start,
)

UNKNOWN = "Error: there is no function named '{}'."


class FunctionCall:
    """A call of one of the run's functions, or of one that it does not have."""

    def __init__(self, call_id: str, name: str, *, known: bool) -> None:
        self.id = call_id
        self._name = name
        self._arguments = ""
        self._output = None if known else UNKNOWN.format(name)

    def start(self, index: int) -> dict[str, Any]:
        """A call without arguments."""
        return function_call_start(index, self.id, self._name)

    def write(self, work: Work, arguments: str) -> None:
        """Publish more of the arguments."""
        self._arguments += arguments
        delta = partial(function_arguments_delta, work.index)
        publish.more_of_step(work.run, work.step_id, work.index, arguments, delta)

    def details(self) -> dict[str, Any]:
        """The call; its output is there only if nobody is to be asked for it."""
        return function_call(self.id, self._name, self._arguments, self._output)
