"""Reader for LaTeX: the source, in sections by its headings."""

import re
from pathlib import Path

from assistants_app.retrieval.extract.document import Builder, Document, one_line, printable
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.limits import Limits

LEVELS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph")
HEADING = re.compile(
    r"^[ \t]*\\(" + "|".join(LEVELS) + r")\*?(?:\[[^\]\n]{0,200}\])?\{([^\n]{0,200})\}",
    re.MULTILINE,
)


def read(path: Path, limits: Limits) -> Document:
    """Read a LaTeX file, with a section for each ``\\section`` and similar command."""
    text = printable(read_text(path, limits))
    builder = Builder(limits.characters)
    at = 0
    for found in HEADING.finditer(text):
        builder.raw(text[at : found.start()])
        builder.open_heading(LEVELS.index(found[1]) + 1, one_line(_title_in(found[2])))
        at = found.start()
    builder.raw(text[at:])
    return builder.build()


def _title_in(rest: str) -> str:
    """Return the text up to the brace that ends the title."""
    depth = 1
    for at, char in enumerate(rest):
        depth += (char == "{") - (char == "}")
        if not depth:
            return rest[:at]
    return rest
