"""Lines of text that forms change: a text area has them with CRLF, and an input has only one."""

import re
from typing import Any

_ALONE = re.compile(r"\r(?!\n)|(?<!\r)\n")


def plain_lines(text: str) -> str:
    """Return the text with the line ends that texts have here."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def one_line(text: str) -> str:
    """Return the text as an input shows it."""
    return text.replace("\r", "").replace("\n", "")


def with_line_ends(value: Any, before: Any) -> Any:
    """Return a text with CRLF at the ends of its lines if all lines had it `before`."""
    if not isinstance(value, str) or not isinstance(before, str):
        return value
    if "\r\n" not in before or _ALONE.search(before):
        return value
    return plain_lines(value).replace("\n", "\r\n")


def edited(text: str, before: str) -> str:
    """Return the text of a text area that was filled with `before`."""
    return (
        before
        if plain_lines(text) == plain_lines(before)
        else with_line_ends(plain_lines(text), before)
    )
