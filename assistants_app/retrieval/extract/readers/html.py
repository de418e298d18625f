"""Reader for HTML: what a visitor of the page sees, with headings, lists and tables."""

import re
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from assistants_app.retrieval.extract.document import Builder, Document, one_line
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.tables import write_table

UNSEEN = (
    "script", "style", "noscript", "template", "nav", "svg", "iframe", "object", "button", "select",
    "head", "[hidden]", "[aria-hidden=true]",
)  # fmt: skip
SPACES = re.compile(r"\s+")
BULLET = "- "
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li",
    "main", "ol", "p", "pre", "section", "summary", "table", "ul",
}  # fmt: skip


def read(path: Path, limits: Limits) -> Document:
    """Read a page, without scripts, styles, navigation and hidden elements."""
    builder = Builder(limits.characters)
    write_html(builder, read_text(path, limits), limits)
    return builder.build()


def write_html(builder: Builder, source: str, limits: Limits) -> None:
    """Add a page's text to a document."""
    tree = LexborHTMLParser(source)
    for selector in UNSEEN:
        for node in tree.css(selector):
            node.decompose()
    if tree.body is not None:
        _Page(builder, limits).write(tree.body)


class _Page:
    """Walks a page's tree and writes its blocks.

    The walk is a loop, because pages can be nested a hundred thousand levels deep.
    """

    def __init__(self, builder: Builder, limits: Limits) -> None:
        self._builder = builder
        self._limits = limits
        self._line: list[str] = []
        self._items: list[str] = []

    def write(self, body: LexborNode) -> None:
        node: LexborNode | None = body.child
        while node is not None:
            goes_in = self._write_before_children(node) and node.child is not None
            node = node.child if goes_in else self._next_node(node, body)
        self._end_all()

    def _write_before_children(self, node: LexborNode) -> bool:
        """Write what comes before the node's children. Return False if they are written too."""
        tag = node.tag or ""
        if tag == "-text":
            self._line.append(SPACES.sub(" ", node.text_content or ""))
            return False
        if tag == "br":
            self._line.append("\n")
        elif tag in HEADINGS:
            self._end_all()
            self._builder.heading(HEADINGS[tag], node.text(separator=" "))
            return False
        # A table that contains tables is layout, and is read as a sequence of blocks.
        elif tag == "table" and not node.css_first("table table"):
            self._end_all()
            write_table(self._builder, _rows_of_table(node), self._limits)
            return False
        elif tag == "pre":
            self._end_all()
            self._builder.block(node.text())
            return False
        elif tag in BLOCKS:
            self._end_line()
            if tag == "li":
                self._line[:] = [BULLET]
        elif tag in {"td", "th"}:
            self._line.append(" ")
        elif tag == "tr":
            self._end_line()
        return True

    def _next_node(self, node: LexborNode, body: LexborNode) -> LexborNode | None:
        """End the blocks that end at `node`, and return the next node of the document."""
        current: LexborNode | None = node
        while current is not None and current.mem_id != body.mem_id:
            if current.tag in BLOCKS:
                self._end_line()
            if current.next is not None:
                return current.next
            current = current.parent
        return None

    def _end_all(self) -> None:
        self._end_line()
        self._end_list()

    def _end_line(self) -> None:
        lines = (one_line(line) for line in "".join(self._line).split("\n"))
        text = "\n".join(lines).strip("\n")
        if text == BULLET.strip():
            return  # the item's text is in a block inside it, which continues this line
        self._line.clear()
        if text.startswith(BULLET):
            self._items.append(text)
        elif text:
            self._end_list()
            self._builder.block(text)

    def _end_list(self) -> None:
        if self._items:
            self._builder.block("\n".join(self._items))
            self._items.clear()


def _rows_of_table(table: LexborNode) -> list[list[str]]:
    return [[cell.text(separator=" ") for cell in row.css("td, th")] for row in table.css("tr")]
