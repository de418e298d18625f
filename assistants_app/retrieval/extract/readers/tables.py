"""Tables as text: a row is a line of cells, and long tables repeat their header."""

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
# Characters after which the header stands again, so that a passage of 400 tokens mostly has one.
BLOCK_CHARACTERS = 1200
LONGEST_CELL = 128 * 1024 * 1024


def read(path: Path, limits: Limits) -> Document:
    """A file of separated values, with the separator found from its first lines."""
    text = printable(read_text(path, limits))
    csv.field_size_limit(LONGEST_CELL)
    builder = Builder(limits.characters)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text[:8192]))
    write_table(builder, rows, limits)
    return builder.build()


def _delimiter(sample: str) -> str:
    """The separator that gives the first lines the most columns that all of them have."""
    lines = sample.splitlines()[:20]
    lines = lines[:-1] or lines  # the last one may be cut

    def columns(delimiter: str) -> int:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        return min(widths, default=1)

    return max(DELIMITERS, key=columns)


def write_table(builder: Builder, rows: Iterable[Sequence[str]], limits: Limits) -> None:
    """Adds a table whose first row with text is its header."""
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
        if length >= max(BLOCK_CHARACTERS, 2 * len(header)):
            builder.block("\n".join(lines))
            lines, length = [], 0
    if lines:
        builder.block("\n".join(lines))


def row_text(row: Sequence[str]) -> str:
    """Cells of a row on one line; empty ones at its end are left out."""
    cells = [one_line(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return SEPARATOR.join(cells)
