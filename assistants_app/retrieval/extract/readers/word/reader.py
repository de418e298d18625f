"""The parts of a Word document, in the order in which they are read."""

import io
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import Builder, Document, one_line
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.relations import OFFICE, main_part, relations
from assistants_app.retrieval.extract.readers.trees import children_of_depth
from assistants_app.retrieval.extract.readers.web_text import write_web_text
from assistants_app.retrieval.extract.readers.word.body import Body
from assistants_app.retrieval.extract.readers.word.inline import Inline
from assistants_app.retrieval.extract.readers.word.names import W, value_of
from assistants_app.retrieval.extract.readers.word.numbering import Numbering
from assistants_app.retrieval.extract.readers.word.styles import Styles

NOTES = ("footnotes", "endnotes")
# A line of a header or footer with a page number and little else says nothing about the document.
LONGEST_PAGE_LINE = 24  # characters
DEEPEST_IMPORT = 3  # documents within documents


def read(path: Path, limits: Limits) -> Document:
    """Read a document: headers, the body with its comments, notes, footers."""
    builder = Builder(limits.characters)
    _Reader(Archive(path, limits), builder, limits).write()
    return builder.build()


class _Reader:
    def __init__(self, archive: Archive, builder: Builder, limits: Limits, depth: int = 0) -> None:
        self._depth = depth
        self._archive = archive
        self._builder = builder
        self._limits = limits
        self._part = main_part(archive, "word/document.xml")
        self._targets = relations(archive, self._part)
        self._styles = Styles()
        self._numbering = Numbering(self._styles)
        self._inline = Inline(self._styles)

    def write(self) -> None:
        for name in self._parts("styles"):
            self._styles.read(self._archive, name)
        for name in self._parts("numbering"):
            self._numbering.read(self._archive, name)
        self._write_margins("header")
        body = self._body()
        body.comments = dict(self._comments())
        body.write_import = self._write_import
        body.write_part(self._archive, self._part)
        self._builder.reset_headings()
        for comment in body.comments.values():
            self._builder.block(comment)  # of a file that does not say where they belong
        for kind in NOTES:
            self._write_notes(kind)
        self._write_margins("footer")

    def _parts(self, kind: str) -> Iterator[str]:
        """Yield the names of the parts of a kind."""
        seen = set()
        for found, name in self._targets.values():
            if found == kind and name in self._archive and name not in seen:
                seen.add(name)
                yield name

    def _body(self) -> Body:
        return Body(self._builder, self._limits, self._styles, self._numbering, self._inline)

    def _write_margins(self, kind: str) -> None:
        """Write headers or footers, each text once."""
        seen: set[str] = set()
        for name in self._parts(kind):
            body = self._body()
            with self._archive.open(name) as file:
                for node in children_of_depth(file, 2):
                    texts = [self._inline.read(one) for one in node.iter(f"{W}p")]
                    text = one_line(" ".join(one.text for one in texts))
                    boxes = any(one.boxes for one in texts)
                    paged = any(one.numbers_pages for one in texts)
                    if (text in seen or (paged and len(text) <= LONGEST_PAGE_LINE)) and not boxes:
                        continue
                    seen.add(text)
                    body.write(node)
            body.end()

    def _write_notes(self, kind: str) -> None:
        for name in self._parts(kind):
            with self._archive.open(name) as file:
                for note in children_of_depth(file, 2):
                    if value_of(note, "type") in {"", "normal"}:
                        self._write_note(kind, note)

    def _write_note(self, kind: str, note: Element) -> None:
        mark = self._inline.notes.get((kind, value_of(note, "id")), "")
        body = self._body()
        for at, node in enumerate(note):
            if at == 0 and node.tag == f"{W}p" and mark:
                text = self._inline.read(node).text.strip()
                self._builder.block(f"{mark}: {text}" if text else "")
            else:
                body.write(node)
        body.end()

    def _comments(self) -> Iterator[tuple[str, str]]:
        """Yield the id and the text of each comment."""
        for name in self._parts("comments"):
            with self._archive.open(name) as file:
                for comment in children_of_depth(file, 2):
                    texts = (self._inline.read(one).text for one in comment.iter(f"{W}p"))
                    text = "\n".join(filter(None, map(str.strip, texts)))
                    author = one_line(value_of(comment, "author"))
                    who = f"Comment ({author})" if author else "Comment"
                    yield value_of(comment, "id"), f"{who}: {text}" if text else ""

    def _write_import(self, node: Element) -> None:
        """Write a file that Word merges into the document when it opens it."""
        target = self._targets.get(node.get(f"{{{OFFICE}}}id", ""))
        if not target or target[1] not in self._archive or self._depth >= DEEPEST_IMPORT:
            return
        with self._archive.open(target[1]) as file:
            data = file.read()
        if data.startswith(b"PK"):
            inner = Archive(io.BytesIO(data), self._limits)
            _Reader(inner, self._builder, self._limits, self._depth + 1).write()
        else:
            write_web_text(self._builder, data, self._limits)
