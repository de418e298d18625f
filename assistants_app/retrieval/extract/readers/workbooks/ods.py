"""The sheets of an OpenDocument spreadsheet, whose cells keep the text that they show."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import PASSWORD_PROTECTED, ExtractionError
from assistants_app.retrieval.extract.readers.trees import events, local
from assistants_app.retrieval.extract.readers.workbooks.xlsx import MOST_COLUMNS, Sheet

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
NOT_SHOWN = {"annotation", "shapes"}
VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")
# Repeated rows with text are formulas filled down. More of them only fill the sheet.
MOST_REPEATS = 1000


def sheets_of(archive: Archive) -> Iterator[Sheet]:
    """Yield the spreadsheet's sheets in their order. Each one's rows are read before the next."""
    if MANIFEST in archive:
        with archive.open(MANIFEST) as file:
            if b"encryption-data" in file.read():
                raise ExtractionError("invalid_file", PASSWORD_PROTECTED)
    with archive.open(CONTENT) as file:
        stream = events(file)
        for event, node, _ in stream:
            if event == "start" and local(node.tag) == "table":
                yield Sheet(_attribute(node, "name"), _rows(stream, node))


def _rows(stream: Iterator[tuple[str, Element, int]], table: Element) -> Iterator[list[str]]:
    for event, node, _ in stream:
        if event != "end":
            continue
        if node is table:
            table.clear()
            return
        if local(node.tag) == "table-row":
            row, times = _cells(node), _attribute(node, "number-rows-repeated")
            node.clear()
            repeats = int(times) if row and times.isdecimal() else 1
            yield from [row] * min(repeats, MOST_REPEATS)


def _cells(row: Element) -> list[str]:
    cells: list[str] = []
    for node in row:
        if local(node.tag) not in ("table-cell", "covered-table-cell"):
            continue
        times = _attribute(node, "number-columns-repeated")
        count = min(int(times), MOST_COLUMNS - len(cells)) if times.isdecimal() else 1
        cells += [_cell_text(node)] * count
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell_text(cell: Element) -> str:
    lines = [_paragraph(node) for node in cell if local(node.tag) == "p"]
    if lines:
        return "\n".join(lines)
    # Some libraries write the value alone.
    values = (_attribute(cell, name) for name in VALUES)
    return next((value for value in values if value), "")


def _paragraph(node: Element) -> str:
    pieces = [node.text or ""]
    for child in node:
        name = local(child.tag)
        if name == "s":
            pieces.append(" " * min(int(_attribute(child, "c") or 1), 100))
        elif name in ("tab", "line-break"):
            pieces.append(" ")
        elif name not in NOT_SHOWN and name != "ruby-text":
            pieces.append(_paragraph(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _attribute(node: Element, name: str) -> str:
    return next((value for key, value in node.items() if local(key) == name), "")
