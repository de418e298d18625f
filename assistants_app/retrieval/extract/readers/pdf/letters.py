"""Words made from the places of their letters, for pages whose scripts run from the right.

PDFium cuts such words, and orders their letters, in ways that depend on the program that wrote the
file.
"""

import ctypes
import math
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import pypdfium2
from pypdfium2 import raw

from assistants_app.retrieval.extract.readers.pdf.layout import BROKEN, Word

# Distances are multiples of the letters' size.
SAME_LINE, WHOLE_LINE = 0.3, 0.7  # between the baselines of two letters, and of all of a line
# The narrowest space between words, where the file has a space and where it has none.
WORD_GAP, SILENT_GAP = 0.17, 0.28
SPACE_REACH = 0.1  # how far a space may be from the gap that it stands for
NEAR = 0.02
LAM, ALEFS = "\u0644", "\u0622\u0623\u0625\u0627\u0671"
ASCENT, DESCENT = 0.8, 0.2


class Letter(NamedTuple):
    """A letter with its box, its baseline and its size in points, which grow upwards.

    `text` has several characters for a letter with accents and for a ligature, in the order in
    which a line from left to right has them: the accents before the letter.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    origin: float


def words_from_letters(text_page: pypdfium2.PdfTextPage, text: str) -> list[Word]:
    """Return the page's words, each as its letters stand from left to right."""
    return [word for line in _lines_of(text_page, text) for word in _words_of_line(line)]


def _lines_of(text_page: pypdfium2.PdfTextPage, text: str) -> list[list[Letter]]:
    lines: list[list[Letter]] = []
    for letter in sorted(_letters(text_page, text), key=lambda letter: -letter.baseline):
        # Accented letters can stand a little higher, each by another bit. A space has no size.
        first, last = (lines[-1][0], lines[-1][-1]) if lines else (letter, letter)
        size = max(first.size, letter.size)
        near = last.baseline - letter.baseline <= SAME_LINE * size
        if lines and near and first.baseline - letter.baseline <= WHOLE_LINE * size:
            lines[-1].append(letter)
        else:
            lines.append([letter])
    return lines


def _letters(text_page: pypdfium2.PdfTextPage, text: str) -> Iterator[Letter]:
    handle = text_page.raw
    box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    for at, char in enumerate(text):
        if char < " " or char in BROKEN:
            continue
        found = (
            raw.FPDFText_GetLooseCharBox(handle, at, ctypes.byref(box))
            and raw.FPDFText_GetCharOrigin(handle, at, ctypes.byref(x), ctypes.byref(y))
            and raw.FPDFText_GetMatrix(handle, at, ctypes.byref(matrix))
        )
        if found:
            size = raw.FPDFText_GetFontSize(handle, at) * math.hypot(matrix.b, matrix.d)
            text_of = " " if char.isspace() else char
            yield Letter(text_of, box.left, box.right, y.value, max(size, 1.0), x.value)


def _words_of_line(line: list[Letter]) -> Iterator[Word]:
    letters = sorted(line, key=lambda letter: (letter.left, letter.right))
    letters = _marks_before_bases(_clusters_joined(letters))
    spaces = [(letter.left + letter.right) / 2 for letter in letters if letter.text == " "]
    word: list[Letter] = []
    end = 0.0
    for letter in letters:
        if letter.text == " ":
            continue
        if word and _is_apart(word[-1], letter, end, spaces):
            yield _word_of(word)
            word = []
        end = max(end, letter.right) if word else letter.right
        word.append(letter)
    if word:
        yield _word_of(word)


def _is_apart(before: Letter, letter: Letter, end: float, spaces: list[float]) -> bool:
    """Return whether a space is between two letters. `end` is the right end of those before."""
    gap = letter.left - end
    if gap <= WORD_GAP * letter.size:
        return False
    reach = SPACE_REACH * letter.size
    # Some writers give a space no width, and put it at the start of the word after it.
    at = bisect_left(spaces, min(end, before.left) - NEAR * letter.size)
    marked = at < len(spaces) and spaces[at] <= letter.left + reach
    wide = gap > SILENT_GAP * letter.size
    # The box of an accented letter is narrower than the letter.
    vague = _is_accented(before) or _is_accented(letter)
    return (marked and wide) if vague else (marked or wide)


def _clusters_joined(letters: list[Letter]) -> list[Letter]:
    """Join the pieces of a sign. PDFium divides its box among them, in one order or the other."""
    joined: list[Letter] = []
    for _, found in groupby(letters, key=lambda letter: letter.origin):
        group = list(found)
        pieces = [letter for letter in group if letter.text != " "]
        joined += [letter for letter in group if letter.text == " "]
        if len(pieces) < 2:
            joined += pieces
            continue
        texts = [piece.text for piece in pieces]
        if any(map(unicodedata.combining, texts)):
            texts.sort(key=lambda text: not unicodedata.combining(text))
        elif texts[0] == LAM and texts[1] in ALEFS:
            texts.reverse()
        right = max(piece.right for piece in pieces)
        joined.append(pieces[0]._replace(text="".join(texts), right=right))
    return joined


def _marks_before_bases(letters: list[Letter]) -> list[Letter]:
    """Move each accent to the left of the letter that it stands on."""
    bases = [letter for letter in letters if not _is_mark(letter)]
    if len(bases) == len(letters) or not bases:
        return letters
    starts = [letter.left for letter in bases]
    marks: dict[int, list[Letter]] = {}
    loose: list[Letter] = []
    for letter in filter(_is_mark, letters):
        middle = (letter.left + letter.right) / 2
        near = range(max(0, bisect_left(starts, middle) - 3), bisect_left(starts, middle))
        over = [at for at in near if bases[at].right > middle and bases[at].text != " "]
        if over:
            # Letters overlap a little, so the one whose middle is closest counts.
            at = min(over, key=lambda at: abs(bases[at].left + bases[at].right - 2 * middle))
            marks.setdefault(at, []).append(letter)
        else:
            loose.append(letter)
    placed = [(letter.left, letter) for letter in loose]
    for at, base in enumerate(bases):
        placed += [(base.left, one) for one in (*marks.get(at, ()), base)]
    return [letter for _, letter in sorted(placed, key=lambda pair: pair[0])]


def _is_accented(letter: Letter) -> bool:
    return len(letter.text) > 1 and unicodedata.combining(letter.text[0]) > 0


def _is_mark(letter: Letter) -> bool:
    return unicodedata.combining(letter.text[-1]) > 0


def _word_of(letters: list[Letter]) -> Word:
    size = max(letter.size for letter in letters)
    baseline = min(letter.baseline for letter in letters)
    return Word(
        "".join(letter.text for letter in letters),
        letters[0].left,
        -(baseline + ASCENT * size),
        max(letter.right for letter in letters),
        -(baseline - DESCENT * size),
    )
