"""Tapes as documents in JSON, produced piece by piece."""

from collections.abc import Iterable, Iterator, Sequence

from assistants_app.models import Tape, TapeCall, TapeFile
from assistants_app.rendering.text.json_lines import json_line
from assistants_app.wire.runs.tapes import call_object, tape_object


def as_json(tape: Tape, files: Sequence[TapeFile], calls: Iterable[TapeCall]) -> Iterator[str]:
    """Yield the tape as an object of the API, with its ``calls`` in their order."""
    # Call by call, because the outputs of a long conversation may not fit into memory.
    yield json_line(tape_object(tape, files)).removesuffix("}") + ', "calls": ['
    for number, call in enumerate(calls):
        yield (",\n" if number else "\n") + json_line(call_object(call))
    yield "\n]}\n"
