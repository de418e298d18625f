"""JSON with one text for each value, so that values can be compared and hashed as text."""

import json
from typing import Any

# Above it, not each whole number is a float, and `int` would invent digits.
_EXACT = 2**53


def canonical_json(value: Any, *, keeps_order: bool = False) -> str:
    """Return the value as JSON without spaces. Equal values have the same text.

    1.0 equals 1. Keys are sorted, unless their order counts (`keeps_order`), as it does in the
    schemas that models see. Raises :class:`ValueError` for numbers that JSON doesn't have.
    """
    # ASCII, so that half an emoji, which models do write, can be encoded too.
    return json.dumps(
        _plain(value), sort_keys=not keeps_order, separators=(",", ":"), allow_nan=False
    )


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case float() if value.is_integer() and abs(value) <= _EXACT:
            return int(value)
        case _:
            return value
