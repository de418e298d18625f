"""Cells of CSV files that spreadsheets must not calculate."""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from typing import Any, Final

# A spreadsheet takes these for formulas, unless they are numbers. In Japanese and Chinese ones, the
# wide signs mean the same.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER: Final = re.compile(r"[-+]?\d+([.,]\d+)?%?")


def with_apostrophe(text: str) -> str:
    """Return a text as a spreadsheet shows it without calculating it."""
    return f"'{text}" if _is_formula(text) else text


def without_apostrophe(text: str) -> str:
    """Return the text that :func:`with_apostrophe` has changed."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def csv_line(values: Iterable[Any]) -> str:
    """Return the values as a line of a CSV file."""
    line = StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()
