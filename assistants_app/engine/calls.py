"""The tool calls of a turn."""

from typing import Any

from assistants_app.domain.errors import ToolError
from assistants_app.domain.ids import new_id
from assistants_app.domain.tools import FUNCTION
from assistants_app.events import publish
from assistants_app.models import Run, RunStep
from assistants_app.providers.chat import StopSignal, ToolCallDelta
from assistants_app.queries.assistants.mocks import mocks_at_once
from assistants_app.queries.runs.runs import ids_of_calls
from assistants_app.services.runs import held
from assistants_app.services.runs.persistence import persistently
from assistants_app.tools import toolbox
from assistants_app.tools.function import FunctionCall
from assistants_app.tools.hops import tool_turns, tools
from assistants_app.tools.replay import replay_of
from assistants_app.tools.tool import Call, CallSite
from assistants_app.wire.assistants.mocks import mock_of


class ToolCalls:
    """The calls of one turn, with the step that holds them."""

    def __init__(self, run: Run, stop: StopSignal) -> None:
        self.step: RunStep | None = None
        self._run = run
        self._stop = stop
        self._toolbox = toolbox(run)
        self._replay = replay_of(run)
        self._functions = {
            tool["function"]["name"] for tool in run.tools if tool["type"] == FUNCTION
        }
        self._calls: dict[int, tuple[CallSite, Call | FunctionCall]] = {}
        self._ids: set[str] = set()
        self._waiting: list[ToolCallDelta] = []

    def open(self, reasoning: dict[str, str] | None) -> RunStep:
        """Create the step that holds the calls, and return it."""
        # Some servers count calls from 1 in each reply. Clients know calls by their ids.
        self._ids = persistently(ids_of_calls, self._run)
        self.step = held.open_tool_calls(run=self._run, reasoning=reasoning)
        return self.step

    def accepts(self, delta: ToolCallDelta) -> bool:
        """Return whether the delta belongs to a call that the run allows."""
        # Some models ignore ``parallel_tool_calls: false``. Then only their first call counts.
        return delta.index in self._calls or not self._calls or self._run.parallel_tool_calls

    def writes_at_once(self, delta: ToolCallDelta) -> bool:
        """Return whether :meth:`write` needs neither the database nor the event log's answer."""
        return delta.index in self._calls and not self._waiting

    def write(self, delta: ToolCallDelta) -> None:
        """Publish another piece of a call. The first piece creates the call.

        While the newest call has no arguments, the calls after it wait.
        """
        if delta.index not in self._calls and self._newest_is_blank():
            # Clients take a call as complete when the next one begins, so the order is kept.
            self._waiting.append(delta)
            return
        self._write(delta)
        if self._waiting and not self._newest_is_blank():
            waiting, self._waiting = self._waiting, []
            for later in waiting:
                self.write(later)

    def complete(self) -> None:
        """Publish what was held back of the calls, once the model has written them."""
        self._complete_newest()
        waiting, self._waiting = self._waiting, []
        for index in dict.fromkeys(delta.index for delta in waiting):
            for delta in waiting:
                if delta.index == index:
                    self._write(delta)
            self._complete_newest()

    def _write(self, delta: ToolCallDelta) -> None:
        if delta.index not in self._calls:
            self._begin(delta)
        site, call = self._calls[delta.index]
        if delta.arguments:
            call.write(site, delta.arguments)

    def _newest_is_blank(self) -> bool:
        call = next(reversed(self._calls.values()))[1] if self._calls else None
        return isinstance(call, FunctionCall) and call.is_blank

    def _complete_newest(self) -> None:
        if self._newest_is_blank():
            site, call = next(reversed(self._calls.values()))
            assert isinstance(call, FunctionCall)
            call.complete(site)

    def details(self) -> list[dict[str, Any]]:
        """Return the calls so far, in their order and in the form of ``step_details``."""
        return [call.details() for _, call in self._calls.values()]

    def by_step(self) -> dict[str, list[dict[str, Any]]]:
        """Return the calls so far by the id of their step, or an empty dict without one."""
        return {self.step.id: self.details()} if self.step else {}

    @property
    def are_saved_first(self) -> bool:
        """Whether the calls are stored before they are answered.

        Answering takes long if this server carries out any of them. From a tape, it may end the
        run. In both cases, the model's tokens must not be lost.
        """
        built_in = any(not isinstance(call, FunctionCall) for _, call in self._calls.values())
        return built_in or self._replay is not None

    @property
    def any_without_output(self) -> bool:
        """Whether a call of a function still needs its output from outside."""
        return any(
            call["type"] == FUNCTION and call["function"]["output"] is None
            for call in self.details()
        )

    async def carry_out(self) -> dict[str, str]:
        """Carry out the calls of built-in tools, and return what to show the model, by call id."""
        shown_to_model: dict[str, str] = {}
        for site, call in self._calls.values():
            if isinstance(call, FunctionCall):
                continue
            try:
                async with tool_turns.place(self._run.project_id):
                    answer = self._replay.answer if self._replay else _carry_out
                    shown_to_model[call.id] = await tools(answer, site, call)
            except ToolError as error:
                # The model reads the error as the call's result, and can try again.
                shown_to_model[call.id] = f"Error: {error.message}"
        return shown_to_model

    def answer_functions(self) -> None:
        """Answer calls of functions from the run's tape, or with mocks that answer at once.

        Raises ``RunFailure`` for a call without a recorded output, if the run's policy says so.
        """
        calls = [
            (site, call) for site, call in self._calls.values() if isinstance(call, FunctionCall)
        ]
        if self._replay:
            self._replay.answer_functions(calls)
            return
        mocks = persistently(mocks_at_once, self._run)
        for site, call in calls:
            if mock := mocks.get(call.name):
                call.answer_by(site, mock_of(mock.definition))

    def _begin(self, delta: ToolCallDelta) -> None:
        assert self.step is not None
        site = CallSite(self._run, self.step.id, len(self._calls), self._stop)
        call_id = delta.id if delta.id and delta.id not in self._ids else new_id("call")
        call = self._new_call(call_id, delta.name or "")
        self._ids.add(call_id)
        self._calls[delta.index] = site, call
        grown = publish.step_grew(site.step_id, self._run.id, call.start(site.index))
        publish.publish(self._run.thread_id, [grown])

    def _new_call(self, call_id: str, name: str) -> Call | FunctionCall:
        if name not in self._functions and (tool := self._toolbox.get(name)):
            return tool.begin(call_id)
        return FunctionCall(call_id, name, known=name in self._functions)


def _carry_out(site: CallSite, call: Call) -> str:
    return call.carry_out(site)
