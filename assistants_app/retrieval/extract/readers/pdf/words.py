"""The words of a PDF page and their places."""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw

from assistants_app.retrieval.extract.notation.bidi import RIGHT_TO_LEFT, runs_from_the_right
from assistants_app.retrieval.extract.notation.scripts import lowered, raised, rendered
from assistants_app.retrieval.extract.notation.symbols import symbol
from assistants_app.retrieval.extract.readers.pdf.layout import BROKEN, Script, Word
from assistants_app.retrieval.extract.readers.pdf.letters import words_from_letters
from assistants_app.retrieval.extract.readers.pdf.scripts import with_scripts_joined

Box = tuple[float, float, float, float]

# The last character may be the mark of a word that continues on the next line.
WORD = re.compile(rf"[^\s\x00{BROKEN}]+[{BROKEN}]?")
_SYMBOLS = re.compile("[\uf020-\uf0ff]")  # letters of a symbol font, such as bullets
HAS_DIGIT = re.compile(r"\d")
# How far the baseline of a raised or lowered letter is from that of its word, and how large it may
# be, as shares of the height of the word's largest letter.
RAISED, LEAST_SHIFT = 0.12, 0.06
NO_SHIFT = 0.05  # points
SMALLEST, SMALL = 0.35, 0.93
ANGLE_SAMPLES = 40  # letters that decide which way up a page is read


def words_of(page: pypdfium2.PdfPage) -> tuple[list[Word], Script]:
    """Return the page's words in the order of the file, and how they are read.

    Their places are in points that grow to the right and downwards.
    """
    text_page = page.get_textpage()
    try:
        text = _text_of(text_page)
        spans = [found.span() for found in WORD.finditer(text)]
        # A page is read the way that most of its text runs, whatever the page's own rotation.
        turn = -_text_angle(text_page, spans) % 360
        if not turn and RIGHT_TO_LEFT.search(text):
            script = Script.FROM_RIGHT if runs_from_the_right(text) else Script.MIXED
            return words_from_letters(text_page, text), script
        words = list(_words(text_page, text, spans, turn))
        return with_scripts_joined(words), Script.FROM_LEFT
    finally:
        text_page.close()


def _words(
    text_page: pypdfium2.PdfTextPage, text: str, spans: list[tuple[int, int]], turn: int
) -> Iterator[Word]:
    for start, end in spans:
        box = _box_around(text_page, start, _last_letter(text, start, end))
        if box is None:
            continue
        word = text[start:end]
        if end - start > 1 and HAS_DIGIT.search(word):
            word, box = _with_scripts(text_page, word, start, turn, box)
        yield Word(_join_surrogates(word), *_turn_box(box, turn))


def _with_scripts(
    text_page: pypdfium2.PdfTextPage, word: str, start: int, turn: int, box: Box
) -> tuple[str, Box]:
    """Return a word with marks around raised and lowered letters, and the box of the others."""
    lines = _baselines(text_page, start, len(word), turn)
    if max(lines) - min(lines) < NO_SHIFT:
        return word, box
    boxes = [_box_around(text_page, at, at) for at in range(start, start + len(word))]
    if len(lines) != len(word) or None in boxes:
        return word, box
    turned = [_turn_box(one, turn) for one in boxes if one]
    heights = [bottom - top for _, top, _, bottom in turned]
    tallest = max(heights)
    base = heights.index(tallest)
    if max(lines) - min(lines) < LEAST_SHIFT * tallest:
        return word, box
    parts = []
    for char, line, height in zip(word, lines, heights, strict=True):
        shift = (lines[base] - line) / tallest
        small = SMALLEST * tallest <= height <= SMALL * tallest
        if small and shift >= RAISED:
            parts.append(raised(char))
        elif small and shift <= -LEAST_SHIFT:
            parts.append(lowered(char))
        else:
            parts.append(char)
    letters = _box_around(text_page, start + base, start + base) or box
    return rendered("".join(parts)), (box[0], letters[1], box[2], letters[3])


def _baselines(text_page: pypdfium2.PdfTextPage, start: int, length: int, turn: int) -> list[float]:
    """Return how far down the page each letter's baseline is."""
    x, y = ctypes.c_double(), ctypes.c_double()
    of, handle, across = raw.FPDFText_GetCharOrigin, text_page.raw, turn in {90, 270}
    places = [
        x.value if across else y.value
        for at in range(start, start + length)
        if of(handle, at, x, y)
    ]
    return places if turn in {90, 180} else [-place for place in places]


def _text_of(text_page: pypdfium2.PdfTextPage) -> str:
    # The text must have one character for each of PDFium's, because positions are used as indexes.
    count, handle = text_page.count_chars(), text_page.raw
    text = str(text_page.get_text_range())
    # The loop takes six times as long, but a few files give more or fewer characters.
    if len(text) != count:
        text = "".join([_char_of(raw.FPDFText_GetUnicode(handle, at)) for at in range(count)])
    return _SYMBOLS.sub(lambda found: symbol("symbol", ord(found[0])) or " ", text)


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
