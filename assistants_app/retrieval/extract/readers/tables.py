"""Tables as text, and the reader for separated values.

A row becomes a line of cells, and a long table repeats its header. Titles above the header keep
their own lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from pathlib import Path

from assistants_app.retrieval.extract.document import (
    Builder,
    Document,
    ExtractionError,
    printable,
)
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.separated import rows_of
from assistants_app.retrieval.extract.table_layout import layout_of, tidy_row

SEPARATOR = " | "
# The rows of a part of a table that decide where its header is.
LOOKED_AT = 50


def read(path: Path, limits: Limits) -> Document:
    """Read a file of separated values. Its lines show the separator."""
    text = printable(read_text(path, limits))
    builder = Builder(limits.characters)
    write_table(builder, rows_of(text), limits)
    return builder.build()


def write_table(builder: Builder, rows: Iterable[Sequence[str]], limits: Limits) -> None:
    """Add the tables of a sheet or a file to the document.

    Raises :class:`ExtractionError` beyond the limit of cells.
    """
    writer = _TableWriter(builder, limits.table_block_bytes)
    for has_text, part in groupby(_tidy_rows(rows, limits), key=bool):
        if not has_text:
            continue
        first = list(islice(part, LOOKED_AT))
        titles, has_header = layout_of(first, writer.header)
        for row in first[:titles]:
            writer.add_line(row)
        if has_header:
            writer.begin_table(first[titles])
            titles += 1
        for row in chain(first[titles:], part):
            writer.add_row(row)
    writer.close_block()


def row_text(row: Sequence[str]) -> str:
    """Return the cells of a row on one line, without empty cells at its end."""
    return SEPARATOR.join(tidy_row(row))


class _TableWriter:
    """Writes blocks of rows, each with the header of its table above it."""

    def __init__(self, builder: Builder, most_bytes: int) -> None:
        self._builder = builder
        self._most = most_bytes
        self.header: list[str] = []
        self._lines: list[str] = []
        self._size = 0

    def begin_table(self, header: list[str]) -> None:
        self.close_block()
        self.header = header
        self._lines.append(SEPARATOR.join(header))

    def add_line(self, row: list[str]) -> None:
        """Add a line without a header, such as a title."""
        if self.header:
            self.close_block()
            self.header = []
        self._add(SEPARATOR.join(row))

    def add_row(self, row: list[str]) -> None:
        if row == self.header:
            return  # repeated at the top of each printed page
        if not self._lines and self.header:
            self._lines.append(SEPARATOR.join(self.header))
        self._add(SEPARATOR.join(row))

    def _add(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line.encode())
        # A block has at least twice as much text from its rows as from its header.
        if self._size >= max(self._most, 2 * len(SEPARATOR.join(self.header))):
            self.close_block()

    def close_block(self) -> None:
        if self._lines:
            self._builder.block("\n".join(self._lines))
        self._lines, self._size = [], 0


def _tidy_rows(rows: Iterable[Sequence[str]], limits: Limits) -> Iterator[list[str]]:
    """Yield rows without empty cells at their ends."""
    cells = 0
    for row in rows:
        cells += len(row)
        if cells > limits.table_cells:
            raise ExtractionError(
                "invalid_file", f"The table has more than {limits.table_cells:,} cells."
            )
        yield tidy_row(row)
