"""Reader for YAML: the text as it is, with letters instead of their escapes."""

from pathlib import Path

from assistants_app.retrieval.extract.document import Builder, Document, printable
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.escapes import with_letters_of_yaml
from assistants_app.retrieval.extract.limits import Limits


def read(path: Path, limits: Limits) -> Document:
    """Read a YAML file as one section."""
    builder = Builder(limits.characters)
    builder.raw(printable(with_letters_of_yaml(read_text(path, limits))))
    return builder.build()
