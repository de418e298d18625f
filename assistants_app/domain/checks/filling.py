r"""Values of a row in the texts of its checks: ``{{name}}`` and ``{{expected.name}}``.

They are replaced once, and not inside of values. ``\{{name}}`` stays literally.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from assistants_app.domain.checks.check import CheckError
from assistants_app.domain.missing import MISSING
from assistants_app.domain.mocks import look_up

EXPECTED = "expected."
_MARK = re.compile(r"(\\?)\{\{\s*([\w.-]{1,256})\s*\}\}")


def fill(value: Any, item: Mapping[str, Any]) -> Any:
    """Return the JSON value with the row's values in its texts.

    A text that is only a mark becomes the value itself, with its type. Raises :class:`CheckError`
    for a name that the row doesn't have.
    """
    if isinstance(value, str):
        whole = _MARK.fullmatch(value)
        return _value(whole[2], item) if whole and not whole[1] else fill_text(value, item)
    if isinstance(value, list):
        return [fill(inner, item) for inner in value]
    if isinstance(value, Mapping):
        return {key: fill(inner, item) for key, inner in value.items()}
    return value


def fill_text(
    text: str, item: Mapping[str, Any], change: Callable[[str], str] = lambda value: value
) -> str:
    """Return the text with the row's values, each changed by `change`."""

    def replacement(mark: re.Match[str]) -> str:
        return mark[0][1:] if mark[1] else change(as_text(_value(mark[2], item)))

    return _MARK.sub(replacement, text)


def _value(name: str, item: Mapping[str, Any]) -> Any:
    expected = name.startswith(EXPECTED)
    values = item.get("expected" if expected else "variables") or {}
    inner = name.removeprefix(EXPECTED) if expected else name
    # A name may contain dots itself, else they lead into the value.
    found = values[inner] if inner in values else look_up(values, inner)
    if found is MISSING:
        raise CheckError(f"The row has no value for {{{{{name}}}}}. Add it, or change the check.")
    return found


def as_text(value: Any) -> str:
    """Return a text as it is, and any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
