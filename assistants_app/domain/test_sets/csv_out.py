"""Rows as CSV that promptfoo and spreadsheets read."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from assistants_app.domain.documents.cells import csv_line, with_apostrophe
from assistants_app.domain.test_sets.columns import ordered
from assistants_app.domain.test_sets.csv_in import WITHOUT, is_unknown, listed_in
from assistants_app.domain.test_sets.editing import VARIABLE
from assistants_app.domain.test_sets.imported import PLAYGROUND, ROW_ID
from assistants_app.domain.test_sets.messages import turns_for
from assistants_app.domain.test_sets.promptfoo.assertion_texts import cell_of
from assistants_app.domain.test_sets.promptfoo.assertions import PROMPTFOO, Assertion
from assistants_app.domain.test_sets.promptfoo.lists import (
    OTHERS,
    split_assertions,
    without_assertions,
)
from assistants_app.domain.test_sets.promptfoo.reading import COLUMNS

# Fields that have columns of their own.
_SHARED = ("description", "turns", "variables", "threshold", "metadata", "checks", "tags", "kept")


def csv_lines(
    rows: Iterable[tuple[str, Mapping[str, Any]]], order: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the lines of the CSV, the header first. `rows` are keys with contents.

    `order` has columns of the set's table in their order there. Variables follow it.
    """
    made = [_cells_of(key, row) for key, row in rows]
    variables = [name for cells, _own in made for name in cells if not name.startswith("__")]
    for cells, own in made:
        # An empty cell is an empty text, unless the row says that it has no such variable.
        without = [name for name in dict.fromkeys(variables) if name not in cells]
        if without and "variables" not in own:
            own[WITHOUT] = without
        if own:
            text = json.dumps(own, ensure_ascii=False, separators=(",", ":"))
            cells[f"__metadata:{PLAYGROUND}"] = text
    # All columns of one kind stand together, in the order in which the rows have them first.
    names = sorted(dict.fromkeys(name for cells, _own in made for name in cells), key=_place)
    table = ordered([f"{VARIABLE}{name}" for name in dict.fromkeys(variables)], order)
    names[: len(table)] = [name.removeprefix(VARIABLE) for name in table]
    yield csv_line(map(with_apostrophe, names))
    for cells, _own in made:
        yield csv_line(with_apostrophe(cells.get(name, "")) for name in names)


def _place(name: str) -> int:
    kinds = ("__metadata:", "__threshold", "__metric", "__expected", "__message", "__description")
    places = (-at for at, kind in enumerate(kinds, -6) if name.startswith(kind))
    # Variables come first, and columns of other tools last.
    return next(places, len(kinds) + 1 if name.startswith("__") else 0)


def _cells_of(key: str, row: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the cells of a row, and the fields that have no columns of their own."""
    own = {name: value for name, value in row.items() if name not in _SHARED}
    cells: dict[str, str] = {}
    variables = row.get("variables", {})
    # A CSV file has no other values than text, and its own columns begin with "__".
    if all(
        isinstance(value, str) and not name.startswith("__") and name == name.strip()
        for name, value in variables.items()
    ):
        cells.update(variables)
    else:
        own["variables"] = variables
    cells.update(_message_cells(row, cells))
    cells.update(_check_cells(row, own))
    if not row.get("description", "x").strip():
        own["description"] = row["description"]
    elif "description" in row:
        cells["__description"] = row["description"]
    if "threshold" in row:
        cells["__threshold"] = f"{row['threshold']}"
    cells.update(_metadata_cells(row, own))
    cells.update(_unknown_cells(row, own))
    cells[f"__metadata:{ROW_ID}"] = key
    return cells, own


def _reserved(names: Iterable[str]) -> bool:
    return any(name.startswith("__") for name in names)


def _message_cells(row: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, str]:
    turns = row.get("turns", [])
    if turns == turns_for(variables):
        return {}
    return {f"__message{number or ''}": turn["content"] for number, turn in enumerate(turns)}


def _check_cells(row: Mapping[str, Any], own: dict[str, Any]) -> dict[str, str]:
    """Return the cells of checks that fit into a cell, and add the others to `own`."""
    everything, _none = split_assertions(row, lambda _assertion: True)
    # The column of the metric counts for all cells of a line.
    metrics = {assertion.get("metric") for assertion in everything}
    metric = metrics.pop() if len(metrics) == 1 else None
    written, others = split_assertions(row, lambda assertion: bool(_check_text(assertion, metric)))
    if others:
        own[OTHERS] = others
    if kept := without_assertions(row.get("kept", {})):
        own["kept"] = kept
    cells = {
        f"__expected{number}": _check_text(assertion, metric)
        for number, assertion in enumerate(written, 1)
    }
    return {**cells, "__metric": metric} if metric and written else cells


def _unknown_cells(row: Mapping[str, Any], own: dict[str, Any]) -> dict[str, str]:
    """Return the cells of another tool's columns, which the row has kept."""
    columns = row.get("kept", {}).get(PROMPTFOO, {}).get(COLUMNS)
    if not isinstance(columns, dict) or not all(
        is_unknown(name) and name == name.strip() and isinstance(text, str) and text.strip()
        for name, text in columns.items()
    ):
        return {}
    ours = {name: part for name, part in own["kept"][PROMPTFOO].items() if name != COLUMNS}
    others = {name: part for name, part in own.pop("kept").items() if name != PROMPTFOO}
    if kept := {**others, **({PROMPTFOO: ours} if ours else {})}:
        own["kept"] = kept
    return columns


def _check_text(assertion: Assertion, metric: str | None) -> str:
    if assertion.get("metric") != metric:
        return ""
    return cell_of({name: value for name, value in assertion.items() if name != "metric"})


def _metadata_cells(row: Mapping[str, Any], own: dict[str, Any]) -> dict[str, str]:
    cells: dict[str, str] = {}
    others: dict[str, Any] = {}
    for name, value in row.get("metadata", {}).items():
        is_text = isinstance(value, str) and value.strip() and name == name.strip()
        if is_text and not name.endswith("[]") and name not in (ROW_ID, PLAYGROUND):
            cells[f"__metadata:{name}"] = value
        else:
            others[name] = value
    if others:
        own["metadata"] = row["metadata"]
    tags = row.get("tags", [])
    listed = ",".join(tag.replace(",", "\\,") for tag in tags)
    if listed_in(listed) != tags:
        own["tags"] = tags
    elif tags:
        cells["__metadata:tags[]"] = listed
    return cells
