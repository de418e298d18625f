"""Formulas of web pages and books (MathML) as one line of text."""

from collections.abc import Callable, Iterator

from selectolax.lexbor import LexborNode

from assistants_app.retrieval.extract.notation import formulas

DEEPEST = 100
_OPERATORS = "∑∏∐∫∬∭∮⋃⋂⨁⨂"
# Characters that say how a formula is spoken and show nothing: function, times, comma, plus.
_INVISIBLE = dict.fromkeys(range(0x2061, 0x2065))
_SKIPPED = {"annotation", "annotation-xml", "mphantom", "none", "mprescripts", "maligngroup"}


def formula(node: LexborNode) -> str:
    """Return a ``math`` element as text, such as ``E=mc²``."""
    return " ".join(_row(node, 0).split())


def _children(node: LexborNode) -> list[LexborNode]:
    return [
        child for child in node.iter(include_text=True) if child.tag and child.tag[0] not in "!_"
    ]


def _row(node: LexborNode, depth: int) -> str:
    if depth > DEEPEST:
        return node.text() or ""
    return formulas.joined(_pieces(node, depth))


def _pieces(node: LexborNode, depth: int) -> Iterator[tuple[str, bool]]:
    for child in _children(node):
        yield _piece(child, depth), child.tag == "mfrac"


def _piece(node: LexborNode, depth: int) -> str:
    tag = node.tag or ""
    if tag == "-text":
        return " ".join((node.text_content or "").translate(_INVISIBLE).split())
    if tag in _SKIPPED:
        return ""
    if tag == "mspace":
        return " "
    if tag == "mtext":
        return (node.text() or "").translate(_INVISIBLE)
    shape = _SHAPES.get(tag)
    if shape is None:
        return _row(node, depth + 1)
    parts = [
        _piece(child, depth + 1) for child in _children(node) if child.tag not in {"-text", "none"}
    ]
    return shape(parts + [""] * 3, node)


def _over(parts: list[str], node: LexborNode) -> str:
    base, above = parts[0], parts[1]
    if base in set(_OPERATORS) or base.startswith("lim"):
        return formulas.scripted(base, "", above)
    is_mark = len(above) == 1 and not above.isalnum()
    return formulas.accented(base, above) if is_mark else formulas.scripted(base, "", above)


def _under(parts: list[str], node: LexborNode) -> str:
    base, below = parts[0], parts[1]
    if len(below) == 1 and not below.isalnum():
        return formulas.accented(base, "_") if below in "_‾¯" else f"{base}{below}"
    return formulas.scripted(base, below)


def _fraction(parts: list[str], node: LexborNode) -> str:
    line = (node.attributes.get("linethickness") or "1").strip()
    return (formulas.stacked if line.startswith("0") else formulas.fraction)(parts[0], parts[1])


def _fenced(parts: list[str], node: LexborNode) -> str:
    given = node.attributes
    start, end = given.get("open"), given.get("close")
    between = (given.get("separators") or ",").strip()[:1]
    inside = between.join(part for part in parts if part)
    return ("(" if start is None else start) + inside + (")" if end is None else end)


def _table(parts: list[str], node: LexborNode) -> str:
    rows = [
        [_row(cell, 1) for cell in _children(row) if cell.tag == "mtd"]
        for row in _children(node)
        if row.tag in {"mtr", "mlabeledtr"}
    ]
    return (
        "; ".join(row[0] for row in rows)
        if all(len(r) == 1 for r in rows)
        else (formulas.matrix(rows))
    )


def _root(parts: list[str], node: LexborNode) -> str:
    return formulas.root(parts[0], parts[1])


def _square_root(parts: list[str], node: LexborNode) -> str:
    return formulas.root("".join(parts))


_SHAPES: dict[str, Callable[[list[str], LexborNode], str]] = {
    "mfrac": _fraction,
    "msup": lambda parts, _: formulas.scripted(parts[0], "", parts[1]),
    "msub": lambda parts, _: formulas.scripted(parts[0], parts[1]),
    "msubsup": lambda parts, _: formulas.scripted(parts[0], parts[1], parts[2]),
    "munderover": lambda parts, _: formulas.scripted(parts[0], parts[1], parts[2]),
    "mmultiscripts": lambda parts, _: formulas.scripted(parts[0], parts[1], parts[2]),
    "mover": _over,
    "munder": _under,
    "mroot": _root,
    "msqrt": _square_root,
    "mfenced": _fenced,
    "mtable": _table,
}
