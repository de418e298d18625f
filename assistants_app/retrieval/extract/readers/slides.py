"""Reader for presentations: each slide as a page, with its notes."""

from pathlib import Path
from xml.etree.ElementTree import Element

from assistants_app.retrieval.extract.archive import Archive
from assistants_app.retrieval.extract.document import Builder, Document, ExtractionError, one_line
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.relations import OFFICE, main_part, relations
from assistants_app.retrieval.extract.readers.tables import write_table
from assistants_app.retrieval.extract.readers.trees import root

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
TITLES = {"title", "ctrTitle"}
# Placeholders that repeat on every slide: number, date, footer, header and the image of the slide.
FURNITURE = {"sldNum", "dt", "ftr", "hdr", "sldImg"}


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
    for builder.page, name in enumerate(slides, 1):
        builder.reset_headings()
        _write_slide(builder, archive, name, limits)
    return builder.build(len(slides))


def _write_slide(builder: Builder, archive: Archive, name: str, limits: Limits) -> None:
    with archive.open(name) as file:
        shapes = _shapes_of(root(file))
    # The title comes first, wherever it is in the file, so that it heads the slide's text.
    for shape in sorted(shapes, key=lambda shape: _placeholder_type(shape) not in TITLES):
        if _placeholder_type(shape) in TITLES:
            builder.heading(1, one_line(_text_of(shape)))
        elif table := shape.find(f".//{A}tbl"):
            rows = [[_text_of(cell) for cell in row.iter(f"{A}tc")] for row in table.iter(f"{A}tr")]
            write_table(builder, rows, limits)
        else:
            builder.block(_text_of(shape))
    for kind, notes in relations(archive, name).values():
        if kind == "notesSlide" and notes in archive:
            with archive.open(notes) as file:
                text = "\n".join(filter(None, map(_text_of, _shapes_of(root(file)))))
            builder.block(f"Notes: {text}" if text.strip() else "")


def _shapes_of(slide: Element) -> list[Element]:
    kinds = {f"{P}sp", f"{P}graphicFrame"}
    return [
        node
        for node in slide.iter()
        if node.tag in kinds and _placeholder_type(node) not in FURNITURE
    ]


def _placeholder_type(shape: Element) -> str:
    node = shape.find(f"*/{P}nvPr/{P}ph")
    return node.get("type", "body") if node is not None else ""


def _text_of(node: Element) -> str:
    """Return the text with one line for each paragraph."""
    lines = []
    for paragraph in node.iter(f"{A}p"):
        parts = []
        for run in paragraph.iter():
            if run.tag == f"{A}t":
                parts.append(run.text or "")
            elif run.tag == f"{A}br":
                parts.append("\n")
        lines.append("".join(parts))
    return "\n".join(line for line in lines if line.strip())
