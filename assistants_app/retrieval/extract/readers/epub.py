"""Books: the chapters in the order of the spine."""

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
    """Chapters begin without the headings of the one before."""
    archive = Archive(path, limits)
    if RIGHTS in archive:
        raise ExtractionError("invalid_file", "The book is encrypted for one reader (DRM).")
    builder = Builder(limits.characters)
    for name in _spine(archive):
        if name in archive:
            builder.reset_headings()
            with archive.open(name) as file:
                write_html(builder, decode(file.read()), limits)
    return builder.build()


def _spine(archive: Archive) -> list[str]:
    with archive.open(CONTAINER) as file:
        files = [node for node in root(file).iter() if local(node.tag) == "rootfile"]
    if not files:
        raise ExtractionError("invalid_file", "The file is damaged: it names no book.")
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
