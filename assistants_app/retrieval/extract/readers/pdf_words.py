"""The words of a PDF page with their places."""

import ctypes
import math
import re
from collections import Counter

import pypdfium2
from pypdfium2 import raw

from assistants_app.retrieval.extract.readers.layout import BROKEN, Word

# The letters' last one may be a mark for a word that goes on in the next line.
WORD = re.compile(rf"[^\s\x00{BROKEN}]+[{BROKEN}]?")
ANGLE_SAMPLES = 40  # letters looked at to find out which way a page is to be read


def words_of(page: pypdfium2.PdfPage) -> list[Word]:
    """In the order of the file. Places are in points, growing to the right and downwards."""
    text_page = page.get_textpage()
    try:
        text = _text(text_page)
        spans = [found.span() for found in WORD.finditer(text)]
        turn = -_text_angle(text_page, spans) % 360  # which way the page lies is all the same
        return [
            Word(_whole(text[start:end]), *_turned(box, turn))
            for start, end in spans
            if (box := _box(text_page, start, _last_letter(text, start, end)))
        ]
    finally:
        text_page.close()


def _text(text_page: pypdfium2.PdfTextPage) -> str:
    """A character for each of PDFium's, so that positions are its indexes."""
    count, handle = text_page.count_chars(), text_page.raw
    text = str(text_page.get_text_range())
    if len(text) == count:
        return text  # six times as fast; for few files it has more or fewer characters
    return "".join([_char(raw.FPDFText_GetUnicode(handle, at)) for at in range(count)])


def _char(code: int) -> str:
    return chr(code) if code < 0x110000 else " "


def _whole(word: str) -> str:
    """`word` with pairs of surrogates as the letters that they stand for."""
    if word.isascii():
        return word
    return word.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _last_letter(text: str, start: int, end: int) -> int:
    """The place of such a mark is not to be relied upon."""
    return end - 2 if end - start > 1 and text[end - 1] in BROKEN else end - 1


def _box(
    text_page: pypdfium2.PdfTextPage, first: int, last: int
) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom in the file's points (upwards) around two letters."""
    box = raw.FS_RECTF()
    handle, pointer = text_page.raw, ctypes.byref(box)
    if not raw.FPDFText_GetLooseCharBox(handle, first, pointer):
        return None
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    if last > first and raw.FPDFText_GetLooseCharBox(handle, last, pointer):
        left, right = min(left, box.left), max(right, box.right)
        top, bottom = max(top, box.top), min(bottom, box.bottom)
    return left, top, right, bottom


def _text_angle(text_page: pypdfium2.PdfTextPage, spans: list[tuple[int, int]]) -> int:
    """Degrees, a multiple of 90, by which most of the text is turned counter-clockwise."""
    angles = Counter(
        round(math.degrees(raw.FPDFText_GetCharAngle(text_page, start)) / 90) * 90 % 360
        for start, _ in spans[:: len(spans) // ANGLE_SAMPLES + 1]
    )
    return angles.most_common(1)[0][0] if angles else 0


def _turned(box: tuple[float, float, float, float], turn: int) -> tuple[float, float, float, float]:
    """Left, top, right, bottom, downwards, after a clockwise turn by `turn` degrees."""
    left, top, right, bottom = box
    if turn == 90:
        return bottom, left, top, right
    if turn == 180:
        return -right, bottom, -left, top
    if turn == 270:
        return -top, -right, -bottom, -left
    return left, -top, right, -bottom
