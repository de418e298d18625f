"""Files of separated values: their separator, their quotes and their rows."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator

# Those that prose rarely contains come first, because the first of equals wins.
SEPARATORS = ("\t", ";", "|", ",")
# For files of a single column: a character that no text contains.
NONE = "\x1f"
SAMPLE_LINES = 200
LONGEST_CELL = 128 * 1024 * 1024  # characters; the csv module's own limit is 131,072
# Excel reads the separator from a first line such as "sep=;", which is no data.
SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?[ \t]*(?:\n|\Z)', re.IGNORECASE)
# A quote without an end takes in rows until the next quote: a cell with more lines than this.
SWALLOWED_LINES = 20
MOST_LOOSE_QUOTES = 3
SPACED_PENALTY = 0.5


def rows_of(text: str, usual: str = "") -> Iterator[list[str]]:
    """Yield the rows of a file. Its separator is `usual`, unless its lines show another one."""
    csv.field_size_limit(LONGEST_CELL)
    if named := SEP_LINE.match(text):
        text = text[named.end() :]
    # A reader of CSV refuses a carriage return outside quotes.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    sample = lines[:SAMPLE_LINES]
    separator = named[1] if named else detect_separator(sample, usual)
    yield from _rows(lines, separator, backslash='\\"' in text[:8192] and '""' not in text[:8192])


def detect_separator(lines: list[str], usual: str = "") -> str:
    """Return the separator by which most lines have the same number of cells."""
    best, most = usual or NONE, 0.0
    for separator in SEPARATORS:
        value = _agreement(lines, separator) + (0.5 if separator == usual else 0.0)
        if value > most + 1e-9 and (separator in "".join(lines)):
            best, most = separator, value
    return best


def _agreement(lines: list[str], separator: str) -> float:
    rows = [row for row in _rows(lines, separator) if row]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths or _splits_decimals(rows) or _splits_prose(rows):
        return 0.0
    width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]))
    cells = [cell for row in rows for cell in row[1:] if cell]
    # A comma followed by a space is punctuation more often than a separator.
    spaced = sum(cell[0] == " " for cell in cells) / max(1, len(cells)) if separator in ",;" else 0
    # Lines with a few cells more or less are still rows, and titles are none.
    others = sum(count for other, count in widths.items() if other != width)
    share = (agreeing + 0.5 * others) / len(rows)
    return share * (1 - SPACED_PENALTY * spaced) + 0.005 * min(width, 20)


def _splits_decimals(rows: list[list[str]]) -> bool:
    """Return whether these are numbers with a decimal comma in a single column."""
    broken = [row for row in rows if len(row) > 1]
    return len(rows[0]) == 1 and all(
        len(row) == 2 and row[0][-1:].isdigit() and row[1].strip().isdigit() for row in broken
    )


def _splits_prose(rows: list[list[str]]) -> bool:
    """Return whether these are sentences in a single column, with spaces after their commas."""
    return len(rows[0]) == 1 and all(cell[:1] == " " for row in rows for cell in row[1:])


def _rows(lines: list[str], separator: str, *, backslash: bool = False) -> Iterator[list[str]]:
    at = loose = 0
    while at < len(lines):
        quoted = loose <= MOST_LOOSE_QUOTES
        reader = csv.reader(
            _with_ends(lines, at),
            delimiter=separator,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            escapechar="\\" if backslash else None,
        )
        begin = at
        for row in reader:
            end = at + reader.line_num
            if end - begin > SWALLOWED_LINES and _are_rows(lines[begin:end], separator):
                # Take the quote as a character of its line and go on with the next line.
                yield next(csv.reader([lines[begin]], delimiter=separator, quoting=csv.QUOTE_NONE))
                loose += 1
                begin += 1
                break
            yield row
            begin = end
        else:
            return
        at = begin


def _with_ends(lines: list[str], start: int) -> Iterable[str]:
    return (lines[at] + "\n" for at in range(start, len(lines)))


def _are_rows(lines: list[str], separator: str) -> bool:
    return sum(separator in line for line in lines) > 0.8 * len(lines)
