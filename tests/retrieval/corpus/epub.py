"""EPUB books, by their writers' ways to make XHTML."""

from collections.abc import Mapping

from tests.retrieval.corpus.cases import Case, Corpus
from tests.retrieval.corpus.kept_files import kept
from tests.retrieval.corpus.office_xml import zipped

CONTAINER = (
    "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
    "<rootfile full-path='OPS/book.opf'/></rootfiles></container>"
)
PAGE = "<?xml version='1.0' encoding='{1}'?><html xmlns='http://www.w3.org/1999/xhtml'>{0}</html>"
LISTS, RAISED, XHTML = "numbers of lists", "raised and lowered digits", "empty elements of XHTML"


def book(
    *chapters: str,
    order: tuple[int, ...] | None = None,
    more: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> bytes:
    """Return a book. `more` has other members, which the manifest names with their types."""
    types = {"css": "text/css", "svg": "image/svg+xml"}
    items = "".join(
        f"<item id='c{at}' href='c{at}.xhtml' media-type='application/xhtml+xml'/>"
        for at in range(len(chapters))
    ) + "".join(
        f"<item id='m{at}' href='{name}' media-type='{types.get(name[-3:], 'text/plain')}'/>"
        for at, name in enumerate(more or {})
    )
    spine = "".join(f"<itemref idref='c{at}'/>" for at in order or range(len(chapters)))
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": f"<package xmlns='http://www.idpf.org/2007/opf'><manifest>{items}"
        f"</manifest><spine>{spine}</spine></package>",
    }
    for at, chapter in enumerate(chapters):
        members[f"OPS/c{at}.xhtml"] = PAGE.format(chapter, encoding).encode(encoding)
    return zipped(members | {f"OPS/{name}": text for name, text in (more or {}).items()})


def body(content: str, head: str = "<title>t</title>") -> str:
    return f"<head>{head}</head><body>{content}</body>"


CASES = (
    Case(
        "by-pandoc",
        lambda: kept("pandoc.epub"),
        ("H₂O and there are 10⁶ grains.¹ See η=a/(b+1) and x_i².", "3. third thing",
         "  b. inner two", "Copper pipe | 12", "1. A note about grains."),
        writer="pandoc",
        shows=RAISED,
    ),
    Case(
        "by-libreoffice",
        lambda: kept("libreoffice.epub"),
        ("H₂O and there are 10⁶ grains.¹", "third thing", "Copper pipe | 12"),
        ("106",),
        writer="LibreOffice",
        shows=RAISED,
    ),
    Case(
        "order-of-the-spine",
        book(body("<p>second</p>"), body("<p>first</p>"), order=(1, 0)),
        ("first", "second"),
        times=1,
    ),
    Case(
        "an-empty-title",
        book(body("<p>All of it is here.</p>", "<title/>")),
        ("All of it is here.",),
        shows=XHTML,
    ),
    Case(
        "an-empty-script",
        book(body("<p>one</p><script src='a.js'/><p>two</p>", "<style/><script src='b.js'/>")),
        ("one", "two"),
        shows=XHTML,
    ),
    Case(
        "empty-anchors-and-blocks",
        book(body("<h1><a id='a'/>Title</h1><div class='x'/><p>after<span/> it</p><i/><p>end</p>")),
        ("Title\n\nafter it\n\nend",),
        shows=XHTML,
    ),
    Case(
        "a-style-sheet-that-raises",
        book(
            body("<p>10<span class='up'>6</span> in H<span class='low'>2</span>O</p>"),
            more={"a.css": ".up { vertical-align: super } p .low { vertical-align: sub; }"},
        ),
        ("10⁶ in H₂O",),
        shows=RAISED,
    ),
    Case(
        "marks-of-notes",
        book(body("<p>a fact<a epub:type='noteref' href='#n'>12</a>.</p>"
                  "<aside epub:type='footnote' id='n'><p>why</p></aside>")),
        ("a fact¹².", "why"),
        shows=RAISED,
    ),
    Case(
        "numbers-of-lists",
        book(body("<ol start='5'><li>five</li><li><p>six</p></li></ol>")),
        ("5. five\n6. six",),
        shows=LISTS,
    ),
    Case(
        "mathml",
        book(body("<p><m:math xmlns:m='x'><m:mi>a</m:mi></m:math><math><mfrac><mn>1</mn><mi>x</mi>"
                  "</mfrac></math></p>")),
        ("1/x",),
        shows="formulas",
    ),
    Case(
        "latin-1",
        book(body("<p>Größe fällt</p>"), encoding="iso-8859-1"),
        ("Größe fällt",),
        language="German",
        encoding="ISO-8859-1",
    ),
    Case(
        "utf-16",
        book(body("<p>Größe fällt</p>"), encoding="utf-16"),
        ("Größe fällt",),
        encoding="UTF-16",
    ),
    Case(
        "vertical-japanese",
        book(body("<p><ruby>吾輩<rt>わがはい</rt></ruby>は猫である。</p>")),
        ("吾輩(わがはい)は猫である。",),
        language="Japanese",
    ),
    Case("a-page-that-is-missing",
         book(body("<p>here</p>"), more={"gone.svg": "<svg/>"}), ("here",)),
    Case("protected-by-drm",
         zipped({"META-INF/container.xml": CONTAINER, "META-INF/rights.xml": "<rights/>"}),
         error="DRM"),
    Case("300000-elements-deep", book(body("<div>" * 300_000)), error="nested too deeply",
         shows="deep nesting"),
    Case("no-chapters", book(), error="no text"),
    Case("not-a-book", zipped({"a.txt": "text"}), error="damaged"),
)  # fmt: skip
CORPUS = Corpus("epub", "EPUB books", CASES)
