"""Recorded code: its outputs shown again, and its session rebuilt."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from assistants_app.domain.errors import ApiError
from assistants_app.domain.tapes.calls import RecordedFile, RecordedTape
from assistants_app.models import File
from assistants_app.sandbox.protocol import InputFile
from assistants_app.services.runs import code_sessions
from assistants_app.storage.byte_store import BytesMissing, byte_store
from assistants_app.tools.code_interpreter.outputs import Outputs
from assistants_app.tools.tool import CallSite
from assistants_app.wire.runs.steps import made_file

GONE = "the recording has no copy of it"


class Player:
    """Gives a call recorded outputs. Their files become new files of the project."""

    def __init__(self, site: CallSite, kept: list[dict[str, Any]], tape: RecordedTape) -> None:
        self._site = site
        self._outputs = Outputs(site, kept)
        self._made = tape.made

    def show(self, recorded: Iterable[Mapping[str, Any]]) -> None:
        """Add recorded outputs, in their wire form."""
        for output in recorded:
            if output["type"] == "logs":
                self._outputs.add_logs(output["logs"])
            elif copy := self._made.get(output["image"]["file_id"]):
                with contextlib.suppress(BytesMissing):  # the tape was deleted at this moment
                    self._outputs.add_image(byte_store().read(copy.key))

    def copy_files(self, recorded: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return recorded files of a call's result, as files of the project and of the session."""
        return [self._copy_file(file) for file in recorded]

    def _copy_file(self, recorded: Mapping[str, Any]) -> dict[str, Any]:
        name, size = recorded["name"], recorded["bytes"]
        if recorded["file_id"] is None:
            return made_file(name, size, None, recorded["reason"])
        copy = self._made.get(recorded["file_id"])
        if copy is None:
            return made_file(name, size, None, GONE)
        try:
            file = self._save(name, copy)
        except ApiError as error:
            return made_file(name, size, None, error.message)
        except BytesMissing:
            return made_file(name, size, None, GONE)
        return made_file(name, size, file.id)

    def _save(self, name: str, copy: RecordedFile) -> File:
        return code_sessions.save_output_file(
            run=self._site.run,
            name=name,
            filename=copy.filename,
            chunks=byte_store().read(copy.key),
            size=copy.bytes,
        )


def recorded_inputs(tape: RecordedTape) -> dict[str, InputFile]:
    """Return the files that recorded code was given, by name, for another session."""
    return {
        name: InputFile(name, copy.bytes, copy.sha256, partial(byte_store().read, copy.key))
        for name, copy in tape.inputs.items()
    }
