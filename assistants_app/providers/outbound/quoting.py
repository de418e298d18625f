"""What may be shown of another server's words: the reason in an error of an API.

An address may lead to a server that has nothing to do with models. Its pages are nobody's business.
"""

import json
import re
from typing import Any

LONGEST_QUOTE = 500  # characters
LONGEST_PLAIN = 300  # characters of a text that isn't JSON
NO_REASON = "it gave no reason"
WEB_PAGE = "it sent a web page instead of a reason"
# Not every angle bracket: messages quote types and tokens, such as <class 'str'>.
_MARKUP = re.compile(
    r"<(!doctype|\?xml|/?(html|head|body|title|script|style|h[1-6]|p|div|span|center|pre|a|b|br|hr"
    r"|img|table|ul|li|form|input)\b)",
    re.IGNORECASE,
)


def inner_error(error: Any) -> Any:
    """Return the error object in a body: the vendor's, or that of a server like it."""
    # Gemini sends a list of one error.
    error = error[0] if isinstance(error, list) and error else error
    return error.get("error", error) if isinstance(error, dict) else error


def message_in(error: Any) -> str:
    """Return the message in an error of an API, or "" if it isn't one.

    Its forms are the vendor's, ``{"error": "..."}``, ``{"message": "..."}`` and FastAPI's
    ``{"detail": ...}``.
    """
    inner = inner_error(error)
    if isinstance(error, dict) and isinstance(inner, str):
        return plain_text(inner)
    if not isinstance(inner, dict):
        return ""
    if message := inner.get("message"):
        return plain_text(str(message))
    details = inner.get("detail")
    rows = details if isinstance(details, list) else [details]
    said = [row.get("msg") if isinstance(row, dict) else row for row in rows]
    return plain_text("; ".join(text for text in said if isinstance(text, str)))


def plain_text(text: str) -> str:
    """Return the text, or "" if it has markup or control characters."""
    text = text.strip()
    plain = all(char.isprintable() or char in "\n\r\t" for char in text)
    return text if plain and not _MARKUP.search(text) else ""


def short_text(text: str) -> str:
    """Return a text that isn't JSON if it is short enough for a reason, and else ""."""
    return plain_text(text) if len(text.strip()) <= LONGEST_PLAIN else ""


def reason_in(text: str) -> str:
    """Return the reason in an error's body: its message, or what the body is instead."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return short_text(text) or (WEB_PAGE if _MARKUP.search(text) else NO_REASON)
    return message_in(value) or NO_REASON


def is_api_error(text: str) -> bool:
    """Return whether an error's body has a message in a form of APIs."""
    try:
        return bool(message_in(json.loads(text)))
    except (ValueError, RecursionError):
        return False
