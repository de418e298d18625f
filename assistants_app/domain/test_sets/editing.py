"""Cells of a row, as people edit them in a table."""

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.messages import user_turn
from assistants_app.domain.test_sets.promptfoo.assertion_texts import check_in_line, check_line
from assistants_app.domain.test_sets.rows import Content, content_of

MESSAGE, CHECKS, TAGS, DESCRIPTION = "message", "checks", "tags", "description"
REPEATS, THRESHOLD = "repeats", "threshold"
# All checks as JSON in one cell, of the thread and of messages, for the form of a row.
ALL_CHECKS: Final = "all_checks"
VARIABLE, EXPECTED = "variable:", "expected:"
_CHECK_FIELDS: Final = ("checks", "turn_checks")
_NAMED: Final = {VARIABLE: "variables", EXPECTED: "expected"}
# Between two messages of a cell. A message that has such a line itself is written with "\---".
_BETWEEN: Final = re.compile(r"\n---\n")
_ESCAPED: Final = re.compile(r"^\\(\\*---)$", re.MULTILINE)
_TO_ESCAPE: Final = re.compile(r"^(\\*---)$", re.MULTILINE)


def cell_text(content: Mapping[str, Any], column: str) -> str:
    """Return the text of a cell. A column is one of the constants, or a prefix with a name."""
    match column:
        case "message":
            texts = [turn["content"] for turn in content.get("turns", [])]
            return "\n---\n".join(_TO_ESCAPE.sub(r"\\\1", text) for text in texts)
        case "checks":
            return "\n".join(check_line(check) for check in content.get("checks", []))
        case "all_checks":
            held = {name: content[name] for name in _CHECK_FIELDS if content.get(name)}
            return json.dumps(held, ensure_ascii=False) if held else ""
        case "tags":
            return ", ".join(content.get("tags", []))
        case "description" | "repeats" | "threshold":
            return f"{content.get(column, '')}"
    field, name = named_column(column)
    value = content.get(field, {}).get(name, "")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def named_column(column: str) -> tuple[str, str]:
    """Return the field of a row and the name in it that a column shows.

    Raises :class:`InvalidRequest` for a column that is no variable and no expected value.
    """
    for prefix, field in _NAMED.items():
        if column.startswith(prefix):
            return field, column.removeprefix(prefix)
    raise InvalidRequest(f"There is no column '{column[:60]}'.", param="column")


def with_cell(content: Mapping[str, Any], column: str, text: str) -> Content:
    """Return the row with another text in a cell.

    Raises :class:`InvalidRequest` for a text that the column can't have.
    """
    text = text.replace("\r\n", "\n")
    made = dict(content)
    match column:
        case "message":
            parts = _BETWEEN.split(text) if text.strip() else []
            made["turns"] = [user_turn(_ESCAPED.sub(r"\1", part)) for part in parts]
        case "checks":
            lines = [line for line in text.split("\n") if line.strip()]
            made["checks"] = [check_in_line(line) for line in lines]
        case "all_checks":
            made.update(_all_checks(text))
        case "tags":
            made["tags"] = list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
        case "description":
            made["description"] = text.strip()
        case "repeats":
            made["repeats"] = _number(text, "repeats", whole=True)
        case "threshold":
            made["threshold"] = _number(text, "threshold", whole=False)
        case _:
            field, name = named_column(column)
            made[field] = _with_value(content.get(field, {}), name, text)
    return content_of(made)


def _all_checks(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise InvalidRequest("The checks must be a JSON object.", param=ALL_CHECKS)
    return {name: given.get(name) for name in _CHECK_FIELDS}


def _number(text: str, name: str, *, whole: bool) -> float | None:
    if not text.strip():
        return None
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return number
    kind = "a whole number" if whole else "a number"
    hint = " Write a point before decimals." if "," in text and not whole else ""
    raise InvalidRequest(f"Enter {kind}, or nothing.{hint}", param=name)


def _with_value(values: Mapping[str, Any], name: str, text: str) -> dict[str, Any]:
    if not name.strip():
        raise InvalidRequest("A column needs a name.", param="column")
    made = dict(values)
    if not text and name not in values:
        return made
    made[name] = text
    # A value that isn't text stays what it is, as long as what was typed still is.
    if not isinstance(values.get(name, ""), str):
        with suppress(ValueError, RecursionError):
            made[name] = json.loads(text)
    return made
