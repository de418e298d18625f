"""Reader for presentations: each slide as a page, with its notes and comments."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import Builder, Document, ExtractionError, one_line
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.relations import OFFICE, main_part, relations
from assistants_app.retrieval.extract.readers.slide_text import A, lines_of
from assistants_app.retrieval.extract.readers.tables import write_table
from assistants_app.retrieval.extract.readers.trees import local, root

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
TITLES = {"title", "ctrTitle"}
# Placeholders that repeat on every slide. Those with a text of their own are written once.
NUMBERS = {"sldNum", "sldImg"}
MARGINS = {"dt", "ftr", "hdr"}


def read(path: Path, limits: Limits) -> Document:
    """Read a presentation's slides in the order of the show, including hidden slides."""
    archive = Archive(path, limits)
    part = main_part(archive, "ppt/presentation.xml")
    targets = relations(archive, part)
    with archive.open(part) as file:
        order = [node.get(f"{{{OFFICE}}}id", "") for node in root(file).iter(f"{P}sldId")]
    slides = [targets[one][1] for one in order if one in targets]
    if len(slides) > limits.pages:
        raise ExtractionError("invalid_file", f"The file has more than {limits.pages:,} slides.")
    builder = Builder(limits.characters)
    writer = _Slides(builder, archive, limits)
    for builder.page, name in enumerate(slides, 1):
        builder.reset_headings()
        writer.write(name)
    return builder.build(len(slides))


class _Slides:
    def __init__(self, builder: Builder, archive: Archive, limits: Limits) -> None:
        self._builder = builder
        self._archive = archive
        self._limits = limits
        self._margins: set[str] = set()

    def write(self, name: str) -> None:
        shapes = _shapes_of(self._root_of(name))
        targets = relations(self._archive, name)
        # The title comes first, wherever it is in the file, so that it heads the slide's text.
        for shape in sorted(shapes, key=lambda shape: _placeholder_type(shape) not in TITLES):
            self._write_shape(shape, targets)
        for kind, part in targets.values():
            if part not in self._archive:
                continue
            if kind == "notesSlide":
                self._write_notes(part)
            elif kind == "comments":
                for text in _comments_of(self._root_of(part)):
                    self._builder.block(f"Comment: {text}" if text.strip() else "")

    def _root_of(self, part: str) -> Element:
        with self._archive.open(part) as file:
            return root(file)

    def _write_shape(self, shape: Element, targets: dict[str, tuple[str, str]]) -> None:
        kind = _placeholder_type(shape)
        if kind in TITLES:
            self._builder.heading(1, one_line(lines_of(shape)))
        elif kind in MARGINS:
            self._write_margin(shape)
        elif (table := shape.find(f".//{A}tbl")) is not None:
            rows = [[lines_of(cell) for cell in row.iter(f"{A}tc")] for row in table.iter(f"{A}tr")]
            write_table(self._builder, rows, self._limits)
        else:
            self._builder.block(lines_of(shape))
            self._write_diagram(shape, targets)

    def _write_margin(self, shape: Element) -> None:
        """Write the text of a footer or date once. A date that changes by itself is no text."""
        text = lines_of(shape)
        if text not in self._margins and shape.find(f".//{A}fld") is None:
            self._margins.add(text)
            self._builder.block(text)

    def _write_diagram(self, shape: Element, targets: dict[str, tuple[str, str]]) -> None:
        """Write the text of a SmartArt diagram, which lies in a part of its own."""
        for node in shape.iter():
            if local(node.tag) != "relIds":
                continue
            kind, part = targets.get(node.get(f"{{{OFFICE}}}dm", ""), ("", ""))
            if kind == "diagramData" and part in self._archive:
                self._builder.block(lines_of(self._root_of(part)))

    def _write_notes(self, part: str) -> None:
        shapes = _shapes_of(self._root_of(part))
        text = "\n".join(
            filter(None, (lines_of(one) for one in shapes if _placeholder_type(one) not in MARGINS))
        )
        self._builder.block(f"Notes: {text}" if text.strip() else "")


def _shapes_of(slide: Element) -> list[Element]:
    """Return the shapes, also those in groups."""
    kinds = {f"{P}sp", f"{P}graphicFrame", f"{P}cxnSp"}
    # A fallback repeats a shape for old versions of PowerPoint.
    for parent in slide.iter():
        for fallback in parent.findall(FALLBACK):
            parent.remove(fallback)
    return [
        node
        for node in slide.iter()
        if node.tag in kinds and _placeholder_type(node) not in NUMBERS
    ]


def _placeholder_type(shape: Element) -> str:
    node = shape.find(f"*/{P}nvPr/{P}ph")
    return node.get("type", "body") if node is not None else ""


def _comments_of(part: Element) -> Iterator[str]:
    """Yield the comments of a slide, from old and from new versions of PowerPoint."""
    for node in part.iter():
        if node.tag == f"{P}text":
            yield node.text or ""
        elif local(node.tag) == "txBody":
            yield lines_of(node)
