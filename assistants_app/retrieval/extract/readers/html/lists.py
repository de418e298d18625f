"""Labels of the items of HTML's lists: bullets, numbers, letters, nested in each other."""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from assistants_app.retrieval.extract.notation.counting import LARGEST, STYLES

BULLET = "-"
LONGEST_LABEL = 60  # characters
DEEPEST_INDENT = 8
STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([^;]+)", re.IGNORECASE)
NUMBER = re.compile(r"\s*([+-]?\d{1,9})")


@dataclass(slots=True)
class _List:
    ordered: bool
    style: str = ""
    number: int = 0
    step: int = 1


class Lists:
    """The lists that are open at a place of a page, and the label of the item that begins there."""

    def __init__(self) -> None:
        self._open: list[_List] = []
        self._label: str | None = None

    def start(self, node: LexborNode) -> None:
        """See the start of a block."""
        if node.tag in {"ol", "ul", "menu"}:
            self._open.append(_list_of(node))
        elif node.tag == "li":
            self._start_item(node)

    def end(self, node: LexborNode) -> None:
        """See the end of a block."""
        if node.tag in {"ol", "ul", "menu"} and self._open:
            self._open.pop()
        elif node.tag == "li":
            self._label = None

    def take_label(self) -> str | None:
        """Return the indent and label of the item whose text comes next, once, or None."""
        label, self._label = self._label, None
        if label is None:
            return None
        depth = min(DEEPEST_INDENT, max(0, len(self._open) - 1))
        return "  " * depth + label + " "

    def _start_item(self, node: LexborNode) -> None:
        around = self._open[-1] if self._open else _List(ordered=False)
        label = _next_label(around, node)
        # An item that only contains a list has no line of its own for its number.
        waiting = self._label
        if waiting and waiting != BULLET and len(waiting) < LONGEST_LABEL:
            label = f"{waiting} {label}"
        self._label = label


def _list_of(node: LexborNode) -> _List:
    given = node.attributes
    found = STYLE.search(given.get("style") or "")
    words = found[1].split() if found else []
    # CSS goes before the attribute.
    style = next((word for word in words if word in STYLES), given.get("type") or "")
    if node.tag != "ol":
        return _List(ordered=style in STYLES and bool(words), style=style, number=1)
    backwards = "reversed" in given
    start = _number(given.get("start"))
    if start is None:
        start = sum(child.tag == "li" for child in node.iter()) if backwards else 1
    return _List(ordered=True, style=style, number=start, step=-1 if backwards else 1)


def _next_label(around: _List, node: LexborNode) -> str:
    value = _number(node.attributes.get("value"))
    if not around.ordered:
        return BULLET
    number = around.number if value is None else value
    around.number = number + around.step
    style = node.attributes.get("type") or around.style
    count = STYLES.get(style, str)
    return f"{count(number) if 0 < number <= LARGEST else number}."


def _number(value: str | None) -> int | None:
    found = NUMBER.match(value or "")
    return int(found[1]) if found else None
