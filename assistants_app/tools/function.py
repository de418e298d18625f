"""Functions: calls that the application carries out, that wait for a person, or that a mock
answers.
"""

from functools import partial
from typing import Any

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.mocks import Mock, answer
from assistants_app.events import publish
from assistants_app.tools.tool import CallSite
from assistants_app.wire.assistants.mocks import arguments_of
from assistants_app.wire.runs.steps import (
    BY_MOCK,
    RESULT,
    code_result,
    function_arguments_delta,
    function_call,
    function_call_start,
)

UNKNOWN = "Error: there is no function named '{}'."


class FunctionCall:
    """A call of one of the run's functions, or of one that it does not have."""

    def __init__(self, call_id: str, name: str, *, known: bool) -> None:
        self.id = call_id
        self.name = name
        self._by_mock = False
        self._arguments = ""
        self._output = None if known else UNKNOWN.format(name)

    def start(self, index: int) -> dict[str, Any]:
        """A call without arguments."""
        return function_call_start(index, self.id, self.name)

    def write(self, site: CallSite, arguments: str) -> None:
        """Publish more of the arguments."""
        self._arguments += arguments
        delta = partial(function_arguments_delta, site.index)
        publish.more_of_step(site.run, site.step_id, site.index, arguments, delta)

    def answer_by(self, site: CallSite, mock: Mock) -> None:
        """Take the mock's output; without one the call waits as any other."""
        try:
            output = answer(mock, arguments_of(self._arguments)) if self._output is None else None
        except InvalidRequest:
            return
        if output is not None:
            self._output, self._by_mock = output, True
            told = publish.call_ended(site.step_id, site.index, code_result(BY_MOCK))
            publish.publish(site.run.thread_id, [told])

    def details(self) -> dict[str, Any]:
        """The call; its output is there only if nobody is to be asked for it."""
        call = function_call(self.id, self.name, self._arguments, self._output)
        return {**call, RESULT: code_result(BY_MOCK)} if self._by_mock else call
