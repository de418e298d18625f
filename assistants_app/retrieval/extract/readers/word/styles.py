"""Styles of a Word document: headings, lists and raised or hidden letters."""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.readers.trees import children_of_depth
from assistants_app.retrieval.extract.readers.word.names import W, is_on, number_of, value_of

HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
LONGEST_CHAIN = 20  # styles that are based on each other


@dataclass(slots=True)
class Style:
    """What a style says itself. None leaves it to the style that this one is based on."""

    based_on: str = ""
    level: int | None = None
    list_id: str | None = None
    list_level: int | None = None
    position: str | None = None
    hidden: bool = False


class Styles:
    """The document's styles by their ids."""

    def __init__(self) -> None:
        self._styles: dict[str, Style] = {}

    def read(self, archive: Archive, part: str) -> None:
        """Read a part with styles."""
        with archive.open(part) as file:
            for node in children_of_depth(file, 2):
                if node.tag == f"{W}style":
                    self._styles[value_of(node, "styleId")] = _style_of(node)

    def level(self, style: str) -> int:
        """Return the heading's level of a paragraph style, or 0."""
        return next((one.level for one in self._chain(style) if one.level is not None), 0)

    def numbering(self, style: str) -> tuple[str, int | None]:
        """Return the list and the level that a paragraph style puts its paragraphs into."""
        chain = self._chain(style)
        list_id = next((one.list_id for one in chain if one.list_id is not None), "")
        return list_id, next((one.list_level for one in chain if one.list_level is not None), None)

    def position(self, style: str) -> str:
        """Return ``superscript``, ``subscript`` or nothing for a style of letters."""
        return next((one.position for one in self._chain(style) if one.position is not None), "")

    def hides(self, style: str) -> bool:
        """Return whether text in this style of letters is hidden."""
        return any(one.hidden for one in self._chain(style))

    def _chain(self, style: str) -> list[Style]:
        chain: list[Style] = []
        while style in self._styles and len(chain) < LONGEST_CHAIN:
            chain.append(self._styles[style])
            style = chain[-1].based_on
        return chain


def outline_level(outline: Element | None) -> int:
    """Return the level from 1 to 9, or 0 for body text. The file counts from 0."""
    level = number_of(outline)
    return level + 1 if level is not None and 0 <= level < 9 else 0


def _style_of(node: Element) -> Style:
    title = value_of(node.find(f"{W}name"))
    # The file has the built-in styles' English names, in all languages of Word.
    found = HEADING_NAME.fullmatch(title)
    outline = node.find(f"{W}pPr/{W}outlineLvl")
    level = int(found[1]) if found else None
    if level is None and outline is not None:
        level = outline_level(outline)
    if title.lower() == "title":
        level = 1
    numbers = node.find(f"{W}pPr/{W}numPr")
    letters = node.find(f"{W}rPr")
    raised = letters.find(f"{W}vertAlign") if letters is not None else None
    return Style(
        based_on=value_of(node.find(f"{W}basedOn")),
        level=level,
        list_id=value_of(numbers.find(f"{W}numId")) or None if numbers is not None else None,
        list_level=number_of(numbers.find(f"{W}ilvl")) if numbers is not None else None,
        position=value_of(raised) if raised is not None else None,
        hidden=is_on(letters, "vanish"),
    )
