"""Tables as text, and the reader for comma-separated values.

A row becomes a line of cells, and a long table repeats its header.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistants_app.retrieval.extract.document import (
    Builder,
    Document,
    ExtractionError,
    one_line,
    printable,
)
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.limits import Limits

SEPARATOR = " | "
DELIMITERS = ",;\t|"
# The header is repeated after this many characters, so that most chunks of 400 tokens contain one.
# Without it, a chunk from the middle of a table would be values without names.
BLOCK_CHARACTERS = 1200
LONGEST_CELL = 128 * 1024 * 1024  # characters; the csv module's own limit is 131,072


def read(path: Path, limits: Limits) -> Document:
    """Read a file of separated values. The separator is detected from its first lines."""
    text = printable(read_text(path, limits))
    csv.field_size_limit(LONGEST_CELL)
    builder = Builder(limits.characters)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_detect_delimiter(text[:8192]))
    write_table(builder, rows, limits)
    return builder.build()


def _detect_delimiter(sample: str) -> str:
    """Return the separator with the most columns that all of the first lines have."""
    lines = sample.splitlines()[:20]
    lines = lines[:-1] or lines  # the sample may cut the last line

    def columns(delimiter: str) -> int:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        return min(widths, default=1)

    return max(DELIMITERS, key=columns)


def write_table(builder: Builder, rows: Iterable[Sequence[str]], limits: Limits) -> None:
    """Add a table to the document. Its first row with text is the header.

    Raises :class:`ExtractionError` beyond the limit of cells.
    """
    header = ""
    lines: list[str] = []
    length = cells = 0
    for row in rows:
        cells += len(row)
        if cells > limits.table_cells:
            raise ExtractionError(
                "invalid_file", f"The table has more than {limits.table_cells:,} cells."
            )
        line = row_text(row)
        if not line:
            continue
        if not lines:
            lines = [header] if header else []
        header = header or line
        lines.append(line)
        length += len(line)
        # A block has at least twice as much text from its rows as from its header.
        if length >= max(BLOCK_CHARACTERS, 2 * len(header)):
            builder.block("\n".join(lines))
            lines, length = [], 0
    if lines:
        builder.block("\n".join(lines))


def row_text(row: Sequence[str]) -> str:
    """Return the cells of a row on one line, without empty cells at its end."""
    cells = [one_line(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return SEPARATOR.join(cells)
