"""The words of a PDF page with their places."""

import ctypes
import math
import re
from collections import Counter

import pypdfium2
from pypdfium2 import raw

from assistants_app.retrieval.extract.layout import Word

WORD = re.compile(r"[^\s\x00]+")
ANGLE_SAMPLES = 40  # letters looked at to find out which way a page is to be read


def words_of(page: pypdfium2.PdfPage) -> list[Word]:
    """In the order of the file. Places are in points, growing to the right and downwards."""
    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        # One by one: the string that PDFium gives for a range may have more or fewer characters.
        text = "".join([_char(raw.FPDFText_GetUnicode(text_page, at)) for at in range(count)])
        spans = [found.span() for found in WORD.finditer(text)]
        turn = (page.get_rotation() - _text_angle(text_page, spans)) % 360
        return [
            Word(_whole(text[start:end]), *_turned(box, turn))
            for start, end in spans
            if (box := _box(text_page, start, end - 1))
        ]
    finally:
        text_page.close()


def _char(code: int) -> str:
    return chr(code) if code < 0x110000 else " "


def _whole(word: str) -> str:
    """`word` with pairs of surrogates as the letters that they stand for."""
    if word.isascii():
        return word
    return word.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _box(
    text_page: pypdfium2.PdfTextPage, first: int, last: int
) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom in the file's points (upwards) around two letters."""
    one, other = raw.FS_RECTF(), raw.FS_RECTF()
    if not raw.FPDFText_GetLooseCharBox(text_page, first, ctypes.byref(one)):
        return None
    left, top, right, bottom = one.left, one.top, one.right, one.bottom
    raw.FPDFText_GetLooseCharBox(text_page, last, ctypes.byref(other))
    if other.right > other.left:
        left, right = min(left, other.left), max(right, other.right)
        top, bottom = max(top, other.top), min(bottom, other.bottom)
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
