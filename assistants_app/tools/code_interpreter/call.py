"""One call of the code interpreter."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from assistants_app.domain.errors import RunFailure, RunStopped, ToolError
from assistants_app.domain.tapes.calls import RecordedCall, RecordedTape
from assistants_app.domain.tapes.steps import with_note
from assistants_app.domain.tools import CODE_INTERPRETER
from assistants_app.events import publish
from assistants_app.models import File
from assistants_app.sandbox.protocol import (
    Execution,
    FileRefused,
    InputFile,
    Output,
    SandboxUnavailable,
)
from assistants_app.services.runs import code_sessions
from assistants_app.tools.code_interpreter.arguments import CodeArgument
from assistants_app.tools.code_interpreter.hosts import limits, sandbox
from assistants_app.tools.code_interpreter.inputs import record_inputs
from assistants_app.tools.code_interpreter.names import input_file
from assistants_app.tools.code_interpreter.outputs import Outputs, keep_files, result_of
from assistants_app.tools.code_interpreter.replay import Player
from assistants_app.tools.code_interpreter.words import words_for_model
from assistants_app.tools.tool import CallSite
from assistants_app.wire.runs.steps import (
    RESULT,
    code_call,
    code_call_start,
    code_input_delta,
    code_result,
)


class CodeCall:
    """See :class:`assistants_app.tools.tool.Call`."""

    type = CODE_INTERPRETER

    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self.note: dict[str, Any] | None = None
        self._argument = CodeArgument()
        self._code = ""
        self._outputs: list[dict[str, Any]] = []
        self._result: dict[str, Any] | None = None

    def start(self, index: int) -> dict[str, Any]:
        """Return the first delta, which has no code."""
        return code_call_start(index, self.id)

    def write(self, site: CallSite, arguments: str) -> None:
        """Publish the code in a piece of the arguments."""
        if code := self._argument.feed(arguments):
            self._show_code(site, code)

    def details(self) -> dict[str, Any]:
        """Return the call with its code and its outputs so far."""
        call = code_call(self.id, self._code, self._outputs)
        return {**call, RESULT: self._result} if self._result else call

    def arguments(self) -> str:
        """Return the code."""
        return self._argument.whole()

    def carry_out(self, site: CallSite) -> str:
        """Run the code in the thread's session."""
        code = self._show_whole_code(site)
        outputs = Outputs(site, self._outputs)
        try:
            execution, inputs = execute(site, code, outputs.add)
        except ToolError as error:
            # Both for people; the model is shown the error itself.
            outputs.write(error.message)
            self._publish_end(site, code_result("error", reason=error.message))
            raise
        if site.stop.is_set():
            raise RunStopped
        # In the step of the API, errors and limits are text like any other output.
        for problem in (execution.error, execution.reason):
            if problem:
                outputs.write(problem)
        lost = code_sessions.record_session(run=site.run, new=execution.new_session)
        files = keep_files(site.run, execution, inputs)
        result = result_of(execution, files)
        self._publish_end(site, result)
        return words_for_model(self._outputs, result, session_lost=lost)

    def play(self, site: CallSite, tape: RecordedTape, recorded: RecordedCall) -> str:
        """Show the recorded outputs, with copies of the recorded files."""
        self._show_whole_code(site)
        details = recorded.details
        player = Player(site, self._outputs, tape)
        try:
            player.show(details[CODE_INTERPRETER]["outputs"])
            if site.stop.is_set():
                raise RunStopped
            files = player.copy_files(details[RESULT].get("files") or ())
        except OSError as error:
            words = f"Couldn't read the files of the tape: {error}"
            raise RunFailure("server_error", words) from error
        self._publish_end(site, {**details[RESULT], "files": files})
        return recorded.output

    def fail(self, site: CallSite, reason: str) -> None:
        """Show the code and the reason."""
        self._show_whole_code(site)
        self._publish_end(site, code_result("error", reason=reason))

    def _publish_end(self, site: CallSite, result: dict[str, Any]) -> None:
        self._result = with_note(result, self.note)
        ended = publish.call_ended(site.step_id, site.index, self._result)
        publish.publish(site.run.thread_id, [ended])

    def _show_whole_code(self, site: CallSite) -> str:
        code = self._argument.whole()
        # Code that could not be shown while it arrived.
        if code != self._code:
            self._show_code(site, code.removeprefix(self._code))
            self._code = code
        publish.publish(site.run.thread_id, [publish.code_runs(site.step_id, site.index)])
        return code

    def _show_code(self, site: CallSite, code: str) -> None:
        self._code += code
        delta = partial(code_input_delta, site.index)
        publish.more_of_step(site.run, site.step_id, (site.index, "input"), code, delta)


def execute(
    site: CallSite,
    code: str,
    on_output: Callable[[Output], None] | None,
    more: Mapping[str, InputFile] = MappingProxyType({}),
) -> tuple[Execution, dict[str, File]]:
    """Run code in the session of the run's thread. Return its result, and the files that it got.

    `more` are files that it gets besides those of its thread, by name. Raises like
    :meth:`CodeCall.carry_out`.
    """
    inputs = record_inputs(site.run)
    given = {name: input_file(name, file) for name, file in inputs.items()}
    try:
        execution = sandbox().execute(
            site.run.thread_id,
            code,
            files=[*({**more, **given}).values()],
            limits=limits(),
            on_event=on_output,
            stop=site.stop,
        )
    except SandboxUnavailable as error:
        raise RunFailure("server_error", str(error)) from error
    except FileRefused as error:
        raise ToolError(f"Couldn't put a file into the session: {error}") from error
    except OSError as error:
        raise ToolError(f"Couldn't read the files: {error}") from error
    return execution, inputs
