"""The words of a PDF page and their places."""

import ctypes
import math
import re
from collections import Counter

import pypdfium2
from pypdfium2 import raw

from assistants_app.retrieval.extract.readers.layout import BROKEN, Word

# The last character may be the mark of a word that continues on the next line.
WORD = re.compile(rf"[^\s\x00{BROKEN}]+[{BROKEN}]?")
ANGLE_SAMPLES = 40  # letters that decide which way up a page is read


def words_of(page: pypdfium2.PdfPage) -> list[Word]:
    """Return the page's words in the order of the file.

    Their places are in points that grow to the right and downwards.
    """
    text_page = page.get_textpage()
    try:
        text = _text_of(text_page)
        spans = [found.span() for found in WORD.finditer(text)]
        # A page is read the way that most of its text runs, whatever the page's own rotation.
        turn = -_text_angle(text_page, spans) % 360
        return [
            Word(_join_surrogates(text[start:end]), *_turn_box(box, turn))
            for start, end in spans
            if (box := _box_around(text_page, start, _last_letter(text, start, end)))
        ]
    finally:
        text_page.close()


def _text_of(text_page: pypdfium2.PdfTextPage) -> str:
    # The text must have one character for each of PDFium's, because positions are used as indexes.
    count, handle = text_page.count_chars(), text_page.raw
    text = str(text_page.get_text_range())
    if len(text) == count:
        return text  # six times as fast as the loop, but a few files give more or fewer characters
    return "".join([_char_of(raw.FPDFText_GetUnicode(handle, at)) for at in range(count)])


def _char_of(code: int) -> str:
    return chr(code) if code < 0x110000 else " "


def _join_surrogates(word: str) -> str:
    # PDFium counts UTF-16 code units. Join each pair of surrogates to its letter.
    if word.isascii():
        return word
    return word.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _last_letter(text: str, start: int, end: int) -> int:
    # PDFium gives no reliable place for the mark of a broken word, so the letter before it counts.
    return end - 2 if end - start > 1 and text[end - 1] in BROKEN else end - 1


def _box_around(
    text_page: pypdfium2.PdfTextPage, first: int, last: int
) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom around two letters, in points that grow upwards."""
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
    """Return how far most of the text is turned counter-clockwise: 0, 90, 180 or 270 degrees."""
    angles = Counter(
        round(math.degrees(raw.FPDFText_GetCharAngle(text_page, start)) / 90) * 90 % 360
        for start, _ in spans[:: len(spans) // ANGLE_SAMPLES + 1]
    )
    return angles.most_common(1)[0][0] if angles else 0


def _turn_box(
    box: tuple[float, float, float, float], turn: int
) -> tuple[float, float, float, float]:
    """Turn a box clockwise by `turn` degrees and return it in points that grow downwards."""
    left, top, right, bottom = box
    if turn == 90:
        return bottom, left, top, right
    if turn == 180:
        return -right, bottom, -left, top
    if turn == 270:
        return -top, -right, -bottom, -left
    return left, -top, right, -bottom
