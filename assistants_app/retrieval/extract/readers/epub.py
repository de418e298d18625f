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
    for name in _chapters_in_order(archive):
        if name in archive:
            # A chapter without a heading does not belong to the one before it.
            builder.reset_headings()
            with archive.open(name) as file:
                write_html(builder, decode(file.read()), limits, xml=True)
    return builder.build()


def _chapters_in_order(archive: Archive) -> list[str]:
    # The container names the package, whose manifest lists the files and whose spine orders them.
    with archive.open(CONTAINER) as file:
        files = [node for node in root(file).iter() if local(node.tag) == "rootfile"]
    if not files:
        raise ExtractionError("invalid_file", "The file is damaged: its container names no book.")
    package = files[0].get("full-path", "")
    with archive.open(package) as file:
        book = root(file)
    pages = {
        node.get("id", ""): resolve(package, node.get("href", ""))
        for node in book.iter()
        if local(node.tag) == "item" and node.get("media-type") in PAGES
    }
    order = [node.get("idref", "") for node in book.iter() if local(node.tag) == "itemref"]
    return [pages[one] for one in order if one in pages]
