"""JSON of tapes: the object ``playground.tape``."""

from collections.abc import Sequence
from typing import Any

from assistants_app.domain.tools import FUNCTION, RESULT
from assistants_app.models import Tape, TapeCall, TapeFile
from assistants_app.wire.common import unix_time

OBJECT = "playground.tape"


def tape_object(tape: Tape, files: Sequence[TapeFile]) -> dict[str, Any]:
    """Return the tape without its calls, which may be too many for the memory."""
    return {
        "id": tape.id,
        "object": OBJECT,
        "created_at": unix_time(tape.created_at),
        "name": tape.name or None,
        "thread_id": tape.source_thread_id,
        "run_ids": tape.source_run_ids,
        "policy": tape.policy,
        "files": [_file_object(file) for file in files],
    }


def _file_object(file: TapeFile) -> dict[str, Any]:
    return {
        "id": file.file_id,
        "filename": file.filename,
        "bytes": file.bytes,
        "sha256": file.sha256,
        # Of what code was given: its name in the session.
        "input_name": file.input_name or None,
    }


def call_object(call: TapeCall) -> dict[str, Any]:
    """Return a recorded call as in the vendor's ``step_details``, with its run.

    A call of a built-in tool has ``shown_to_model``, too: the text that the model got.
    """
    details = {name: value for name, value in call.content["details"].items() if name != RESULT}
    shown = {} if call.tool == FUNCTION else {"shown_to_model": call.content["output"]}
    return {**details, "run_id": call.run_id, **shown}
