"""Tables of separated values for a preview: their columns, their size, and their order."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistants_app.retrieval.extract.table_layout import split_table

SHOWN_ROWS, SHOWN_COLUMNS = 50, 30
# What a number has around it, such as $1,200.50, (3) for a loss, 12 % or 5 EUR.
_NUMBER = re.compile(
    r"(?P<loss>\()?[$€£¥]?\s*(?P<sign>[-+\u2212])?\s*[$€£¥]?\s*"
    r"(?P<digits>\d[\d.,'’\u00a0\u202f ]*|\.\d+)(?P<power>[eE][-+]?\d{1,3})?"
    r"\)?\s*(?:%|[$€£¥]|[A-Z]{3})?"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `number` counts from 1. `order` is ascending, descending, or "" if the table isn't
    sorted by it. `next_sort` is the next order of this column, as in :func:`table_of`.
    """

    number: int
    name: str
    is_number: bool
    order: str

    @property
    def next_sort(self) -> int:
        return -self.number if self.order == "ascending" else self.number


@dataclass(frozen=True, slots=True)
class Table:
    """The beginning of a table. `titles` are the lines above it.

    `count`: the number of rows, or None if it isn't known. `width`: the number of columns.
    """

    titles: list[str]
    columns: list[Column]
    has_header: bool
    rows: list[list[tuple[str, bool]]]
    count: int | None
    width: int

    @property
    def is_sorted(self) -> bool:
        """Return whether somebody sorted the rows by a column."""
        return any(column.order for column in self.columns)

    @property
    def is_cut(self) -> bool:
        """Return whether the table has more than is shown."""
        return self.count is None or self.count > len(self.rows) or self.width > SHOWN_COLUMNS

    @property
    def can_sort(self) -> bool:
        # Only the whole table has an order.
        return self.count is not None and self.count > 1


def table_of(rows: Iterable[list[str]], *, is_whole: bool, sort: int = 0) -> Table:
    """Return the table in these rows of a file.

    `is_whole`: these are all of its rows. `sort` is the number of a column, negative for the
    largest first; a number that no column has changes nothing.
    """
    every = list(rows)
    titles, table, has_header = split_table(every[:SHOWN_ROWS])
    body = [row for row in [*table, *every[SHOWN_ROWS:]] if any(row)]
    header = body.pop(0) if has_header and body else []
    width = max(map(len, [header, *body]), default=0)
    numeric = [_is_numeric(_cells(body, at)) for at in range(min(width, SHOWN_COLUMNS))]
    at = abs(sort) - 1
    if is_whole and 0 <= at < len(numeric):
        body = _sorted(body, at, is_number=numeric[at], largest_first=sort < 0)
    columns = [
        Column(number, name, is_number, _order(number, sort if is_whole else 0))
        for number, (name, is_number) in enumerate(
            zip([*header, *[""] * width], numeric, strict=False), 1
        )
    ]
    shown = [
        [(cell, is_number) for cell, is_number in zip(row, numeric, strict=False)]
        for row in body[:SHOWN_ROWS]
    ]
    above = [" ".join(filter(None, row)) for row in titles]
    return Table(above, columns, bool(header), shown, len(body) if is_whole else None, width)


def number_in(cell: str) -> float | None:
    """Return the number that a cell has, or None. The last of two separators is the decimal one."""
    match = _NUMBER.fullmatch(cell.strip())
    if match is None:
        return None
    digits = re.sub(r"['’\u00a0\u202f ]", "", match["digits"])
    point = max(digits.rfind("."), digits.rfind(","))
    before, after = digits[:point], digits[point + 1 :]
    is_group = point >= 0 and (
        digits.count(digits[point]) > 1
        or (digits[point] == "," and len(after) == 3 and "." not in before and before != "0")
    )
    if point < 0 or is_group:
        text = re.sub(r"[.,]", "", digits)
    else:
        text = re.sub(r"[.,]", "", before) + "." + after
    value = float(text + (match["power"] or "")) if text.strip(".") else None
    if value is None:
        return None
    is_negative = match["loss"] or match["sign"] in ("-", "\u2212")
    return -value if is_negative else value


def _cells(body: Sequence[list[str]], at: int) -> list[str]:
    return [row[at] for row in body if at < len(row) and row[at].strip()]


def _is_numeric(cells: Sequence[str]) -> bool:
    return bool(cells) and all(number_in(cell) is not None for cell in cells)


def _order(number: int, sort: int) -> str:
    if number != abs(sort):
        return ""
    return "ascending" if sort > 0 else "descending"


def _sorted(
    body: Sequence[list[str]], at: int, *, is_number: bool, largest_first: bool
) -> list[list[str]]:
    filled = [row for row in body if at < len(row) and row[at].strip()]
    empty = [row for row in body if at >= len(row) or not row[at].strip()]

    def key(row: list[str]) -> tuple[float, str]:
        text = row[at].strip().casefold()
        return (number_in(text.upper()) or 0.0 if is_number else 0.0, text)

    # Rows without a value are last in both orders.
    return sorted(filled, key=key, reverse=largest_first) + empty
