"""XML: a line for each piece of text under its element's name, and for an element's attributes."""

from pathlib import Path
from xml.parsers import expat

from assistants_app.retrieval.extract.document import (
    Builder,
    Document,
    ExtractionError,
    one_line,
    printable,
)
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.trees import DEEPEST

# Elements of this depth and above are set apart by a blank line, as records mostly are.
RECORD_DEPTH = 2


def read(path: Path, limits: Limits) -> Document:
    """Comments, processing instructions and prefixes of namespaces are left out."""
    writer = _Writer(Builder(limits.characters))
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.pieces.append
    parser.EntityDeclHandler = _refuse_entity
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise ExtractionError.damaged("The XML", error) from error
    return writer.builder.build()


def _refuse_entity(*_declaration: object) -> None:
    raise ExtractionError("invalid_file", "The file declares XML entities, which are not read.")


class _Writer:
    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.pieces: list[str] = []
        self._names: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._text()
        if len(self._names) >= DEEPEST:
            raise ExtractionError("invalid_file", "The file is nested too deeply.")
        self._names.append(name.rpartition(":")[2])
        said = ", ".join(
            f"{key.rpartition(':')[2]}={one_line(value)}"
            for key, value in attributes.items()
            if not key.startswith("xmlns") and value.strip()
        )
        if said:
            self._line(f"{self._names[-1]} ({said})")

    def end(self, _name: str) -> None:
        self._text()
        self._names.pop()
        if len(self._names) < RECORD_DEPTH:
            self.builder.raw("\n")

    def _text(self) -> None:
        text = one_line("".join(self.pieces))
        self.pieces.clear()
        if text:
            self._line(f"{self._names[-1]}: {text}")

    def _line(self, text: str) -> None:
        self.builder.raw(printable(text) + "\n")
