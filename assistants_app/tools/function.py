"""Calls of functions: the application, a person, a mock or the run's tape answers them."""

from functools import partial
from typing import Any

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.mocks import Mock, answer
from assistants_app.domain.tapes.calls import NOTHING, RecordedCall
from assistants_app.domain.tapes.steps import Note, with_note
from assistants_app.events import publish
from assistants_app.tools.tool import CallSite
from assistants_app.wire.assistants.mocks import arguments_of
from assistants_app.wire.runs.steps import (
    BY_MOCK,
    BY_TAPE,
    MISSED,
    RESULT,
    code_result,
    function_arguments_delta,
    function_call,
    function_call_start,
)

UNKNOWN = "Error: there is no function named '{}'."


class FunctionCall:
    """A call of a function. If it is not `known`, the run has no function of that name."""

    def __init__(self, call_id: str, name: str, *, known: bool) -> None:
        self.id = call_id
        self.name = name
        self._result: dict[str, Any] | None = None
        self._arguments = ""
        self._held = ""
        # The model can correct a wrong name itself, so nobody is asked for the output.
        self._output = None if known else UNKNOWN.format(name)

    def start(self, index: int) -> dict[str, Any]:
        """Return the first delta, which has no arguments."""
        return function_call_start(index, self.id, self.name)

    def write(self, site: CallSite, arguments: str) -> None:
        """Publish a piece of the arguments, unless they may still turn out to be blank."""
        self._held += arguments
        if self._arguments or not _may_be_nothing(self._held):
            self._publish_held(site)

    @property
    def is_blank(self) -> bool:
        """Whether no arguments were published."""
        return not self._arguments

    def complete(self, site: CallSite) -> None:
        """Publish an empty object as the arguments of a call that the model wrote none for."""
        self._held = "{}"
        self._publish_held(site)

    def _publish_held(self, site: CallSite) -> None:
        arguments, self._held = self._held, ""
        self._arguments += arguments
        delta = partial(function_arguments_delta, site.index)
        publish.more_of_step(site.run, site.step_id, site.index, arguments, delta)

    @property
    def arguments(self) -> str:
        """The arguments, as the model wrote them."""
        return self._arguments

    @property
    def is_answered(self) -> bool:
        """Whether the call has its output."""
        return self._output is not None

    def answer_by(self, site: CallSite, mock: Mock, note: Note | None = None) -> None:
        """Answer the call with the mock's output, if the mock has one for its arguments.

        `note` is what the call stores about the run's tape, if that had no output.
        """
        try:
            output = answer(mock, arguments_of(self._arguments)) if self._output is None else None
        except InvalidRequest:
            # The model wrote invalid arguments. The call waits for an output as without a mock.
            return
        if output is not None:
            self._output = output
            self._publish_end(site, with_note(code_result(BY_MOCK), note))

    def play(self, site: CallSite, recorded: RecordedCall, note: Note) -> None:
        """Answer the call with the recorded output, to the byte."""
        self._output = recorded.output
        self._publish_end(site, with_note(code_result(BY_TAPE), note))

    def miss(self, site: CallSite, note: Note) -> None:
        """Show that the run's tape has no output for the call."""
        self._publish_end(site, with_note(code_result(MISSED, reason=note["missed"]), note))

    def _publish_end(self, site: CallSite, result: dict[str, Any]) -> None:
        self._result = result
        ended = publish.call_ended(site.step_id, site.index, result)
        publish.publish(site.run.thread_id, [ended])

    def details(self) -> dict[str, Any]:
        """Return the call, with an output only if it needs none from outside."""
        call = function_call(self.id, self.name, self._arguments, self._output)
        return {**call, RESULT: self._result} if self._result else call


def _may_be_nothing(start: str) -> bool:
    text = start.lstrip()
    return text.rstrip() in NOTHING or any(word.startswith(text) for word in NOTHING)
