"""JSON on one line, also for readers that end lines elsewhere, and whether a text is JSON."""

import json
from typing import Any

# Python's str.splitlines and JavaScript before 2019 end a line at these. JSON escapes all others.
_LINE_ENDS = str.maketrans({"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def json_line(value: Any) -> str:
    """Return the value as JSON without a character that ends a line."""
    return json.dumps(value, ensure_ascii=False).translate(_LINE_ENDS)


def is_json(text: str) -> bool:
    """Return whether a program can read the text as JSON. NaN and infinity are not JSON."""
    constants: list[str] = []
    try:
        json.loads(text, parse_constant=constants.append)
    except (ValueError, RecursionError):
        return False
    return not constants
