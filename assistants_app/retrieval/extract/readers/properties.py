"""Reader for Java's property files: the text as it is, with letters instead of their escapes."""

from pathlib import Path

from assistants_app.retrieval.extract.document import Builder, Document, printable
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.escapes import with_letters_beyond_ascii
from assistants_app.retrieval.extract.limits import Limits

# Java reads these files as UTF-8 and, where that fails, as this encoding.
ENCODING = "iso-8859-1"


def read(path: Path, limits: Limits) -> Document:
    """Read a file of properties as one section."""
    builder = Builder(limits.characters)
    builder.raw(printable(with_letters_beyond_ascii(read_text(path, limits, ENCODING))))
    return builder.build()
