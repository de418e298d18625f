"""Reader for workbooks: each sheet as a table under its name."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from assistants_app.retrieval.extract.archive import OLE, Archive
from assistants_app.retrieval.extract.document import (
    PASSWORD_PROTECTED,
    Builder,
    Document,
    ExtractionError,
)
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.tables import write_table
from assistants_app.retrieval.extract.readers.workbooks import ods, xlsx
from assistants_app.retrieval.extract.readers.workbooks.number_formats import general
from assistants_app.retrieval.extract.readers.workbooks.xlsx import Sheet


def read(path: Path, limits: Limits) -> Document:
    """Read a workbook, with each sheet as a page.

    Cells have what they show. Charts and macros are left out.
    """
    builder = Builder(limits.characters)
    pages = 0
    for pages, sheet in enumerate(_sheets(path, limits), 1):
        builder.page = pages
        builder.heading(1, sheet.name)
        write_table(builder, sheet.rows, limits)
    return builder.build(pages)


def _sheets(path: Path, limits: Limits) -> Iterator[Sheet]:
    with path.open("rb") as file:
        start = file.read(len(OLE))
    if start == OLE:
        return _old_sheets(path)
    archive = Archive(path, limits)
    if ods.CONTENT in archive:
        return ods.sheets_of(archive)
    if "xl/workbook.bin" in archive:
        return _old_sheets(path)
    return xlsx.sheets_of(archive)


def _old_sheets(path: Path) -> Iterator[Sheet]:
    """Yield the sheets of .xls and .xlsb files, whose number formats no library gives away."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            yield Sheet(name, _rows_of_sheet(book, name))
    except PasswordError as error:
        raise ExtractionError("invalid_file", PASSWORD_PROTECTED) from error
    except CalamineError as error:
        raise ExtractionError(
            "invalid_file",
            "The file is password-protected or damaged. Save it without a password as .xlsx.",
        ) from error


def _rows_of_sheet(book: CalamineWorkbook, name: str) -> Iterator[list[str]]:
    for row in book.get_sheet_by_name(name).iter_rows():
        yield [_as_shown(cell) for cell in row]


def _as_shown(cell: Any) -> str:
    # calamine gives every number as a float and a date as its midnight. People see "10" and
    # "2024-05-01".
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return general(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.timedelta):
        minutes, seconds = divmod(int(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return str(cell)
