"""Reader for EPUB books: the chapters in the order of the spine."""

from pathlib import Path

from assistants_app.retrieval.extract.archive import Archive, resolve
from assistants_app.retrieval.extract.document import Builder, Document, ExtractionError
from assistants_app.retrieval.extract.encoding import decode
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.html import write_html
from assistants_app.retrieval.extract.readers.trees import local, root

CONTAINER = "META-INF/container.xml"
RIGHTS = "META-INF/rights.xml"
PAGES = {"application/xhtml+xml", "text/html"}


def read(path: Path, limits: Limits) -> Document:
    """Read a book. Raises :class:`ExtractionError` if it is damaged or protected by DRM."""
    archive = Archive(path, limits)
    if RIGHTS in archive:
        raise ExtractionError("invalid_file", "The book is protected by DRM and can't be read.")
    builder = Builder(limits.characters)
    pages, sheets = _parts(archive)
    styles = "\n".join(_text_of(archive, name) for name in sheets if name in archive)
    for name in pages:
        if name in archive:
            # A chapter without a heading does not belong to the one before it.
            builder.reset_headings()
            write_html(builder, _text_of(archive, name), limits, xml=True, sheets=styles)
    return builder.build()


def _text_of(archive: Archive, name: str) -> str:
    with archive.open(name) as file:
        return decode(file.read())


def _parts(archive: Archive) -> tuple[list[str], list[str]]:
    """Return the names of the chapters in the order of the book, and of its style sheets."""
    # The container names the package, whose manifest lists the files and whose spine orders them.
    with archive.open(CONTAINER) as file:
        files = [node for node in root(file).iter() if local(node.tag) == "rootfile"]
    if not files:
        raise ExtractionError("invalid_file", "The file is damaged: its container names no book.")
    package = files[0].get("full-path", "")
    with archive.open(package) as file:
        book = root(file)
    items = [node for node in book.iter() if local(node.tag) == "item"]
    pages = {
        node.get("id", ""): resolve(package, node.get("href", ""))
        for node in items
        if node.get("media-type") in PAGES
    }
    sheets = [
        resolve(package, node.get("href", ""))
        for node in items
        if node.get("media-type") == "text/css"
    ]
    order = [node.get("idref", "") for node in book.iter() if local(node.tag) == "itemref"]
    return [pages[one] for one in order if one in pages], sheets
