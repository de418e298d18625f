"""Workbooks: each sheet as a table under its name."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import Builder, Document, ExtractionError
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.tables import write_table


def read(path: Path, limits: Limits) -> Document:
    """Values as they are computed; charts and macros have no text. A sheet is a page."""
    Archive(path, limits)
    try:
        book = CalamineWorkbook.from_path(str(path))
        builder = Builder(limits.characters)
        for builder.page, name in enumerate(book.sheet_names, 1):
            builder.heading(1, name)
            write_table(builder, _rows(book, name), limits)
    except PasswordError as error:
        raise ExtractionError("invalid_file", "The file is protected by a password.") from error
    except CalamineError as error:
        raise ExtractionError.damaged("The file", error) from error
    return builder.build(len(book.sheet_names))


def _rows(book: CalamineWorkbook, name: str) -> Iterator[list[str]]:
    for row in book.get_sheet_by_name(name).iter_rows():
        yield [_value(cell) for cell in row]


def _value(cell: Any) -> str:
    """Whole numbers without a fraction, midnight without a time."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)
