"""Sample files for the tests of all formats."""

import io
import tempfile
import zipfile
from pathlib import Path

from fpdf import FPDF

from assistants_app.retrieval.extract import Document, Section

LEFT = (
    "The left column tells of the sea and",
    "of the ships that went out in the",
    "morning, long before the harbour",
    "woke and the bells were rung.",
)
RIGHT = (
    "The right column tells of mountains",
    "and of snow that lies there until",
    "late in the summer, when goats",
    "climb up to the green meadows.",
)
TABLE = (("Name", "Quantity", "Price"), ("Bolt", "10", "1.20"), ("Nut", "200", "0.35"))


def section_of(document: Document, text: str) -> Section:
    """Return the section in which `text` begins."""
    start = document.text.index(text)
    (found,) = (one for one in document.sections if one.start <= start < one.end)
    return found


def pdf_bytes() -> bytes:
    """Return the file that :func:`pdf` writes."""
    with tempfile.NamedTemporaryFile() as file:
        return pdf(Path(file.name)).read_bytes()


def pdf(path: Path, *, password: str = "") -> Path:
    """Write a PDF: a title, two columns of prose and a line below; on page 2 a heading and a table.

    The columns are written line by line across the page, so the order in the file is not the
    reading order.
    """
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=20)
    document.text(10, 20, "Sea and mountains")
    document.set_font("helvetica", size=10)
    for index in range(4):
        document.text(10, 40 + 5 * index, LEFT[index])
        document.text(110, 40 + 5 * index, RIGHT[index])
    document.text(10, 80, "Below the columns one line goes from the left margin to the right one.")
    document.add_page()
    document.set_font("helvetica", size=16)
    document.text(10, 20, "Stock")
    document.set_font("helvetica", size=10)
    for row, cells in enumerate(TABLE):
        for column, cell in enumerate(cells):
            document.text(10 + 50 * column, 40 + 6 * row, cell)
    if password:
        document.set_encryption(owner_password=password, user_password=password)
    document.output(str(path))
    return path


def scan(path: Path) -> Path:
    """Write a PDF with a drawing and no text."""
    document = FPDF()
    document.add_page()
    document.rect(10, 10, 50, 50, style="F")
    document.output(str(path))
    return path


def archive(path: Path, members: dict[str, bytes | str]) -> Path:
    """Write a ZIP file with these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def archive_bytes(members: dict[str, bytes | str]) -> bytes:
    """Return a ZIP file with these members, the first of them not compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for at, (name, content) in enumerate(members.items()):
            made.writestr(name, content, zipfile.ZIP_DEFLATED if at else zipfile.ZIP_STORED)
    return file.getvalue()


def epub(path: Path, ending: str = "<p>It ended.</p>") -> Path:
    """Write a book whose two chapters have another order in the spine than in the manifest."""
    return archive(
        path,
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": "<container><rootfiles><rootfile full-path='OPS/book.opf'/>"
            "</rootfiles></container>",
            "OPS/book.opf": "<package><manifest>"
            "<item id='b' href='b%20b.xhtml' media-type='application/xhtml+xml'/>"
            "<item id='a' href='text/a.xhtml' media-type='application/xhtml+xml'/>"
            "</manifest><spine><itemref idref='a'/><itemref idref='b'/></spine></package>",
            "OPS/text/a.xhtml": "<html><body><h1>One</h1><p>It began.</p></body></html>",
            "OPS/b b.xhtml": f"<html><body>{ending}</body></html>",
        },
    )
