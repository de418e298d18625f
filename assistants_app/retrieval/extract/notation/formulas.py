"""Formulas on one line: what OMML and MathML have in common."""

import re
from collections.abc import Iterable, Sequence

from assistants_app.retrieval.extract.notation.scripts import index, power

_SIMPLE = re.compile(r"[\w.,′'°%⁰-⁹¹²³ⁿⁱ₀-₉⁻]+|√\w+")
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
# The marks above letters, by the character that a file names for them.
_COMBINING = {
    "^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "¯": "\u0305", "‾": "\u0305",
    "_": "\u0332", "→": "\u20d7", "⃗": "\u20d7", "˙": "\u0307", ".": "\u0307", "¨": "\u0308",
    "ˇ": "\u030c", "˘": "\u0306", "´": "\u0301", "`": "\u0300", "-": "\u0305", "−": "\u0305",
}  # fmt: skip


def grouped(text: str) -> str:
    """Return `text` in brackets, unless it is one number, one name or in brackets already."""
    return text if _SIMPLE.fullmatch(text) or _is_bracketed(text) else f"({text})"


def _is_bracketed(text: str) -> bool:
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def fraction(above: str, below: str) -> str:
    return f"{grouped(above)}/{grouped(below)}" if below else above


def stacked(above: str, below: str) -> str:
    """Return two terms above each other without a line, such as a binomial coefficient's."""
    return f"{above} choose {below}"


def root(inside: str, degree: str = "") -> str:
    sign = _ROOTS.get(degree.strip())
    return (sign if sign else power("", degree) + "√") + grouped(inside)


def scripted(base: str, below: str = "", above: str = "") -> str:
    """Return `base` with a subscript, a superscript or both."""
    return power(index(base, below), above)


def operator(sign: str, below: str, above: str, body: str) -> str:
    """Return a sum, product or integral with its bounds."""
    return f"{scripted(sign, below, above)} {body}".strip()


def accented(base: str, mark: str) -> str:
    """Return `base` under an accent, or beside it if it is more than a letter."""
    combining = mark if "\u0300" <= mark <= "\u036f" else _COMBINING.get(mark, "")
    if combining and len(base) == 1:
        return base + combining
    return base if not mark.strip() or len(base) > 1 and combining else f"{base}{mark}"


def matrix(rows: Iterable[Sequence[str]]) -> str:
    return "[" + "; ".join(", ".join(row) for row in rows) + "]"


def joined(pieces: Iterable[tuple[str, bool]]) -> str:
    """Join the pieces of a formula. The flag marks a fraction.

    A fraction keeps a space to a digit or letter beside it: one and a half must not read as 11/2.
    """
    text, apart = "", False
    for piece, is_fraction in pieces:
        if not piece:
            continue
        before = is_fraction and text[-1:].isalnum() and piece[0].isalnum()
        after = apart and (piece[0].isalnum() or piece[0] in "√∛∜([")
        text += (" " if before or after else "") + piece
        apart = is_fraction
    return text
