"""Splits a text into the units that no chunk cuts: words, and pieces of very long words."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from assistants_app.domain.tokens import count_tokens
from assistants_app.retrieval.extract import Document

# Kinds of break before a unit, from the worst to the best.
INSIDE, WORD, LINE, SENTENCE, PARAGRAPH, HEADING = range(6)

LONGEST = 16  # characters of a unit
LONGEST_GAP = 400  # characters of white space inside a chunk
# Characters that can form one letter. A text can pile up accents without end, and a unit that
# swallowed all of them would not fit in a chunk.
LONGEST_CLUSTER = 32
CACHED_COUNTS = 50_000
# The full stops of scripts without spaces end a unit, so that a sentence can end there too.
UNIT = re.compile(rf"(\s*)([^\s。！？]{{1,{LONGEST}}}[。！？]{{0,4}}|[。！？]{{1,4}})")
SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’»)\]]*$")
ZERO_WIDTH_JOINER = "\u200d"


class Unit(NamedTuple):
    """The characters `start` to `end` of a text.

    `tokens` also counts the white space before the unit. `kind` is the kind of break before it.
    `apart` means that the unit cannot share a chunk with the text before it.
    """

    start: int
    end: int
    tokens: int
    kind: int
    apart: bool


def units_of(document: Document, largest: int) -> Iterator[Unit]:
    """Yield the document's units, each of at most `largest` tokens without its white space."""
    text, count = document.text, _Counter()
    headings = _heading_starts(document)
    heading = next(headings)
    position, before = 0, ""
    while found := UNIT.match(text, position):
        gap, start = found[1], found.start(2)
        position = _end_of_letter(text, found.end())
        kind = _kind_of_break(gap, before)
        if heading <= start:
            kind = HEADING
            while heading <= start:
                heading = next(headings)
        # A gap of this size would fill a chunk with white space. It is left between two chunks.
        apart = len(gap) > LONGEST_GAP or (len(gap) > 8 and count(gap) > largest)
        lead = "" if apart else gap
        for begin, end in _split_to_size(text, start, position, largest, count):
            yield Unit(begin, end, count(lead + text[begin:end]), kind, apart)
            kind, apart, lead = INSIDE, False, ""
        before = text[start:position]


class _Counter:
    """Counts tokens and remembers the counts, since words come back often."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        tokens = self._known.get(text)
        if tokens is None:
            if len(self._known) >= CACHED_COUNTS:
                self._known.clear()
            tokens = self._known[text] = count_tokens(text)
        return tokens


def _heading_starts(document: Document) -> Iterator[int]:
    """Yield the offset of each change of headings, then an offset beyond the text."""
    sections = document.sections
    for before, section in zip(sections, sections[1:], strict=False):
        if section.headings != before.headings:
            yield section.start
    yield len(document.text) + 1


def _kind_of_break(gap: str, before: str) -> int:
    if gap.count("\n") > 1:
        return PARAGRAPH
    # "3.14" is no sentence, but scripts such as Japanese put no space after a full stop.
    if SENTENCE_END.search(before) and (gap or not before.isascii()):
        return SENTENCE
    if "\n" in gap:
        return LINE
    return WORD if gap else INSIDE


def _end_of_letter(text: str, end: int) -> int:
    """Return `end`, or the end of the letter that a cut at `end` would split."""
    limit = min(len(text), end + LONGEST_CLUSTER)
    while end < limit and _belong_together(text[end - 1], text[end]):
        end += 1
    return end


def _belong_together(one: str, other: str) -> bool:
    # The parts of Unicode's grapheme clusters (UAX 29) that ordinary texts contain.
    if other.isascii():
        return False
    if ZERO_WIDTH_JOINER in {one, other} or unicodedata.category(other)[0] == "M":
        return True  # joined emoji, accents
    if "\U0001f3fb" <= other <= "\U0001f3ff":
        return True  # skin tones
    flags = ("\U0001f1e6", "\U0001f1ff")
    if flags[0] <= one <= flags[1] and flags[0] <= other <= flags[1]:
        return True
    return "\u1160" <= other <= "\u11ff"  # vowels and final consonants of Korean syllables


def _split_to_size(
    text: str, start: int, end: int, largest: int, count: _Counter
) -> Iterator[tuple[int, int]]:
    """Yield halves of halves in order, until none has more than `largest` tokens."""
    waiting = [(start, end)]
    while waiting:
        start, end = waiting.pop()
        middle = _end_of_letter(text, (start + end) // 2) if end - start > 1 else end
        if middle >= end or count(text[start:end]) <= largest:
            yield start, end
        else:
            waiting += [(middle, end), (start, middle)]
