"""The files that a run's code gets from its thread."""

from assistants_app.models import File, Run
from assistants_app.queries.runs.code_sessions import input_files
from assistants_app.services.runs import code_sessions
from assistants_app.tools.code_interpreter.names import names_in_session


def record_inputs(run: Run) -> dict[str, File]:
    """Return the files by their names in the session, and record them as the session's."""
    inputs = names_in_session(input_files(run))
    if inputs:
        code_sessions.record_inputs(thread_id=run.thread_id, files=inputs)
    return inputs
