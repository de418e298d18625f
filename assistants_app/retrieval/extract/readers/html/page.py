"""Reader for HTML: what a visitor of the page sees, with headings, lists and tables."""

from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from assistants_app.retrieval.extract.document import (
    Builder,
    Document,
    ExtractionError,
    one_line,
)
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.notation.scripts import rendered
from assistants_app.retrieval.extract.readers.html.css import apply_sheets, is_undisplayed
from assistants_app.retrieval.extract.readers.html.inline import (
    INLINE_END,
    Walk,
    inline_start,
    text_inside,
)
from assistants_app.retrieval.extract.readers.html.lists import Lists
from assistants_app.retrieval.extract.readers.html.source import (
    MOST_WORK,
    as_html,
    parsing_work,
)
from assistants_app.retrieval.extract.readers.tables import write_table

UNSEEN = (
    "script", "style", "noscript", "template", "nav", "svg", "iframe", "object", "datalist",
    "head", "[hidden]", "[aria-hidden=true]",
)  # fmt: skip
TITLE_LEVEL = 0  # above all headings
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li",
    "main", "menu", "ol", "p", "pre", "section", "summary", "table", "ul",
}  # fmt: skip
WIDEST_SPAN, HIGHEST_SPAN = 100, 1000


def read(path: Path, limits: Limits) -> Document:
    """Read a page, without scripts, styles, navigation and hidden elements."""
    builder = Builder(limits.characters)
    write_html(builder, read_text(path, limits), limits, with_title=True)
    return builder.build()


def write_html(
    builder: Builder,
    source: str,
    limits: Limits,
    *,
    xml: bool = False,
    sheets: str = "",
    with_title: bool = False,
) -> None:
    """Add a page's text to a document.

    `xml` is for XHTML, in which any element may be empty. `sheets` are its style sheets in CSS.
    `with_title` adds the page's title, unless it is also the text of a heading. Raises
    :class:`ExtractionError` for a page that is nested too deeply.
    """
    # All pages of a file together: a book or a message may have thousands of them.
    builder.parsing_work += parsing_work(source)
    if builder.parsing_work > MOST_WORK:
        raise ExtractionError(
            "invalid_file",
            "The file is nested too deeply, or its lists have too many options.",
        )
    tree = LexborHTMLParser(as_html(source) if xml else source)
    apply_sheets(tree, sheets)
    title = _title_of(tree) if with_title else ""
    for selector in UNSEEN:
        for node in tree.css(selector):
            node.decompose()
    if title and all(one_line(node.text()) != title for node in tree.css("h1, h2, h3")):
        builder.heading(TITLE_LEVEL, title)
    if tree.body is not None:
        _remove_undisplayed(tree.body)
        _Page(builder, limits).write(tree.body)


def _title_of(tree: LexborHTMLParser) -> str:
    # Images in SVG have titles too.
    node = tree.css_first("head > title")
    return one_line(node.text()) if node is not None else ""


def _remove_undisplayed(body: LexborNode) -> None:
    """Remove elements that their style hides, unless these are all of the page.

    Some pages are hidden until their scripts have run.
    """
    hidden: list[LexborNode] = []
    shown = 0
    for node, is_start in (walk := Walk(body)):
        if node.tag == "-text":
            shown += is_start and not (node.text_content or "").isspace()
        elif is_start and is_undisplayed(node.attributes.get("style") or ""):
            hidden.append(node)
            walk.goes_in = False
    for node in hidden if shown else ():
        node.decompose()


class _Page:
    """Walks a page's tree and writes its blocks.

    The walk is a loop, because pages can be nested thousands of levels deep.
    """

    def __init__(self, builder: Builder, limits: Limits) -> None:
        self._builder = builder
        self._limits = limits
        self._line: list[str] = []
        self._items: list[str] = []
        self._lists = Lists()

    def write(self, body: LexborNode) -> None:
        for node, is_start in (walk := Walk(body)):
            if is_start:
                walk.goes_in = self._start(node)
            else:
                self._end(node)
        self._end_all()

    def _start(self, node: LexborNode) -> bool:
        """Write what comes before the node's children. Return False if they are written too."""
        tag = node.tag or ""
        if tag in HEADINGS:
            self._end_all()
            self._builder.heading(HEADINGS[tag], text_inside(node))
            return False
        # A table that contains tables is layout, and is read as a sequence of blocks.
        if tag == "table" and all(inner.mem_id == node.mem_id for inner in node.css("table")):
            self._end_all()
            write_table(self._builder, _rows_of_table(node), self._limits)
            return False
        if tag == "pre":
            self._end_all()
            self._builder.block(text_inside(node, keep_lines=True))
            return False
        if tag in BLOCKS:
            self._end_line()
            self._lists.start(node)
        elif tag in {"td", "th"}:
            self._line.append(" ")
        elif tag == "tr":
            self._end_line()
        else:
            text, goes_in = inline_start(node)
            self._line.append(text)
            return goes_in
        return True

    def _end(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in BLOCKS:
            self._end_line()
            self._lists.end(node)
        elif ending := INLINE_END.get(tag):
            self._line.append(ending(node))

    def _end_all(self) -> None:
        self._end_line()
        self._end_list()

    def _end_line(self) -> None:
        if not self._line:
            return
        whole = rendered("".join(self._line))
        self._line.clear()
        text = "\n".join(one_line(line) for line in whole.split("\n")).strip("\n")
        if not text:
            return  # an item's text may be in a block inside it, which then has the item's label
        label = self._lists.take_label()
        if label is not None:
            self._items.append(label + text)
        else:
            self._end_list()
            self._builder.block(text)

    def _end_list(self) -> None:
        if self._items:
            self._builder.block("\n".join(self._items))
            self._items.clear()


def _rows_of_table(table: LexborNode) -> list[list[str]]:
    """Return the cells' texts. A cell that spans more than one is followed by empty ones."""
    rows: list[list[str]] = []
    spans: dict[int, int] = {}  # how many more rows a column is taken in
    for row in table.css("tr"):
        cells: list[str] = []
        for cell in row.css("td, th"):
            _skip_taken(cells, spans)
            width, height = (
                _span(cell, "colspan", WIDEST_SPAN),
                _span(cell, "rowspan", HIGHEST_SPAN),
            )
            if height > 1:
                spans.update(dict.fromkeys(range(len(cells), len(cells) + width), height))
            cells += [text_inside(cell), *[""] * (width - 1)]
        _skip_taken(cells, spans)
        spans = {at: left - 1 for at, left in spans.items() if left > 1}
        rows.append(cells)
    return rows


def _skip_taken(cells: list[str], spans: dict[int, int]) -> None:
    while len(cells) in spans:
        cells.append("")


def _span(cell: LexborNode, name: str, most: int) -> int:
    value = cell.attributes.get(name) or ""
    return max(1, min(most, int(value))) if value.isdecimal() and len(value) < 9 else 1
