"""Code that a person runs in a thread's session. No model sees it, and nothing of it is kept."""

import time
from dataclasses import dataclass

from assistants_app import conf
from assistants_app.models import Run
from assistants_app.queries.code_sessions import input_files
from assistants_app.queries.connections import release_connection
from assistants_app.sandbox.protocol import Execution
from assistants_app.services import code_sessions
from assistants_app.tools.code_interpreter.hosts import HOST_PATIENCE, limits, sandbox
from assistants_app.tools.code_interpreter.names import input_file, names_in_session

GRACE = 10.0  # seconds beyond its own limit that a call may take before it is told to stop


@dataclass(frozen=True, slots=True)
class _Until:
    """See ``StopSignal``: set from a moment of the monotonic clock on."""

    moment: float

    def is_set(self) -> bool:
        return time.monotonic() > self.moment


def run_by_hand(run: Run, code: str) -> Execution:
    """Run `code` in the session of the run's thread, with the files that the run's code is given.

    Ends in bounded time, also when a run's code is in its way. Raises what
    ``Sandbox.execute`` raises, and OSError when the files cannot be read.
    """
    inputs = names_in_session(input_files(run))
    if inputs:
        code_sessions.note_inputs(thread_id=run.thread_id, files=inputs)
    release_connection()
    execution = sandbox().execute(
        run.thread_id,
        code,
        files=[input_file(name, file) for name, file in inputs.items()],
        limits=limits(),
        on_event=None,
        stop=_Until(time.monotonic() + HOST_PATIENCE + conf.CODE_SECONDS + GRACE),
    )
    if execution.new_session:
        code_sessions.note_session_of_person(thread_id=run.thread_id)
    return execution
