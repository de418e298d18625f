"""Reader for text and source code, which stay as they are."""

from pathlib import Path

from assistants_app.retrieval.extract.document import Builder, Document, printable
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.limits import Limits


def read(path: Path, limits: Limits) -> Document:
    """Read a text file as one section."""
    builder = Builder(limits.characters)
    builder.raw(printable(read_text(path, limits)))
    return builder.build()
