"""Reader for JSON and lines of JSON: the text as it is, with letters instead of their escapes."""

from pathlib import Path

from assistants_app.retrieval.extract.document import Builder, Document, printable
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.escapes import with_letters
from assistants_app.retrieval.extract.limits import Limits


def read(path: Path, limits: Limits) -> Document:
    """Read a JSON file, complete or not, as one section."""
    builder = Builder(limits.characters)
    builder.raw(printable(with_letters(read_text(path, limits))))
    return builder.build()
