"""Writes the blocks of a Word document: paragraphs, headings, lists and tables in their order."""

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import Builder, one_line
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.tables import write_table
from assistants_app.retrieval.extract.readers.trees import children_of_depth
from assistants_app.retrieval.extract.readers.word.inline import Inline, Paragraph
from assistants_app.retrieval.extract.readers.word.names import (
    GONE,
    MC,
    W,
    number_of,
    shown_branch,
    value_of,
)
from assistants_app.retrieval.extract.readers.word.numbering import Numbering
from assistants_app.retrieval.extract.readers.word.styles import Styles, outline_level

BODY_DEPTH = 3  # document, body, paragraph
WIDEST_SPAN = 63  # columns; Word allows no more
WRAPPERS = {f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}moveTo", f"{W}smartTag"}


class Body:
    """Writes blocks to a builder, in the order in which they are read."""

    def __init__(
        self,
        builder: Builder,
        limits: Limits,
        styles: Styles,
        numbering: Numbering,
        inline: Inline,
    ) -> None:
        self._builder = builder
        self._limits = limits
        self._styles = styles
        self._numbering = numbering
        self._inline = inline
        self._list: list[str] = []
        # What hangs on the block that is being written, and follows it.
        self._boxes: list[Element] = []
        self._comments: list[str] = []
        # Text of a paragraph whose end was deleted: it continues in the next paragraph.
        self._open = ""
        self.comments: dict[str, str] = {}
        self.write_import: Callable[[Element], None] = lambda _: None

    def write_part(self, archive: Archive, part: str) -> None:
        """Write a part whose blocks are at the depth of the document's."""
        with archive.open(part) as file:
            for node in children_of_depth(file, BODY_DEPTH):
                self.write(node)
        self.end()

    def write(self, node: Element) -> None:
        """Write a node of the document's flow."""
        if node.tag == f"{W}p":
            self._write_paragraph(node)
        elif node.tag == f"{W}tbl":
            self._write_table(node)
        elif node.tag in WRAPPERS:
            # A content control, such as a table of contents or a form's field, wraps other nodes.
            for inner in node:
                self.write(inner)
        elif node.tag == f"{MC}AlternateContent":
            branch = shown_branch(node)
            for inner in branch if branch is not None else ():
                self.write(inner)
        elif node.tag == f"{W}altChunk":
            self.end()
            self.write_import(node)

    def end(self) -> None:
        """Write what is still held back."""
        self._end_list()

    def _write_paragraph(self, node: Element) -> None:
        found = self._inline.read(node)
        properties = node.find(f"{W}pPr")
        self._hold(found)
        if properties is not None and properties.find(f"{W}rPr/{W}del") is not None:
            self._open += found.text
            return
        text, self._open = (self._open + found.text).strip(), ""
        if text:
            self._write_text(text, properties)
        elif self._boxes and not self._list:
            self._end_list()

    def _write_text(self, text: str, properties: Element | None) -> None:
        level, (label, depth) = self._heading_level(properties), self._label(properties)
        if level:
            self._write_block(lambda: self._builder.heading(level, f"{label or ''} {text}".strip()))
        elif label is not None:
            indent = "  " * depth
            self._list.append(indent + f"{label} {one_line(text)}".strip())
        else:
            self._write_block(lambda: self._builder.block(text))

    def _write_block(self, write: Callable[[], None]) -> None:
        boxes, self._boxes = self._boxes, []
        comments, self._comments = self._comments, []
        self._end_list()
        write()
        self._write_anchored(boxes, comments)

    def _label(self, properties: Element | None) -> tuple[str | None, int]:
        """Return what stands before a list's paragraph, and its depth. None is for no list."""
        place = self._numbering.place_of(properties)
        return (self._numbering.label(*place), place[1]) if place else (None, 0)

    def _heading_level(self, properties: Element | None) -> int:
        if properties is None:
            return 0
        named = self._styles.level(value_of(properties.find(f"{W}pStyle")))
        return named or outline_level(properties.find(f"{W}outlineLvl"))

    def _end_list(self) -> None:
        boxes, self._boxes = self._boxes, []
        comments, self._comments = self._comments, []
        if self._list:
            self._builder.block("\n".join(self._list))
            self._list.clear()
        self._write_anchored(boxes, comments)

    def _hold(self, found: Paragraph) -> None:
        self._boxes += found.boxes
        self._comments += found.comments

    def _write_anchored(self, boxes: list[Element], comments: list[str]) -> None:
        for key in comments:
            self._builder.block(self.comments.pop(key, ""))
        for box in boxes:
            for node in box:
                self.write(node)
            self._end_list()

    def _write_table(self, table: Element) -> None:
        self._end_list()
        if table.find(f".//{W}tbl") is None:
            write_table(self._builder, map(self._cells, _rows_of(table)), self._limits)
            self._end_list()
            return
        # A table that contains tables is layout, and is read as a sequence of blocks.
        for row in _rows_of(table):
            self._write_row_of_blocks(row)

    def _write_row_of_blocks(self, row: Element) -> None:
        simple: list[str] = []
        for cell in _found(row, f"{W}tc"):
            if cell.find(f".//{W}tbl") is None:
                simple += [self._text_of_cell(cell)]
                continue
            write_table(self._builder, [simple], self._limits)
            simple = []
            for node in cell:
                self.write(node)
            self._end_list()
        write_table(self._builder, [simple], self._limits)
        self._end_list()

    def _cells(self, row: Element) -> list[str]:
        # Cells that are merged downwards have their text in the first row and are empty below it.
        cells = [""] * _span(row.find(f"{W}trPr/{W}gridBefore"), 0)
        for cell in _found(row, f"{W}tc"):
            cells.append(self._text_of_cell(cell))
            cells += [""] * (_span(cell.find(f"{W}tcPr/{W}gridSpan"), 1) - 1)
        return cells

    def _text_of_cell(self, cell: Element) -> str:
        texts = []
        for node in _found(cell, f"{W}p"):
            found = self._inline.read(node)
            self._hold(found)
            text = found.text.strip()
            label = self._label(node.find(f"{W}pPr"))[0] if text else None
            texts.append(f"{label} {text}" if label else text)
        return " ".join(filter(None, texts))


def _rows_of(table: Element) -> Iterator[Element]:
    for row in _found(table, f"{W}tr"):
        if row.find(f"{W}trPr/{W}del") is None:
            yield row


def _found(node: Element, tag: str) -> Iterator[Element]:
    """Yield the children with this tag, also inside content controls and tracked changes."""
    for child in node:
        if child.tag == tag:
            yield child
        elif child.tag in WRAPPERS and child.tag not in GONE:
            yield from _found(child, tag)


def _span(node: Element | None, least: int) -> int:
    return max(least, min(WIDEST_SPAN, number_of(node) or least))
