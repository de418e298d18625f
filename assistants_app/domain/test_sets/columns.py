"""Columns of a set's table: their order and their names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from assistants_app.domain.checks.kinds import FOREIGN
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.editing import EXPECTED, named_column
from assistants_app.domain.test_sets.rows import Content, content_of

LEFT, RIGHT = "left", "right"
SIDES: Final = {LEFT: -1, RIGHT: 1}


def ordered(columns: Iterable[str], order: Sequence[str]) -> list[str]:
    """Return the columns in this order. Those that it doesn't name follow as they are."""
    place = {column: at for at, column in enumerate(order)}
    return sorted(columns, key=lambda column: place.get(column, len(place)))


def shifted(columns: Sequence[str], column: str, side: str) -> list[str]:
    """Return the columns after one of them has moved to a side.

    Raises :class:`InvalidRequest` for a column or a side that doesn't exist.
    """
    if column not in columns or side not in SIDES:
        raise InvalidRequest("This column doesn't exist any more. Load the page again.")
    made = list(columns)
    at = made.index(column)
    to = min(max(at + SIDES[side], 0), len(made) - 1)
    made.insert(to, made.pop(at))
    return made


def renamed(content: Mapping[str, Any], column: str, name: str) -> Content:
    """Return the row with another name for a variable or an expected value.

    Its marks in messages and checks follow. What other products wrote stays as it is.
    """
    field, old = named_column(column)
    values = content.get(field, {})
    if old not in values:
        return dict(content)
    made = dict(content)
    made[field] = {name if one == old else one: value for one, value in values.items()}
    prefix = "expected." if column.startswith(EXPECTED) else ""
    mark = re.compile(rf"(?<!\\){{{{\s*{re.escape(prefix + old)}\s*}}}}")
    new = f"{{{{{prefix}{name}}}}}"

    def follow(value: Any) -> Any:
        if isinstance(value, str):
            return mark.sub(lambda _found: new, value)
        if isinstance(value, list):
            return [follow(item) for item in value]
        if isinstance(value, dict):
            if value.get("kind") == FOREIGN:
                return value
            return {key: follow(item) for key, item in value.items()}
        return value

    for part in ("turns", "checks", "turn_checks"):
        if part in made:
            made[part] = follow(made[part])
    return content_of(made)


def without(content: Mapping[str, Any], column: str) -> Content:
    """Return the row without its value for a column."""
    field, name = named_column(column)
    values = {one: value for one, value in content.get(field, {}).items() if one != name}
    return content_of({**content, field: values})
