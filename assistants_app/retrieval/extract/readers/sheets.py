"""Reader for workbooks: each sheet as a table under its name."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import (
    PASSWORD_PROTECTED,
    Builder,
    Document,
    ExtractionError,
)
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.tables import write_table


def read(path: Path, limits: Limits) -> Document:
    """Read a workbook, with each sheet as a page.

    Cells have their computed values. Charts and macros are left out.
    """
    # calamine opens the file itself. This line refuses archives that are locked or too large.
    Archive(path, limits)
    try:
        book = CalamineWorkbook.from_path(str(path))
        builder = Builder(limits.characters)
        for builder.page, name in enumerate(book.sheet_names, 1):
            builder.heading(1, name)
            write_table(builder, _rows_of_sheet(book, name), limits)
    except PasswordError as error:
        raise ExtractionError("invalid_file", PASSWORD_PROTECTED) from error
    except CalamineError as error:
        raise ExtractionError.damaged("The file", error) from error
    return builder.build(len(book.sheet_names))


def _rows_of_sheet(book: CalamineWorkbook, name: str) -> Iterator[list[str]]:
    for row in book.get_sheet_by_name(name).iter_rows():
        yield [_as_shown(cell) for cell in row]


def _as_shown(cell: Any) -> str:
    # calamine gives every number as a float and a date as its midnight. People see "10" and
    # "2024-05-01".
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)
