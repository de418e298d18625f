"""Tests as CSV: a column for each variable, and promptfoo's columns that begin with ``__``."""

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from assistants_app.domain import limits
from assistants_app.domain.documents.cells import without_apostrophe
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.imported import PLAYGROUND, ROW_ID, ImportedSet
from assistants_app.domain.test_sets.messages import plain_marks, turns_for, user_turn
from assistants_app.domain.test_sets.promptfoo.assertion_texts import assertion_of
from assistants_app.domain.test_sets.promptfoo.lists import OTHERS, with_own_fields
from assistants_app.domain.test_sets.promptfoo.reading import COLUMNS
from assistants_app.domain.test_sets.rows import FIELDS

WITHOUT: Final = "without"
"""The key beside a row's fields for the columns of variables that it doesn't have."""
_EXPECTED: Final = re.compile(r"__expected(\d*)")
_CONFIG: Final = re.compile(r"__config:__expected(\d*):threshold")
_MESSAGE: Final = re.compile(r"__message(\d*)")
_COMMA: Final = re.compile(r"(?<!\\),")
_METADATA: Final = "__metadata:"
_SETTINGS: Final = ("__description", "__threshold", "__metric", "__prefix", "__suffix")
# The first line by which files for spreadsheets name the sign between their cells.
_SEPARATOR: Final = re.compile(r'"?sep=([,;\t])"?\r?\n', re.IGNORECASE)
_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
# Python's own limit of 128 KB is less than a cell may have.
csv.field_size_limit(limits.TEST_IMPORT_BYTES)


@dataclass(slots=True)
class _Line:
    """What the cells of a line say. `comma`: decimals may come after a comma."""

    comma: bool = False
    variables: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    asserts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    thresholds: dict[str, float] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    metric: str = ""


def read_csv(text: str, found: ImportedSet, *, message: str = "") -> None:
    """Add the rows of a CSV text. `message` is what rows ask that have no message of their own.

    Columns are separated by commas, semicolons or tabs. Raises :class:`InvalidRequest` without a
    usable header.
    """
    named = _SEPARATOR.match(text)
    text, before = (text[named.end() :], 1) if named else (text, 0)
    delimiter = named[1] if named else _delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [without_apostrophe(name.strip()) for name in next(lines, [])]
        _check_header(header)
        for cells in lines:
            if any(cell.strip() for cell in cells):
                place = f"line {lines.line_num + before}"
                line = _Line(comma=delimiter != ",")
                _add_line(found, place, header, cells, line, message)
    except csv.Error as error:
        place = f"Line {lines.line_num + before}"
        raise InvalidRequest(f"{place} isn't valid CSV: {error}.") from None


def _delimiter(text: str) -> str:
    # Spreadsheets write semicolons where the comma separates decimals, and copy with tabs. What is
    # in quotation marks is part of a name.
    counts = dict.fromkeys(",;\t", 0)
    quoted = False
    for sign in text:
        quoted ^= sign == '"'
        if sign in "\r\n" and not quoted:
            break
        if sign in counts and not quoted:
            counts[sign] += 1
    return max(counts, key=counts.__getitem__)


def _check_header(header: Sequence[str]) -> None:
    named = [name for name in header if name]
    if not named:
        raise InvalidRequest("The first line must have the names of the columns.")
    if twice := {name for name in named if named.count(name) > 1}:
        raise InvalidRequest(f"The column '{min(twice)}' is there twice. Give each another name.")


def _add_line(
    found: ImportedSet,
    place: str,
    header: Sequence[str],
    cells: Sequence[str],
    line: _Line,
    message: str,
) -> None:
    if any(cell.strip() for cell in cells[len(header) :]):
        found.refuse(place, f"The line has {len(cells)} cells, but the header has {len(header)}.")
        return
    try:
        for name, cell in zip(header, cells, strict=False):
            if name:
                _read_cell(line, name, without_apostrophe(cell))
    except InvalidRequest as error:
        found.refuse(place, error.message)
        return
    found.add(place, _content_of(line, message), line.key)


def is_unknown(name: str) -> bool:
    """Return whether a column is of another tool, and has no meaning here."""
    meant = (_EXPECTED, _CONFIG, _MESSAGE)
    return (
        name.startswith("__")
        and not name.startswith(_METADATA)
        and name not in _SETTINGS
        and not any(pattern.fullmatch(name) for pattern in meant)
    )


def _read_cell(line: _Line, name: str, cell: str) -> None:
    if not name.startswith("__"):
        line.variables[name] = cell
    elif not cell.strip():
        return
    elif match := _EXPECTED.fullmatch(name):
        line.asserts.append((match[1] or "1", assertion_of(cell.strip())))
    elif match := _CONFIG.fullmatch(name):
        line.thresholds[match[1] or "1"] = _number(line, name, cell)
    elif _MESSAGE.fullmatch(name):
        line.messages.append(cell)
    elif name.startswith(_METADATA):
        _read_metadata(line, name.removeprefix(_METADATA), cell)
    else:
        _read_setting(line, name, cell)


def _read_setting(line: _Line, name: str, cell: str) -> None:
    match name:
        case "__description":
            line.own["description"] = cell
        case "__threshold":
            line.own["threshold"] = _number(line, name, cell)
        case "__metric":
            line.metric = cell
        case "__prefix" | "__suffix":
            line.options[name] = cell
        case _:
            line.other[name] = cell


def _read_metadata(line: _Line, name: str, cell: str) -> None:
    if name == ROW_ID:
        line.key = cell.strip()
    elif name == PLAYGROUND:
        line.own.update(_own_fields(cell))
    elif name == "tags[]":
        line.own["tags"] = listed_in(cell)
    elif name.endswith("[]"):
        line.metadata[name.removesuffix("[]")] = listed_in(cell)
    else:
        line.metadata[name] = cell


def _own_fields(cell: str) -> dict[str, Any]:
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not set(value) <= {*FIELDS, OTHERS, WITHOUT}:
        raise InvalidRequest(f"The column '{_METADATA}{PLAYGROUND}' must have an object as JSON.")
    return value


def listed_in(cell: str) -> list[str]:
    """Return the texts in a cell with commas between them."""
    return [part.strip().replace("\\,", ",") for part in _COMMA.split(cell) if part.strip()]


def _number(line: _Line, name: str, cell: str) -> float:
    text = cell.strip()
    if line.comma and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidRequest(f"The column '{name}' must have a number, not '{cell[:40]}'.")
    return number


def _content_of(line: _Line, message: str) -> dict[str, Any]:
    asserts = []
    for number, assertion in line.asserts:
        threshold = line.thresholds.get(number)
        if threshold is not None:
            assertion["threshold"] = threshold
        if line.metric:
            assertion["metric"] = line.metric
        asserts.append(assertion)
    prefix, suffix = (line.options.get(name, "") for name in ("__prefix", "__suffix"))
    turns = [user_turn(text) for text in line.messages] or turns_for(line.variables, message)
    turns = [user_turn(prefix + plain_marks(turn["content"]) + suffix) for turn in turns]
    without = line.own.pop(WITHOUT, [])
    for name in without if isinstance(without, list) else []:
        if line.variables.get(name) == "":
            del line.variables[name]
    made = {"turns": turns, "variables": line.variables, "metadata": line.metadata}
    kept = {COLUMNS: line.other} if line.other else {}
    return with_own_fields(made, asserts, kept, line.own)
