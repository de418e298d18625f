"""Automatic numbers of a Word document: what stands before each paragraph of a list."""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.notation.counting import counted
from assistants_app.retrieval.extract.readers.trees import children_of_depth
from assistants_app.retrieval.extract.readers.word.names import MC, W, is_on, number_of, value_of
from assistants_app.retrieval.extract.readers.word.styles import Styles

DEEPEST = 8  # levels are counted from 0
LONGEST_LABEL = 80  # characters
PLACE = re.compile(r"%([1-9])")
BULLET = "-"


@dataclass(slots=True)
class Level:
    """How one level of a list is numbered."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    # The level after which this one starts again. None means any level above it; -1 means never.
    restart: int | None = None
    style: str = ""
    legal: bool = False
    zeros: int = 0


@dataclass(slots=True)
class Scheme:
    """The levels of a list, and the numbers that they have reached."""

    levels: dict[int, Level] = field(default_factory=dict)
    linked_style: str = ""
    counts: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class List:
    """A use of a scheme, possibly with starts and levels of its own."""

    scheme: str
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)


class Numbering:
    """Numbers the paragraphs in the order in which they come."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._schemes: dict[str, Scheme] = {}
        self._lists: dict[str, List] = {}

    def read(self, archive: Archive, part: str) -> None:
        """Read a part with numbering definitions."""
        with archive.open(part) as file:
            for node in children_of_depth(file, 2):
                if node.tag == f"{W}abstractNum":
                    self._schemes[value_of(node, "abstractNumId")] = _scheme_of(node)
                elif node.tag == f"{W}num":
                    self._lists[value_of(node, "numId")] = _list_of(node)

    def place_of(self, properties: Element | None) -> tuple[str, int] | None:
        """Return the list and the level of a paragraph, or None outside of lists."""
        if properties is None:
            return None
        style = value_of(properties.find(f"{W}pStyle"))
        numbers = properties.find(f"{W}numPr")
        list_id = value_of(numbers.find(f"{W}numId")) if numbers is not None else ""
        level = number_of(numbers.find(f"{W}ilvl")) if numbers is not None else None
        if not list_id:
            list_id, own = self._styles.numbering(style)
            if level is None:
                level = own if own is not None else self._level_of_style(list_id, style)
        # 0 takes a paragraph out of the list that its style puts it into.
        return (list_id, max(0, min(DEEPEST, level or 0))) if list_id not in {"", "0"} else None

    def label(self, list_id: str, level: int) -> str:
        """Count one more paragraph of a list, and return what Word shows before it."""
        one = self._lists.get(list_id)
        scheme = self._scheme(one) if one else None
        if one is None or scheme is None:
            return BULLET  # the file does not say how this list is numbered
        self._count(one, scheme, level)
        shown = _level(one, scheme, level)
        if shown.form == "bullet":
            return BULLET

        def number(place: re.Match[str]) -> str:
            at = int(place[1]) - 1
            above = _level(one, scheme, at)
            count = scheme.counts.get(at, one.starts.get(at, above.start))
            form = "decimal" if shown.legal and at < level and above.form != "none" else above.form
            return counted(count, form).rjust(above.zeros, "0")

        return PLACE.sub(number, shown.text).strip()[:LONGEST_LABEL]

    def _scheme(self, one: List) -> Scheme | None:
        scheme = self._schemes.get(one.scheme)
        if scheme and scheme.linked_style and not scheme.levels:
            # The levels are those of the list that a numbering style names.
            linked = self._lists.get(self._styles.numbering(scheme.linked_style)[0])
            scheme = self._schemes.get(linked.scheme) if linked else scheme
        return scheme

    def _level_of_style(self, list_id: str, style: str) -> int:
        one = self._lists.get(list_id)
        scheme = self._scheme(one) if one else None
        levels = scheme.levels.items() if scheme else ()
        return next((at for at, level in levels if level.style == style), 0)

    @staticmethod
    def _count(one: List, scheme: Scheme, level: int) -> None:
        # Lists of one scheme continue each other, except where a list has a start of its own.
        if level in one.starts and level not in one.begun:
            scheme.counts.pop(level, None)
        one.begun.add(level)
        start = one.starts.get(level, _level(one, scheme, level).start)
        scheme.counts[level] = scheme.counts[level] + 1 if level in scheme.counts else start
        for below in [at for at in scheme.counts if at > level]:
            restart = _level(one, scheme, below).restart
            if restart is None or level < restart:
                del scheme.counts[below]


def _level(one: List, scheme: Scheme, at: int) -> Level:
    return one.levels.get(at) or scheme.levels.get(at) or Level()


def _scheme_of(node: Element) -> Scheme:
    levels = {number_of(one, "ilvl") or 0: _level_of(one) for one in node.findall(f"{W}lvl")}
    return Scheme(levels, value_of(node.find(f"{W}numStyleLink")))


def _list_of(node: Element) -> List:
    made = List(value_of(node.find(f"{W}abstractNumId")))
    for override in node.findall(f"{W}lvlOverride"):
        at = number_of(override, "ilvl") or 0
        start = number_of(override.find(f"{W}startOverride"))
        if start is not None:
            made.starts[at] = start
        if (level := override.find(f"{W}lvl")) is not None:
            made.levels[at] = _level_of(level)
    return made


def _level_of(node: Element) -> Level:
    start = number_of(node.find(f"{W}start"))
    form = node.find(f"{W}numFmt")
    custom = node.find(f"{MC}AlternateContent/{MC}Choice/{W}numFmt")
    if form is None:
        form = node.find(f"{MC}AlternateContent/{MC}Fallback/{W}numFmt")
    restart = number_of(node.find(f"{W}lvlRestart"))
    # Formats such as "001, 002, 003, ..." have a fixed number of digits.
    example = value_of(custom, "format").partition(",")[0].strip()
    return Level(
        # A level without a start begins at 0.
        start=start if start is not None else 0,
        form=value_of(form) or "decimal",
        text=value_of(node.find(f"{W}lvlText")),
        restart=restart if restart is None or restart > 0 else -1,
        style=value_of(node.find(f"{W}pStyle")),
        legal=is_on(node, "isLgl"),
        zeros=len(example) if example.isdecimal() and len(example) < 10 else 0,
    )
