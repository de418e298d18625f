"""Text of DrawingML, with raised letters, formulas and the numbers of lists."""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.notation.counting import counted
from assistants_app.retrieval.extract.notation.omml import M, formula
from assistants_app.retrieval.extract.notation.scripts import lowered, raised, rendered
from assistants_app.retrieval.extract.notation.symbols import without_private_use

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SCHEME = re.compile(
    r"(arabic1|arabic2|arabic|alphaLc|alphaUc|romanLc|romanUc|circleNumDb|ea1Chs|ea1Cht|ea1JpnChs|hebrew2|thaiAlpha"
    r"|thaiNum|hindiNum)(.*)"
)
FORMS = {
    "arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter",
    "romanLc": "lowerRoman", "romanUc": "upperRoman", "circleNumDb": "decimalEnclosedCircle",
    "ea1Chs": "chineseCounting", "ea1Cht": "chineseCounting", "ea1JpnChs": "japaneseCounting",
    "hebrew2": "hebrew2", "thaiAlpha": "thaiLetters", "thaiNum": "thaiNumbers",
    "hindiNum": "hindiNumbers", "arabic1": "arabicAlpha", "arabic2": "arabicAbjad",
}  # fmt: skip
AROUND = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Minus": "{}-"}


def lines_of(node: Element) -> str:
    """Return the text of a shape, with one line for each paragraph."""
    numbers = _Numbers()
    lines = []
    for paragraph in node.iter(f"{A}p"):
        text = paragraph_text(paragraph)
        if text.strip():
            lines.append(numbers.label(paragraph) + text)
    return "\n".join(lines)


def paragraph_text(paragraph: Element) -> str:
    parts: list[str] = []
    _collect(paragraph, parts)
    return rendered("".join(parts)).replace("\u00ad", "")


def _collect(node: Element, parts: list[str]) -> None:
    for child in node:
        if child.tag.startswith(M):
            parts.append(formula(child))
        elif child.tag in {f"{A}r", f"{A}fld"}:
            text = without_private_use("".join(one.text or "" for one in child.findall(f"{A}t")))
            parts.append(_position_of(child)(text))
        elif child.tag == f"{A}br":
            parts.append("\n")
        elif child.tag != f"{A}pPr":
            _collect(child, parts)


def _position_of(run: Element) -> Callable[[str], str]:
    properties = run.find(f"{A}rPr")
    # The distance from the line, in thousandths of a percent. Some writers add a percent sign.
    baseline = properties.get("baseline", "0").rstrip("%") if properties is not None else "0"
    if baseline in {"0", ""}:
        return str
    return lowered if baseline.startswith("-") else raised


class _Numbers:
    """The automatic numbers of a shape's paragraphs."""

    def __init__(self) -> None:
        self._counts: dict[int, tuple[str, int]] = {}

    def label(self, paragraph: Element) -> str:
        """Count a paragraph, and return the number before it with a space, or nothing."""
        properties = paragraph.find(f"{A}pPr")
        level = properties.get("lvl", "0") if properties is not None else "0"
        depth = int(level) if level.isdecimal() and len(level) < 3 else 0
        for deeper in [at for at in self._counts if at > depth]:
            del self._counts[deeper]
        automatic = properties.find(f"{A}buAutoNum") if properties is not None else None
        if automatic is None:
            self._counts.pop(depth, None)
            return ""
        scheme, start = automatic.get("type", ""), automatic.get("startAt", "1")
        before = self._counts.get(depth)
        first = int(start) if start.isdecimal() and len(start) < 6 else 1
        number = before[1] + 1 if before and before[0] == scheme + start else first
        self._counts[depth] = (scheme + start, number)
        return _formatted(scheme, number) + " "


def _formatted(scheme: str, number: int) -> str:
    found = SCHEME.match(scheme)
    form, around = (FORMS[found[1]], AROUND.get(found[2], "{}")) if found else ("decimal", "{}.")
    return around.format(counted(number, form))
