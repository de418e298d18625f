"""Text within a line of HTML: raised letters, formulas, form fields and readings."""

import re
from collections.abc import Callable, Iterator

from selectolax.lexbor import LexborNode

from assistants_app.retrieval.extract.notation import mathml
from assistants_app.retrieval.extract.notation.scripts import (
    LOWERED,
    LOWERED_END,
    RAISED,
    RAISED_END,
    rendered,
)
from assistants_app.retrieval.extract.readers.html.css import position_of

SPACES = re.compile(r"\s+")
INVISIBLE = dict.fromkeys((0xAD, 0xFEFF))
TICKED, UNTICKED, CHOSEN, UNCHOSEN = "☒", "☐", "◉", "○"
VALUES = {"text", "email", "tel", "url", "number", "date", "time", "month", "week", "search"}
VALUES |= {"", "datetime-local", "color", "range"}
BREAKS = {"br", "p", "div", "li", "tr", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "table"}


class Walk:
    """The start and the end of each node inside `top`, in the order of the document.

    Set ``goes_in`` to False after a start to pass over the node's children.
    """

    def __init__(self, top: LexborNode) -> None:
        self._top = top
        self.goes_in = True

    def __iter__(self) -> Iterator[tuple[LexborNode, bool]]:
        node: LexborNode | None = self._top.child
        while node is not None:
            self.goes_in = True
            yield node, True
            if self.goes_in and node.child is not None:
                node = node.child
                continue
            yield node, False
            while node is not None and node.next is None:
                node = node.parent
                if node is None or node.mem_id == self._top.mem_id:
                    return
                yield node, False
            node = node.next if node is not None else None


def inline_start(node: LexborNode) -> tuple[str, bool]:
    """Return the text at the start of a node of a line, and whether its children follow."""
    tag = node.tag or ""
    if tag == "-text":
        return SPACES.sub(" ", (node.text_content or "").translate(INVISIBLE)), False
    handle = _STARTS.get(tag)
    return handle(node) if handle else (_no_text(node), True)


def text_inside(node: LexborNode, *, keep_lines: bool = False) -> str:
    """Return the text of a heading, a cell or, with `keep_lines`, of preformatted text."""
    parts: list[str] = []
    for inner, is_start in (walk := Walk(node)):
        tag = inner.tag or ""
        if not is_start:
            parts.append(INLINE_END[tag](inner) if tag in INLINE_END else "")
        elif keep_lines and tag == "-text":
            parts.append((inner.text_content or "").translate(INVISIBLE))
        else:
            text, walk.goes_in = inline_start(inner)
            parts += [" " if tag in BREAKS and not keep_lines else "", text]
    return rendered("".join(parts))


def _no_text(node: LexborNode) -> str:
    return ""


def _formula(node: LexborNode) -> tuple[str, bool]:
    return mathml.formula(node), False


def _input(node: LexborNode) -> tuple[str, bool]:
    given = node.attributes
    kind = (given.get("type") or "").strip().lower()
    if kind == "checkbox":
        return f" {TICKED if 'checked' in given else UNTICKED} ", False
    if kind == "radio":
        return f" {CHOSEN if 'checked' in given else UNCHOSEN} ", False
    value = given.get("value") or ""
    return (f" {SPACES.sub(' ', value)} " if kind in VALUES else ""), False


def _textarea(node: LexborNode) -> tuple[str, bool]:
    return f" {(node.text_content or node.text()).translate(INVISIBLE)} ", False


def _apart(_node: LexborNode) -> tuple[str, bool]:
    return " ", True


def _select(node: LexborNode) -> tuple[str, bool]:
    options = node.css("option")
    chosen = [option for option in options if "selected" in option.attributes]
    if not chosen and "multiple" not in node.attributes:
        chosen = options[:1]
    return f" {', '.join(SPACES.sub(' ', one.text()).strip() for one in chosen)} ", False


def _reading(node: LexborNode) -> tuple[str, bool]:
    # Pages that put the reading in brackets for old browsers do so in elements of their own.
    return ("" if _has_brackets(node) else "("), True


def _reading_end(node: LexborNode) -> str:
    return "" if _has_brackets(node) else ")"


def _has_brackets(node: LexborNode) -> bool:
    return node.parent is not None and node.parent.css_first("rp") is not None


def _marks_of(node: LexborNode) -> tuple[str, str]:
    """Return the marks at the start and the end of raised or lowered text."""
    if node.tag == "sup":
        return RAISED, RAISED_END
    if node.tag == "sub":
        return LOWERED, LOWERED_END
    if node.tag == "a":
        given = node.attributes
        kinds = f"{given.get('epub:type') or ''} {given.get('role') or ''}"
        if "noteref" in kinds and node.css_first("sup") is None:
            return RAISED, RAISED_END
    position = position_of(node.attributes.get("style") or "")
    return _MARKS.get(position, ("", ""))


def _script(node: LexborNode) -> tuple[str, bool]:
    return _marks_of(node)[0], True


def _script_end(node: LexborNode) -> str:
    return _marks_of(node)[1]


_MARKS = {"super": (RAISED, RAISED_END), "sub": (LOWERED, LOWERED_END)}
BOXES = ("audio", "button", "canvas", "img", "meter", "progress", "video")
_STYLED = ("a", "b", "em", "font", "i", "small", "span", "strong")
_STARTS: dict[str, Callable[[LexborNode], tuple[str, bool]]] = {
    "br": lambda _: ("\n", True),
    "math": _formula,
    "input": _input,
    "select": _select,
    "rt": _reading,
    "textarea": _textarea,
    # Browsers draw these as boxes, apart from the words beside them.
    **dict.fromkeys(BOXES, _apart),
    **dict.fromkeys(("sup", "sub", *_STYLED), _script),
}
INLINE_END: dict[str, Callable[[LexborNode], str]] = {
    "rt": _reading_end,
    **dict.fromkeys(BOXES, lambda _: " "),
    **dict.fromkeys(("sup", "sub", *_STYLED), _script_end),
}
