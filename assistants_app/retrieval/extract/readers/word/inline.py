"""The text of a Word paragraph, and what hangs on it: text boxes, comments and notes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.notation.counting import counted
from assistants_app.retrieval.extract.notation.omml import M, formula
from assistants_app.retrieval.extract.notation.scripts import lowered, raised, rendered
from assistants_app.retrieval.extract.notation.symbols import symbol, without_private_use
from assistants_app.retrieval.extract.readers.word.names import (
    GONE,
    MC,
    W,
    is_on,
    number_of,
    shown_branch,
    value_of,
)
from assistants_app.retrieval.extract.readers.word.styles import Styles

SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
TICKED, UNTICKED = "☒", "☐"
PAGE_FIELDS = {"PAGE", "NUMPAGES", "SECTIONPAGES"}


@dataclass(slots=True)
class Paragraph:
    """A paragraph's text and what is anchored in it."""

    text: str = ""
    boxes: list[Element] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    numbers_pages: bool = False


class Inline:
    """Reads paragraphs in the order of the document, in which it counts the notes."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self.notes: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def read(self, node: Element) -> Paragraph:
        """Return a paragraph without deleted and hidden text."""
        walk = _Walk(self._styles, self._note_mark)
        walk.children(node)
        found = walk.found
        found.text = rendered("".join(walk.parts)).replace("\u00ad", "")
        return found

    def _note_mark(self, kind: str, key: str) -> str:
        """Return the mark of a footnote or endnote, such as ``[^1]`` or ``[^i]``."""
        mark = self.notes.get((kind, key))
        if mark is None:
            self._counts[kind] += 1
            form = "decimal" if kind == "footnotes" else "lowerRoman"
            mark = self.notes[kind, key] = f"[^{counted(self._counts[kind], form)}]"
        return mark


class _Walk:
    def __init__(self, styles: Styles, note_mark: Callable[[str, str], str]) -> None:
        self.parts: list[str] = []
        self.found = Paragraph()
        self._styles = styles
        self._note_mark = note_mark
        # For each open field: whether its code is being read, which Word does not show. A field
        # that began in another paragraph shows its result here.
        self._codes: list[bool] = []

    def children(self, node: Element) -> None:
        for child in node:
            self._visit(child)

    def _visit(self, node: Element) -> None:
        tag = node.tag
        if tag in GONE:
            return
        if tag.startswith(M):
            self._add(formula(node))
        elif tag == f"{MC}AlternateContent":
            branch = shown_branch(node)
            if branch is not None:
                self.children(branch)
        elif tag.startswith(W):
            handle = _HANDLERS.get(tag.removeprefix(W))
            if handle:
                handle(self, node)
            else:
                self.children(node)
        else:
            self.children(node)

    def _add(self, text: str) -> None:
        if not any(self._codes):
            self.parts.append(text)

    def run(self, node: Element) -> None:
        properties = node.find(f"{W}rPr")
        style = value_of(properties.find(f"{W}rStyle")) if properties is not None else ""
        if is_on(properties, "vanish") or (style and self._styles.hides(style)):
            return
        position = self._styles.position(style) if style else ""
        if properties is not None and (own := properties.find(f"{W}vertAlign")) is not None:
            position = value_of(own)
        start = len(self.parts)
        self.children(node)
        if position in {"superscript", "subscript"}:
            text = "".join(self.parts[start:])
            # The mark of a note is set apart by its brackets.
            if not text.startswith("[^"):
                self.parts[start:] = [(raised if position == "superscript" else lowered)(text)]

    def text(self, node: Element) -> None:
        self._add(without_private_use(node.text or ""))

    def sign(self, node: Element) -> None:
        self._add(SIGNS[node.tag.removeprefix(W)])

    def symbol(self, node: Element) -> None:
        code = value_of(node, "char")
        try:
            self._add(symbol(value_of(node, "font"), int(code, 16)))
        except (ValueError, OverflowError):
            return

    def ruby(self, node: Element) -> None:
        base, reading = node.find(f"{W}rubyBase"), node.find(f"{W}rt")
        if base is not None:
            self.children(base)
        if reading is not None:
            self._add("(")
            self.children(reading)
            self._add(")")

    def field_mark(self, node: Element) -> None:
        kind = value_of(node, "fldCharType")
        if kind == "begin":
            self._add(_form_value(node))
            self._codes.append(True)
        elif kind == "separate" and self._codes:
            self._codes[-1] = False
        elif kind == "end" and self._codes:
            self._codes.pop()

    def field_code(self, node: Element) -> None:
        self._see_field(node.text or "")

    def simple_field(self, node: Element) -> None:
        self._see_field(value_of(node, "instr"))
        self.children(node)

    def _see_field(self, code: str) -> None:
        words = code.split(maxsplit=1)
        self.found.numbers_pages |= bool(words) and words[0].upper() in PAGE_FIELDS

    def note(self, node: Element) -> None:
        kind = "footnotes" if node.tag == f"{W}footnoteReference" else "endnotes"
        self._add(self._note_mark(kind, value_of(node, "id")))

    def comment(self, node: Element) -> None:
        self.found.comments.append(value_of(node, "id"))

    def box(self, node: Element) -> None:
        self.found.boxes.append(node)

    def skip(self, node: Element) -> None:
        """Leave out a node that shows nothing."""


def _form_value(node: Element) -> str:
    """Return the tick or the choice of a form field of old versions of Word."""
    data = node.find(f"{W}ffData")
    if data is None:
        return ""
    box = data.find(f"{W}checkBox")
    if box is not None:
        name = "checked" if box.find(f"{W}checked") is not None else "default"
        return TICKED if is_on(box, name) else UNTICKED
    choices = data.find(f"{W}ddList")
    if choices is None:
        return ""
    entries = [value_of(entry) for entry in choices.findall(f"{W}listEntry")]
    at = number_of(choices.find(f"{W}result")) or number_of(choices.find(f"{W}default")) or 0
    return entries[at] if 0 <= at < len(entries) else ""


_HANDLERS: dict[str, Callable[[_Walk, Element], None]] = {
    "r": _Walk.run,
    "t": _Walk.text,
    "sym": _Walk.symbol,
    "ruby": _Walk.ruby,
    "fldChar": _Walk.field_mark,
    "fldSimple": _Walk.simple_field,
    "instrText": _Walk.field_code,
    "footnoteReference": _Walk.note,
    "endnoteReference": _Walk.note,
    "commentReference": _Walk.comment,
    "txbxContent": _Walk.box,
    **dict.fromkeys(("pPr", "rPr", "sdtPr", "delText", "delInstrText"), _Walk.skip),
    **dict.fromkeys(SIGNS, _Walk.sign),
}
