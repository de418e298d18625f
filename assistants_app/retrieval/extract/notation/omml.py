"""Formulas of Office files (OMML) as one line of text."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.notation import formulas

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_GONE = {f"{W}del", f"{W}moveFrom", f"{M}ctrlPr"}


def formula(node: Element) -> str:
    """Return an ``oMath`` or ``oMathPara`` element as text, such as ``η=(a+b)/Q_in``."""
    return " ".join(_text(node).split())


def _text(node: Element | None) -> str:
    """Return the text of a node's children."""
    if node is None:
        return ""
    return formulas.joined((_piece(child), child.tag == f"{M}f") for child in node)


def _piece(node: Element) -> str:
    if node.tag in _GONE or node.tag.endswith("Pr"):
        return ""
    if node.tag in {f"{M}t", f"{W}t", f"{A}t"}:
        return node.text or ""
    if node.tag in {f"{W}br", f"{A}br"}:
        return " "
    shape = _SHAPES.get(node.tag.removeprefix(M))
    return shape(node) if shape else _text(node)


def _of(node: Element, name: str) -> str:
    return _text(node.find(f"{M}{name}"))


def _value(node: Element, name: str, default: str) -> str:
    """Return the value of one of the node's properties. Without it, the `default` applies."""
    found = node.find(f"{M}{node.tag.removeprefix(M)}Pr/{M}{name}")
    return default if found is None else found.get(f"{M}val", "")


def _fraction(node: Element) -> str:
    above, below = _of(node, "num"), _of(node, "den")
    if _value(node, "type", "bar") == "noBar":
        return formulas.stacked(above, below)
    return formulas.fraction(above, below)


def _delimited(node: Element) -> str:
    start, end = _value(node, "begChr", "("), _value(node, "endChr", ")")
    between = _value(node, "sepChr", "|")
    return start + between.join(_text(inner) for inner in node.findall(f"{M}e")) + end


def _operator(node: Element) -> str:
    sign = _value(node, "chr", "∫")
    return formulas.operator(sign, _of(node, "sub"), _of(node, "sup"), _of(node, "e"))


def _root(node: Element) -> str:
    return formulas.root(_of(node, "e"), _of(node, "deg"))


def _script(node: Element) -> str:
    return formulas.scripted(_of(node, "e"), _of(node, "sub"), _of(node, "sup"))


def _script_before(node: Element) -> str:
    return formulas.scripted("", _of(node, "sub"), _of(node, "sup")) + _of(node, "e")


def _limit(node: Element) -> str:
    below = _of(node, "lim")
    if node.tag == f"{M}limLow":
        return formulas.scripted(_of(node, "e"), below)
    return formulas.scripted(_of(node, "e"), "", below)


def _function(node: Element) -> str:
    return f"{_of(node, 'fName')} {_of(node, 'e')}".strip()


def _matrix(node: Element) -> str:
    rows = node.findall(f"{M}mr")
    return formulas.matrix([_text(cell) for cell in row.findall(f"{M}e")] for row in rows)


def _lines(node: Element) -> str:
    return "; ".join(_text(line) for line in node.findall(f"{M}e"))


def _accent(node: Element) -> str:
    return formulas.accented(_of(node, "e"), _value(node, "chr", "\u0302"))


def _bar(node: Element) -> str:
    return formulas.accented(_of(node, "e"), "_" if _value(node, "pos", "bot") == "bot" else "¯")


def _phantom(node: Element) -> str:
    return "" if _value(node, "show", "1") in {"0", "off", "false"} else _of(node, "e")


_SHAPES: dict[str, Callable[[Element], str]] = {
    "f": _fraction,
    "d": _delimited,
    "nary": _operator,
    "rad": _root,
    "sSup": _script,
    "sSub": _script,
    "sSubSup": _script,
    "sPre": _script_before,
    "limLow": _limit,
    "limUpp": _limit,
    "func": _function,
    "m": _matrix,
    "eqArr": _lines,
    "acc": _accent,
    "bar": _bar,
    "phant": _phantom,
}
