"""Rebuild the state of a session that was replayed, before code runs live in it."""

from collections.abc import Iterable, Iterator
from typing import Any

from assistants_app.domain.errors import RunStopped
from assistants_app.domain.tapes.calls import RecordedCall, RecordedTape
from assistants_app.services.runs import code_sessions
from assistants_app.tools.code_interpreter.call import execute
from assistants_app.tools.code_interpreter.replay import recorded_inputs
from assistants_app.tools.tool import CallSite


def run_again(
    site: CallSite, tape: RecordedTape, calls: Iterable[RecordedCall]
) -> Iterator[dict[str, Any]]:
    """Run recorded code in the session of the run's thread, with its recorded input files.

    Yields each call's position, and how the code `ended` this time. Its outputs aren't shown, and
    its files are kept only in the session: the replay has shown those of the tape.

    Raises like :meth:`CodeCall.carry_out`.
    """
    inputs = recorded_inputs(tape)
    for call in calls:
        execution, _ = execute(site, call.arguments, None, inputs)
        if site.stop.is_set():
            raise RunStopped
        code_sessions.record_session(run=site.run, new=execution.new_session)
        yield {"position": call.position, "ended": execution.ended}
