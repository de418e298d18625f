"""Reader for PDF files: each page's text in reading order.

Headings come from the file's outline or, without an outline, from the size of the letters.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from assistants_app.retrieval.extract.document import (
    PASSWORD_PROTECTED,
    Builder,
    Document,
    ExtractionError,
    one_line,
)
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.pdf.fields import Annotations
from assistants_app.retrieval.extract.readers.pdf.furniture import without_furniture
from assistants_app.retrieval.extract.readers.pdf.layout import Block, blocks_of
from assistants_app.retrieval.extract.readers.pdf.words import words_of

HEADING_SIZE = 1.18  # times the height of the file's usual letters
LONGEST_HEADING = 150  # characters


def read(path: Path, limits: Limits) -> Document:
    """Read a PDF file.

    Raises :class:`ExtractionError` if the file is damaged, password-protected or a scan.
    """
    file = _open_pdf(path)
    pages = len(file)
    if pages > limits.pages:
        too_many_pages = f"The file has more than {limits.pages:,} pages. Split it into parts."
        raise ExtractionError("invalid_file", too_many_pages)
    builder = Builder(limits.characters)
    headings = _Headings(file)
    read_pages = _read_pages(file, limits)
    contents = without_furniture([page.blocks for page in read_pages])
    for index, blocks in enumerate(contents):
        builder.page = index + 1
        headings.write(builder, index, blocks)
        for comment in read_pages[index].comments:
            builder.block(comment)
    try:
        return builder.build(pages)
    except ExtractionError as error:
        raise ExtractionError("invalid_file", _why_empty(file, pages)) from error


def _why_empty(file: pypdfium2.PdfDocument, pages: int) -> str:
    if file.formenv is not None:
        return "The form has no text, and none of its fields is filled in."
    return (
        f"The file's {pages:,} pages contain only images, so it is probably a scan. "
        "Run text recognition (OCR) on it first."
    )


def _open_pdf(path: Path) -> pypdfium2.PdfDocument:
    try:
        file = pypdfium2.PdfDocument(path)
        if file.get_formtype() != raw.FORMTYPE_NONE:
            file.init_forms()
        return file
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) != raw.FPDF_ERR_PASSWORD:
            raise ExtractionError.damaged("The PDF", error) from error
        raise ExtractionError("invalid_file", PASSWORD_PROTECTED) from error


@dataclass(slots=True)
class _Page:
    blocks: list[Block]
    comments: list[str]


def _read_pages(file: pypdfium2.PdfDocument, limits: Limits) -> list[_Page]:
    # The builder refuses a file with too much text. Stop before all of it is in memory.
    pages: list[_Page] = []
    characters = 0
    for index in range(len(file)):
        pages.append(_read_page(file, index))
        characters += sum(len(block.text) for block in pages[-1].blocks)
        characters += sum(map(len, pages[-1].comments))
        if characters > limits.characters:
            break
    return pages


def _read_page(file: pypdfium2.PdfDocument, index: int) -> _Page:
    try:
        page = file[index]
    except pypdfium2.PdfiumError:
        return _Page([], [])  # one broken page must not cost the file its other pages
    try:
        words, script = words_of(page)
        added = Annotations(page, file.formenv)
        if not words and added.labelled:
            # Nothing on the page says what the fields are: it may be a scan under a form.
            added.comments += added.labelled
            return _Page([], added.comments)
        return _Page(blocks_of([*words, *added.words], script), added.comments)
    finally:
        page.close()


class _Headings:
    """Finds headings: the titles of the outline, or lines in large letters if there is none."""

    def __init__(self, file: pypdfium2.PdfDocument) -> None:
        self._outline: dict[int, list[tuple[int, str]]] = {}
        for level, title, page in _outline_entries(file):
            self._outline.setdefault(page, []).append((level, title))
        self._sizes: Counter[float] = Counter()
        self._known_sizes: list[float] = []

    def write(self, builder: Builder, index: int, blocks: list[Block]) -> None:
        for block in blocks:
            self._sizes[round(block.size, 1)] += len(block.text)
        # The usual size is that of most letters on all pages so far.
        usual = self._sizes.most_common(1)[0][0] if self._sizes else 0.0
        titles = self._outline.get(index, [])
        for block in _cut_at_titles(blocks, titles):
            text = one_line(block.text)
            if (at := _title_index(titles, text)) is not None:
                for level, title in titles[: at + 1]:
                    builder.open_heading(level, title)
                titles = titles[at + 1 :]
            elif not self._outline and self._is_heading(block, text, usual):
                builder.open_heading(self._level_of_size(block.size), text)
            builder.block(block.text)
        # A title that is worded differently on its page is not found there. It applies to the next.
        for level, title in titles:
            builder.open_heading(level, title)

    def _is_heading(self, block: Block, text: str, usual: float) -> bool:
        large = block.size >= HEADING_SIZE * usual and not block.is_table
        return large and len(text) <= LONGEST_HEADING and any(char.isalpha() for char in text)

    def _level_of_size(self, size: float) -> int:
        # Larger letters mean a higher level. PDFium's sizes vary a little: within 5 % they count as
        # the same.
        size = next((known for known in self._known_sizes if abs(known - size) < 0.05 * size), size)
        if size not in self._known_sizes:
            self._known_sizes.append(size)
        return 1 + sum(known > size for known in self._known_sizes)


def _outline_entries(file: pypdfium2.PdfDocument) -> Iterator[tuple[int, str, int]]:
    """Yield level (from 1), title and page index of each entry that leads to a page."""
    for entry in file.get_toc(max_depth=6):
        title = one_line(entry.get_title() or "")
        target = entry.get_dest()
        page = target.get_index() if target else None
        if title and page is not None:
            yield entry.level + 1, title, page


def _cut_at_titles(blocks: list[Block], titles: list[tuple[int, str]]) -> Iterator[Block]:
    # A title in the same type as the text below it was joined to that paragraph. Cut it out again.
    for block in blocks:
        lines = block.text.split("\n")
        if block.is_table or not any(_title_index(titles, line) is not None for line in lines):
            yield block
            continue
        held: list[str] = []
        for line in lines:
            if _title_index(titles, line) is None:
                held.append(line)
                continue
            yield Block("\n".join(held), block.size)
            yield Block(line, block.size)
            held.clear()
        yield Block("\n".join(held), block.size)


def _title_index(titles: list[tuple[int, str]], text: str) -> int | None:
    """Return the index of the title that this line shows, possibly after a number."""
    line = text.casefold()
    for at, (_, title) in enumerate(titles):
        if line.endswith(title.casefold()) and len(line) <= len(title) + 20:
            return at
    return None
