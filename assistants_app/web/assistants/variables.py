"""The declarations of variables in the configuration form."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import count, zip_longest
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.configurations.variables import (
    BOOLEAN,
    CHOICE,
    FILE,
    IMAGE,
    NUMBER,
    TEXT,
    text_of,
)
from assistants_app.web.typed_lines import one_line, plain_lines

Row = dict[str, str]
COLUMNS = ("name", "type", "needed", "default", "description", "choices")
REQUIRED, OPTIONAL = "required", "optional"
NEW_ROW: Row = {"type": TEXT, "needed": REQUIRED}
LABELS: dict[str, Promise] = {
    "name": _("Name"),
    "type": _("Type"),
    "default": _("Default"),
    "description": _("Description"),
    "choices": _("Choices"),
}
TYPE_NAMES: dict[str, Promise] = {
    TEXT: _("Text"),
    NUMBER: _("Number"),
    BOOLEAN: _("Yes or no"),
    CHOICE: _("Choice"),
    IMAGE: _("Image"),
    FILE: _("File"),
}


def rows_from(data: QueryDict) -> list[Row]:
    """Return the rows that a browser sent, blank ones too."""
    columns = (data.getlist(f"variable_{column}") for column in COLUMNS)
    return [
        {column: plain_lines(value) for column, value in zip(COLUMNS, values, strict=True)}
        for values in zip_longest(*columns, fillvalue="")
    ]


def rows_of(stored: Any) -> list[Row]:
    """Return the rows that show these declarations. A draft's may be anything."""
    items = stored if isinstance(stored, list) else []
    return [_row_of(item) for item in items if isinstance(item, Mapping)]


def _row_of(item: Mapping[str, Any]) -> Row:
    default, choices = item.get("default"), item.get("choices")
    return {
        "name": str(item.get("name") or ""),
        "type": str(item.get("type") or TEXT),
        "needed": REQUIRED if default is None else OPTIONAL,
        "default": "" if default is None else typed_text(default),
        "description": str(item.get("description") or ""),
        "choices": "\n".join(map(str, choices)) if isinstance(choices, list) else "",
    }


def is_blank(row: Row) -> bool:
    """Return whether nothing was typed into the row."""
    return not any(row[column] for column in ("name", "default", "description", "choices"))


def declarations_of(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the declarations in these rows as the API takes them, right or wrong."""
    return [_declaration(row) for row in rows if not is_blank(row)]


def _declaration(row: Row) -> dict[str, Any]:
    item: dict[str, Any] = {"name": one_line(row["name"]).strip(), "type": row["type"] or TEXT}
    if row["needed"] == OPTIONAL:
        item["default"] = typed_value(row["type"], row["default"]) if row["default"] else ""
    if description := one_line(row["description"]):
        item["description"] = description
    if item["type"] == CHOICE:
        item["choices"] = [line for line in row["choices"].split("\n") if line]
    return item


def place_of(param: str) -> str:
    """Return the field of the API's parameter, such as ``variables[2].choices``.

    The place of a choice is that of all choices.
    """
    row, _dot, column = param.partition(".")
    return f"{row}.{re.split('[.[]', column)[0]}"


def with_errors(rows: Sequence[Row], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows with ``errors``: labels of fields and what is wrong with them."""
    # The API counts without blank rows.
    numbers = count()
    return [
        {
            **row,
            "errors": [] if is_blank(row) else _errors_of(f"variables[{next(numbers)}]", errors),
        }
        for row in rows
    ]


def _errors_of(place: str, errors: Mapping[str, str]) -> list[tuple[Promise, str]]:
    found = ((label, errors.get(f"{place}.{column}")) for column, label in LABELS.items())
    return [(label, message) for label, message in found if message]


def typed_value(kind: str, text: str) -> Any:
    """Return what was typed as a value of this type.

    What isn't one stays text, which the API refuses.
    """
    if kind == BOOLEAN:
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if kind == NUMBER:
        return _number_or_text(text.strip())
    if kind == IMAGE:
        source = text.strip()
        if source.startswith(("http://", "https://", "data:image/")):
            return {"type": "image_url", "image_url": {"url": source, "detail": "auto"}}
        return {"type": "image_file", "image_file": {"file_id": source, "detail": "auto"}}
    if kind == FILE:
        return {"type": FILE, FILE: {"file_id": text.strip()}}
    return text


def _number_or_text(text: str) -> int | float | str:
    try:
        value = json.loads(text, parse_constant=str)
    except ValueError:
        return text
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # JSON has no infinity, but Python reads 1e999 as one.
    return value if is_number and abs(value) < float("inf") else text


def typed_text(value: Any) -> str:
    """Return a value as a person types it."""
    if isinstance(value, Mapping):
        source = value.get(str(value.get("type")))
        source = source if isinstance(source, Mapping) else {}
        return str(source.get("file_id") or source.get("url") or "")
    return text_of(value)
