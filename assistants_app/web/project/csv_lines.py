"""Lines of CSV files that spreadsheets open safely."""

import csv
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO
from typing import Any


def csv_line(values: Iterable[Any]) -> str:
    line = StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def no_formula(text: str) -> str:
    """Return a text that a spreadsheet doesn't calculate."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def csv_dollars(cost: Decimal | None, *, unpriced: bool) -> str:
    """Return a cost as a plain number, or "" if it isn't known or isn't the whole cost."""
    # A cost that lacks the price of some tokens would look like the whole cost.
    return "" if cost is None or unpriced else f"{cost.normalize():f}"
