"""Where the titles above a table end, and whether its first row is a header."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from math import ceil

from assistants_app.retrieval.extract.document import one_line

# The share of the usual number of cells that a row needs to be one of the table's.
WIDE = 0.6
NUMBER = re.compile(
    r"[-+(]?\s*[$€£¥]?\s*[-+]?\d[\d\s.,'’/:\u00a0\u202f-]*\)?\s*(?:[AP]M|%|€|\$|£|¥|[A-Z]{3})?",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?:19|20|21)\d\d")


def tidy_row(row: Sequence[str]) -> list[str]:
    """Return the cells of a row, each on one line, without empty cells at its end."""
    cells = [one_line(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def split_table(rows: list[list[str]]) -> tuple[list[list[str]], list[list[str]], bool]:
    """Return the titles above a table, the table, and whether its first row is a header."""
    tidy = [tidy_row(row) for row in rows]
    start = next((at for at, row in enumerate(tidy) if len(row) > 1), 0)
    while start < len(tidy):
        part = list(takewhile(bool, tidy[start:]))
        titles, has_header = layout_of(part, [])
        if has_header or start + len(part) >= len(tidy) - 1:
            return (
                [row for row in tidy[: start + titles] if row],
                rows[start + titles :],
                has_header,
            )
        start += len(part) + 1
    return [], rows, True


def layout_of(rows: list[list[str]], header: list[str]) -> tuple[int, bool]:
    """Return how many of a part's first rows are titles, and whether a header follows them.

    `header` is the one of the table above, which a part without a header of its own continues.
    """
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        values = rows[1:] if len(rows) > 2 and not header else []
        return 0, bool(values) and not _is_value(rows[0][0]) and all(
            _is_value(r[0]) for r in values
        )
    usual = max(widths, key=lambda width: (widths[width], width))
    least = usual if usual <= 3 else ceil(WIDE * usual)
    titles = next((at for at, row in enumerate(rows) if _filled(row) >= least), None)
    if titles is None:
        return 0, False
    first, body = rows[titles], rows[titles + 1 :]
    if any(map(_is_value, first)):
        return titles, False
    return titles, not header or usual > len(header) or _names_values(first, body)


def _filled(row: list[str]) -> int:
    return sum(map(bool, row))


def _is_value(cell: str) -> bool:
    # Years are names of columns as often as they are values.
    return bool(NUMBER.fullmatch(cell)) and not YEAR.fullmatch(cell)


def _names_values(header: list[str], body: list[list[str]]) -> bool:
    """Return whether the rows have mostly numbers in a column, below a name."""
    columns = ([row[at] for row in body if len(row) > at and row[at]] for at in range(len(header)))
    return any(
        sum(map(_is_value, column)) > 0.5 * len(column)
        for name, column in zip(header, columns, strict=True)
        if name
    )
