"""Word documents: paragraphs, headings, lists and tables in their order."""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import Builder, Document, one_line
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.relations import main_part, relations
from assistants_app.retrieval.extract.tables import write_table
from assistants_app.retrieval.extract.trees import children_of_depth

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
NOTES = ("footnotes", "endnotes")
BODY_DEPTH = 3  # document, body, paragraph


def read(path: Path, limits: Limits) -> Document:
    """The body, then foot- and endnotes."""
    archive = Archive(path, limits)
    part = main_part(archive, "word/document.xml")
    others = relations(archive, part).values()
    levels: dict[str, int] = {}
    for kind, name in others:
        if kind == "styles" and name in archive:
            levels = _heading_levels(archive, name)
    builder = Builder(limits.characters)
    _Body(builder, levels, limits).write(archive, part)
    builder.reset_headings()
    for kind, name in others:
        if kind in NOTES and name in archive:
            _Body(builder, {}, limits).write(archive, name)
    return builder.build()


def _heading_levels(archive: Archive, part: str) -> dict[str, int]:
    """Style id -> level, from its outline level or its English name, which all languages keep."""
    levels = {}
    with archive.open(part) as file:
        for style in children_of_depth(file, 2):
            name = style.find(f"{W}name")
            outline = style.find(f"{W}pPr/{W}outlineLvl")
            title = name.get(f"{W}val", "") if name is not None else ""
            level = _level(outline)
            if found := HEADING_NAME.fullmatch(title):
                level = int(found[1])
            elif title.lower() == "title":
                level = 1
            if level:
                levels[style.get(f"{W}styleId", "")] = level
    return levels


def _level(outline: Element | None) -> int:
    """1 to 9, or 0 for body text."""
    value = outline.get(f"{W}val", "9") if outline is not None else "9"
    return int(value) + 1 if value.isdigit() and int(value) < 9 else 0


class _Body:
    def __init__(self, builder: Builder, levels: dict[str, int], limits: Limits) -> None:
        self._builder = builder
        self._levels = levels
        self._limits = limits
        self._list: list[str] = []

    def write(self, archive: Archive, part: str) -> None:
        with archive.open(part) as file:
            for node in children_of_depth(file, BODY_DEPTH):
                self._node(node)
        self._end_list()

    def _node(self, node: Element) -> None:
        if node.tag == f"{W}tbl":
            self._end_list()
            write_table(self._builder, _rows(node), self._limits)
        elif node.tag == f"{W}p":
            self._paragraph(node)
        elif node.tag == f"{W}sdt":
            for inner in node.findall(f"{W}sdtContent/*"):
                self._node(inner)

    def _paragraph(self, node: Element) -> None:
        text = _text(node).strip()
        if not text:
            return
        properties = node.find(f"{W}pPr")
        level = self._heading(properties)
        if level:
            self._end_list()
            self._builder.heading(level, text)
        elif properties is not None and (numbers := properties.find(f"{W}numPr")) is not None:
            depth = numbers.find(f"{W}ilvl")
            indent = depth.get(f"{W}val", "0") if depth is not None else "0"
            mark = "  " * min(8, int(indent) if indent.isdigit() else 0) + "- "
            self._list.append(mark + one_line(text))
        else:
            self._end_list()
            self._builder.block(text)

    def _heading(self, properties: Element | None) -> int:
        if properties is None:
            return 0
        style = properties.find(f"{W}pStyle")
        named = self._levels.get(style.get(f"{W}val", ""), 0) if style is not None else 0
        return named or _level(properties.find(f"{W}outlineLvl"))

    def _end_list(self) -> None:
        if self._list:
            self._builder.block("\n".join(self._list))
            self._list.clear()


def _rows(table: Element) -> list[list[str]]:
    """Cells of a merged column stay empty below its first row."""
    return [[_cell(cell) for cell in row.iter(f"{W}tc")] for row in table.findall(f"{W}tr")]


def _cell(cell: Element) -> str:
    return " ".join(filter(None, (_text(paragraph) for paragraph in cell.iter(f"{W}p"))))


def _text(paragraph: Element) -> str:
    """What is shown: deleted text and field codes have other tags."""
    for parent in paragraph.iter():
        for fallback in parent.findall(FALLBACK):
            parent.remove(fallback)
    parts = []
    for node in paragraph.iter():
        if node.tag == f"{W}t":
            parts.append(node.text or "")
        elif node.tag.startswith(W):
            parts.append(BREAKS.get(node.tag.removeprefix(W), ""))
    return "".join(parts)
