"""Reader for Word documents: paragraphs, headings, lists and tables in their order."""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import Builder, Document, one_line
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.relations import main_part, relations
from assistants_app.retrieval.extract.readers.tables import write_table
from assistants_app.retrieval.extract.readers.trees import children_of_depth

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
NOTES = ("footnotes", "endnotes")
BODY_DEPTH = 3  # document, body, paragraph


def read(path: Path, limits: Limits) -> Document:
    """Read a document: its body, then its footnotes and endnotes."""
    archive = Archive(path, limits)
    part = main_part(archive, "word/document.xml")
    others = relations(archive, part).values()
    styles = _Styles()
    for kind, name in others:
        if kind == "styles" and name in archive:
            styles.read(archive, name)
    builder = Builder(limits.characters)
    _Body(builder, styles, limits).write(archive, part)
    builder.reset_headings()
    for kind, name in others:
        if kind in NOTES and name in archive:
            _Body(builder, styles, limits).write(archive, name)
    return builder.build()


class _Styles:
    """The document's styles: the levels of those for headings, and those for lists."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}
        self.lists: set[str] = set()

    def read(self, archive: Archive, part: str) -> None:
        """Read a part with styles."""
        with archive.open(part) as file:
            for style in children_of_depth(file, 2):
                name, key = style.find(f"{W}name"), style.get(f"{W}styleId", "")
                title = name.get(f"{W}val", "") if name is not None else ""
                # The file has the built-in styles' English names, in all languages of Word.
                found = HEADING_NAME.fullmatch(title)
                outline = style.find(f"{W}pPr/{W}outlineLvl")
                level = int(found[1]) if found else _outline_level(outline)
                if title.lower() == "title":
                    level = 1
                if level:
                    self.levels[key] = level
                elif style.find(f"{W}pPr/{W}numPr") is not None:
                    self.lists.add(key)


def _outline_level(outline: Element | None) -> int:
    """Return the level from 1 to 9, or 0 for body text. The file counts from 0."""
    value = outline.get(f"{W}val", "9") if outline is not None else "9"
    return int(value) + 1 if value.isdigit() and int(value) < 9 else 0


class _Body:
    def __init__(self, builder: Builder, styles: _Styles, limits: Limits) -> None:
        self._builder = builder
        self._styles = styles
        self._limits = limits
        self._list: list[str] = []

    def write(self, archive: Archive, part: str) -> None:
        with archive.open(part) as file:
            for node in children_of_depth(file, BODY_DEPTH):
                self._write_node(node)
        self._end_list()

    def _write_node(self, node: Element) -> None:
        if node.tag == f"{W}tbl":
            self._end_list()
            write_table(self._builder, _rows_of_table(node), self._limits)
        elif node.tag == f"{W}p":
            self._write_paragraph(node)
        # A content control, such as a table of contents or a form's field, wraps other nodes.
        elif node.tag == f"{W}sdt":
            for inner in node.findall(f"{W}sdtContent/*"):
                self._write_node(inner)

    def _write_paragraph(self, node: Element) -> None:
        text = _text_of(node).strip()
        if not text:
            return
        properties = node.find(f"{W}pPr")
        level = self._heading_level(properties)
        depth = self._list_depth(properties)
        if level:
            self._end_list()
            self._builder.heading(level, text)
        elif depth is not None:
            self._list.append("  " * depth + "- " + one_line(text))
        else:
            self._end_list()
            self._builder.block(text)

    def _heading_level(self, properties: Element | None) -> int:
        if properties is None:
            return 0
        named = self._styles.levels.get(_style_of(properties), 0)
        return named or _outline_level(properties.find(f"{W}outlineLvl"))

    def _list_depth(self, properties: Element | None) -> int | None:
        """Return the depth of a list item from 0, or None for another paragraph."""
        if properties is None:
            return None
        numbers = properties.find(f"{W}numPr")
        if numbers is None:
            return 0 if _style_of(properties) in self._styles.lists else None
        depth = numbers.find(f"{W}ilvl")
        indent = depth.get(f"{W}val", "0") if depth is not None else "0"
        return min(8, int(indent)) if indent.isdigit() else 0

    def _end_list(self) -> None:
        if self._list:
            self._builder.block("\n".join(self._list))
            self._list.clear()


def _style_of(properties: Element) -> str:
    style = properties.find(f"{W}pStyle")
    return style.get(f"{W}val", "") if style is not None else ""


def _rows_of_table(table: Element) -> list[list[str]]:
    # Cells that are merged downwards have their text in the first row and are empty below it.
    return [[_text_of_cell(cell) for cell in row.iter(f"{W}tc")] for row in table.findall(f"{W}tr")]


def _text_of_cell(cell: Element) -> str:
    return " ".join(filter(None, (_text_of(paragraph) for paragraph in cell.iter(f"{W}p"))))


def _text_of(paragraph: Element) -> str:
    # A fallback repeats a drawing's text for old versions of Word.
    for parent in paragraph.iter():
        for fallback in parent.findall(FALLBACK):
            parent.remove(fallback)
    parts = []
    # Only text that Word shows has the tag `t`: deleted text and field codes have other tags.
    for node in paragraph.iter():
        if node.tag == f"{W}t":
            parts.append(node.text or "")
        elif node.tag.startswith(W):
            parts.append(BREAKS.get(node.tag.removeprefix(W), ""))
    return "".join(parts)
