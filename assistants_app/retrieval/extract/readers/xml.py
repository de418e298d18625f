"""Reader for XML: a line for each piece of text, with its element's name, and for attributes."""

from pathlib import Path
from xml.parsers import expat

from assistants_app.retrieval.extract.document import (
    Builder,
    Document,
    ExtractionError,
    one_line,
    printable,
)
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.trees import DEEPEST, ENTITIES

# A blank line follows each element of this depth or above, which are usually the records.
RECORD_DEPTH = 2


def read(path: Path, limits: Limits) -> Document:
    """Read an XML file, without comments, processing instructions and namespace prefixes.

    Raises :class:`ExtractionError` if it is damaged, declares entities or is nested too deeply.
    """
    # expat reports text and elements in their order and builds no tree.
    writer = _Writer(Builder(limits.characters))
    # The encoding in the declaration may be wrong, and expat knows few.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.pieces.append
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(printable(read_text(path, limits)).lstrip(), True)
    except expat.ExpatError as error:
        raise ExtractionError.damaged("The XML", error) from error
    return writer.builder.build()


def _refuse_entity(*_declaration: object) -> None:
    raise ExtractionError("invalid_file", ENTITIES)


class _Writer:
    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.pieces: list[str] = []
        self._names: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._write_text()
        if len(self._names) >= DEEPEST:
            raise ExtractionError("invalid_file", "The file is nested too deeply.")
        self._names.append(name.rpartition(":")[2])
        shown = ", ".join(
            f"{key.rpartition(':')[2]}={one_line(value)}"
            for key, value in attributes.items()
            if not key.startswith("xmlns") and value.strip()
        )
        if shown:
            self._write_line(f"{self._names[-1]} ({shown})")

    def end(self, _name: str) -> None:
        self._write_text()
        self._names.pop()
        if len(self._names) < RECORD_DEPTH:
            self.builder.raw("\n")

    def _write_text(self) -> None:
        text = one_line("".join(self.pieces))
        self.pieces.clear()
        if text:
            self._write_line(f"{self._names[-1]}: {text}")

    def _write_line(self, text: str) -> None:
        self.builder.raw(printable(text) + "\n")
