"""The messages of rows that a file has only as variables, and templates of other tools."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

# Columns that people use for what is asked, the likeliest first.
_ASKED: Final = (
    *("message", "input", "question", "prompt", "query", "user_input", "user_message", "user"),
    *("request", "text"),
)
_MARK: Final = re.compile(r"{{\s*([\w.-]+)\s*}}")
# Blocks, comments, and marks that compute something, such as a filter.
_COMPUTED: Final = re.compile(r"{%|{#|{{-|{{(?!\s*[\w.-]+\s*}})")


def mark(name: str) -> str:
    """Return what stands for a variable in a text."""
    return f"{{{{{name}}}}}"


def message_for(names: Iterable[str]) -> str:
    """Return a message that asks with one of these variables, or "" without any."""
    given = list(names)
    by_lower = {name.lower(): name for name in reversed(given)}
    likely = [by_lower[name] for name in _ASKED if name in by_lower]
    found = (likely or given)[:1]
    return mark(found[0]) if found else ""


def user_turn(content: str) -> dict[str, Any]:
    """Return a message of the user."""
    return {"role": "user", "content": content}


def turns_for(variables: Mapping[str, Any], template: str = "") -> list[dict[str, Any]]:
    """Return the message of a row that has only variables: `template`, or a guess."""
    message = template or message_for(variables)
    return [user_turn(message)] if message else []


def plain_marks(text: str) -> str:
    """Return a template of another tool with marks as we write them."""
    return _MARK.sub(lambda found: mark(found[1]), text)


def with_plain_marks(value: Any) -> Any:
    """Return a JSON value with plain marks in its texts."""
    if isinstance(value, str):
        return plain_marks(value)
    if isinstance(value, list):
        return [with_plain_marks(item) for item in value]
    if isinstance(value, dict):
        return {key: with_plain_marks(item) for key, item in value.items()}
    return value


def marks_in(text: str) -> list[str]:
    """Return the names of the variables in a text, in order."""
    return [found[1] for found in _MARK.finditer(text)]


def computes(text: str) -> bool:
    """Return whether a template does more than to insert variables, such as ``{{ x | upper }}``."""
    return bool(_COMPUTED.search(text))


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Return the text with values for the marks that have any."""
    return _MARK.sub(lambda found: _inserted(values, found), text)


def _inserted(values: Mapping[str, Any], found: re.Match[str]) -> str:
    value = values.get(found[1], found[0])
    return value if isinstance(value, str) else found[0]
