"""The sheets of an Office workbook, with each cell as it is shown."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO
from xml.etree.ElementTree import Element
from xml.parsers import expat

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import ExtractionError
from assistants_app.retrieval.extract.readers.relations import OFFICE, main_part, relations
from assistants_app.retrieval.extract.readers.trees import ENTITIES, children_of_depth, local, root
from assistants_app.retrieval.extract.readers.workbooks.number_formats import (
    GENERAL,
    general,
    shown,
    shown_text,
)
from assistants_app.retrieval.extract.readers.workbooks.styles import formats_of

STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']"""
)
MOST_COLUMNS = 16_384
PIECE = 256 * 1024  # bytes
SUPERSCRIPTS = str.maketrans("0123456789+-()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱ")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook. `rows` yields its rows once; an empty row stands for any number."""

    name: str
    rows: Iterator[list[str]]


def sheets_of(archive: Archive) -> Iterator[Sheet]:
    """Yield the workbook's sheets of cells in their order, without those that nobody can unhide."""
    part = main_part(archive, "xl/workbook.xml")
    targets = relations(archive, part)
    parts = {kind: name for kind, name in targets.values()}
    with archive.open(part) as file:
        book = root(file)
    strings = _shared_strings(archive, parts.get("sharedStrings", ""))
    cells = _Cells(strings, _formats(archive, parts.get("styles", "")), _is_since_1904(book))
    for node in book.iter():
        if local(node.tag) != "sheet" or node.get("state") == "veryHidden":
            continue
        relation = node.get(f"{{{OFFICE}}}id") or node.get(f"{{{STRICT}}}id") or ""
        kind, member = targets.get(relation, ("", ""))
        if kind == "worksheet":
            name = node.get("name", "")
            hidden = node.get("state") == "hidden"
            yield Sheet(f"{name} (hidden)" if hidden else name, _rows(archive, member, cells))


def _is_since_1904(book: Element) -> bool:
    settings = (node for node in book.iter() if local(node.tag) == "workbookPr")
    return any(node.get("date1904") in ("1", "true") for node in settings)


def _formats(archive: Archive, member: str) -> list[str]:
    if member not in archive:
        return []
    with archive.open(member) as file:
        return formats_of(file.read())


def _shared_strings(archive: Archive, member: str) -> list[str]:
    if member not in archive:
        return []
    with archive.open(member) as file:
        return [_rich_text(node) for node in children_of_depth(file, 2)]


def _rich_text(node: Element) -> str:
    """Return the text of a cell with formatted parts, without the readings above its characters."""
    pieces = []
    for child in node:
        if local(child.tag) == "t":
            pieces.append(child.text or "")
        elif local(child.tag) == "r":
            text = "".join(one.text or "" for one in child if local(one.tag) == "t")
            raised = any(
                local(one.tag) == "vertAlign" and one.get("val") == "superscript"
                for one in child.iter()
            )
            pieces.append(_raised(text) if raised else text)
    return "".join(pieces)


def _raised(text: str) -> str:
    # 10 to the power of 6 must not become 106.
    marks = text.translate(SUPERSCRIPTS)
    return marks if not set(marks) & set(text) else f"^{text}"


@dataclass(frozen=True, slots=True)
class _Cells:
    strings: list[str]
    formats: list[str]
    since_1904: bool

    def shown(self, kind: str, style: str, value: str, formula: str) -> str:
        """Return what a cell shows. `kind` and `style` are its attributes t and s."""
        code = (
            self.formats[int(style)] if style.isdecimal() and int(style) < len(self.formats) else ""
        )
        if kind == "s":
            at = int(value) if value.isdecimal() else len(self.strings)
            text = self.strings[at] if at < len(self.strings) else ""
            return shown_text(text, code or GENERAL)
        if kind in ("str", "inlineStr"):
            return shown_text(value, code or GENERAL) if value else ""
        if not value:
            # Libraries write formulas without their results.
            return f"={formula}" if formula else ""
        if kind == "b":
            return "TRUE" if value in ("1", "true") else "FALSE"
        return value if kind in ("e", "d") else self._number(value, code)

    def _number(self, value: str, code: str) -> str:
        try:
            number = float(value)
            return shown(number, code, since_1904=self.since_1904) if code else general(number)
        except (ValueError, OverflowError):
            return value


def _rows(archive: Archive, member: str, cells: _Cells) -> Iterator[list[str]]:
    with archive.open(member) as file:
        merged = _merged_cells(file)
    reader = _SheetReader(cells, merged)
    with archive.open(member) as file:
        yield from reader.read(file)


def _merged_cells(file: IO[bytes]) -> dict[int, list[tuple[int, int]]]:
    """Return the columns of merged cells below their first row: first row, by last, and column."""
    found: dict[int, list[tuple[int, int]]] = {}
    rest = b""
    while piece := file.read(PIECE):
        data = rest + piece
        end = 0
        for match in MERGED.finditer(data):
            end = match.end()
            first, last = int(match[2]), int(match[4])
            if last > first:
                found.setdefault(first, []).append((last, column_number(match[1].decode())))
        rest = data[max(end, len(data) - 200) :]
    return found


def column_number(letters: str) -> int:
    """Return the index of a column, which is 0 for A."""
    number = 0
    for letter in letters[:4]:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _SheetReader:
    """Reads the XML of a sheet, of which it keeps one row at a time."""

    def __init__(self, cells: _Cells, merged: dict[int, list[tuple[int, int]]]) -> None:
        self._cells = cells
        self._merged = merged
        # Texts of merged cells that later rows show as well: last row and text, by column.
        self._held: dict[int, tuple[int, str]] = {}
        self._done: list[list[str]] = []
        self._row: list[str] = []
        self._number = 0
        self._cell: dict[str, str] = {}
        self._texts: dict[str, list[str]] = {}
        self._inside = ""
        self._skipped = 0

    def read(self, file: IO[bytes]) -> Iterator[list[str]]:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = _refuse_entity
        try:
            while piece := file.read(PIECE):
                parser.Parse(piece, False)
                yield from self._take_rows()
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ExtractionError.damaged("The sheet", error) from error
        yield from self._take_rows()

    def _take_rows(self) -> list[list[str]]:
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        handler = _STARTS.get(local(name))
        if handler:
            handler(self, local(name), attributes)

    def _start_row(self, _name: str, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        number_of_row = int(number) if number.isdecimal() else self._number + 1
        if number_of_row > self._number + 1:
            self._done.append([])
        self._number, self._row = number_of_row, []

    def _start_cell(self, _name: str, attributes: dict[str, str]) -> None:
        self._cell, self._texts = attributes, {"v": [], "f": [], "t": []}

    def _start_text(self, name: str, _attributes: dict[str, str]) -> None:
        self._inside = "" if self._skipped else name

    def _start_reading(self, _name: str, _attributes: dict[str, str]) -> None:
        self._skipped += 1

    def _text(self, text: str) -> None:
        if self._inside and self._texts:
            self._texts[self._inside].append(text)

    def _end(self, name: str) -> None:
        name = local(name)
        if name == self._inside:
            self._inside = ""
        elif name == "rPh":
            self._skipped -= 1
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()

    def _end_cell(self) -> None:
        kind, style = self._cell.get("t", "n"), self._cell.get("s", "0")
        value = "".join(self._texts["t"] if kind == "inlineStr" else self._texts["v"])
        text = self._cells.shown(kind, style, value, "".join(self._texts["f"]))
        self._texts = {}
        letters = self._cell.get("r", "").rstrip("0123456789")
        column = (
            column_number(letters) if letters.isalpha() and letters.isascii() else len(self._row)
        )
        if text and column < MOST_COLUMNS:
            self._put(column, text)
        elif not letters:
            self._row.append("")

    def _put(self, column: int, text: str) -> None:
        self._row += [""] * (column + 1 - len(self._row))
        self._row[column] = text

    def _end_row(self) -> None:
        for column, (last, text) in list(self._held.items()):
            if last < self._number:
                del self._held[column]
            elif not (column < len(self._row) and self._row[column]):
                self._put(column, text)
        for last, column in self._merged.get(self._number, ()):
            if column < len(self._row) and self._row[column]:
                self._held[column] = (last, self._row[column])
        self._done.append(self._row)
        self._row = []


_STARTS: dict[str, Callable[[_SheetReader, str, dict[str, str]], None]] = {
    "row": _SheetReader._start_row,
    "c": _SheetReader._start_cell,
    **dict.fromkeys(("v", "f", "t"), _SheetReader._start_text),
    "rPh": _SheetReader._start_reading,
}


def _refuse_entity(*_declaration: object) -> None:
    raise ExtractionError("invalid_file", ENTITIES)
