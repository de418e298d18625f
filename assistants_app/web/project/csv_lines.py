"""Figures in CSV files."""

from decimal import Decimal


def csv_dollars(cost: Decimal | None, *, unpriced: bool) -> str:
    """Return a cost as a plain number, or "" if it isn't known or isn't the whole cost."""
    # A cost that lacks the price of some tokens would look like the whole cost.
    return "" if cost is None or unpriced else f"{cost.normalize():f}"
