"""The pieces that a text is never cut within: words, and parts of very long ones."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from assistants_app.domain.tokens import count_tokens
from assistants_app.retrieval.extract import Document

# Kinds of break before a unit, from the worst to the best.
INSIDE, WORD, LINE, SENTENCE, PARAGRAPH, HEADING = range(6)

LONGEST = 16  # characters of a unit
LONGEST_GAP = 400  # characters of white space that a chunk may have inside
LONGEST_CLUSTER = 32  # characters that may belong to one letter
CACHED_COUNTS = 50_000
# Full stops of scripts without spaces end a unit, and so may a sentence.
UNIT = re.compile(rf"(\s*)([^\s。！？]{{1,{LONGEST}}}[。！？]{{0,4}}|[。！？]{{1,4}})")
SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’»)\]]*$")
ZERO_WIDTH_JOINER = "\u200d"


class Unit(NamedTuple):
    """Characters `start` to `end`; `tokens` counts the white space before them too.

    `kind` says how good a break before it is; `apart`, that it shares no chunk with what is before.
    """

    start: int
    end: int
    tokens: int
    kind: int
    apart: bool


def units_of(document: Document, largest: int) -> Iterator[Unit]:
    """The document's units, of at most `largest` tokens each without the white space."""
    text, count = document.text, _Counter()
    headings = _heading_starts(document)
    heading = next(headings)
    position, before = 0, ""
    while found := UNIT.match(text, position):
        gap, start = found[1], found.start(2)
        position = _whole(text, found.end())
        kind = _kind(gap, before)
        if heading <= start:
            kind = HEADING
            while heading <= start:
                heading = next(headings)
        apart = len(gap) > LONGEST_GAP or (len(gap) > 8 and count(gap) > largest)
        lead = "" if apart else gap
        for begin, end in _pieces(text, start, position, largest, count):
            yield Unit(begin, end, count(lead + text[begin:end]), kind, apart)
            kind, apart, lead = INSIDE, False, ""
        before = text[start:position]


class _Counter:
    """Counts tokens; words come back often."""

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
    """Where another heading begins; at last, an offset beyond all."""
    sections = document.sections
    for before, section in zip(sections, sections[1:], strict=False):
        if section.headings != before.headings:
            yield section.start
    yield len(document.text) + 1


def _kind(gap: str, before: str) -> int:
    if gap.count("\n") > 1:
        return PARAGRAPH
    if SENTENCE_END.search(before) and (gap or not before.isascii()):
        return SENTENCE
    if "\n" in gap:
        return LINE
    return WORD if gap else INSIDE


def _whole(text: str, end: int) -> int:
    """`end`, or a little after it where it would cut a letter from what belongs to it."""
    limit = min(len(text), end + LONGEST_CLUSTER)
    while end < limit and _belong_together(text[end - 1], text[end]):
        end += 1
    return end


def _belong_together(one: str, other: str) -> bool:
    """Accents, joined emoji, skin tones, flags and the parts of Korean syllables."""
    if other.isascii():
        return False
    if ZERO_WIDTH_JOINER in {one, other} or unicodedata.category(other)[0] == "M":
        return True
    if "\U0001f3fb" <= other <= "\U0001f3ff":
        return True
    flags = ("\U0001f1e6", "\U0001f1ff")
    if flags[0] <= one <= flags[1] and flags[0] <= other <= flags[1]:
        return True
    return "\u1160" <= other <= "\u11ff"


def _pieces(
    text: str, start: int, end: int, largest: int, count: _Counter
) -> Iterator[tuple[int, int]]:
    """Halves of halves, until none has more than `largest` tokens."""
    waiting = [(start, end)]
    while waiting:
        start, end = waiting.pop()
        middle = _whole(text, (start + end) // 2) if end - start > 1 else end
        if middle >= end or count(text[start:end]) <= largest:
            yield start, end
        else:
            waiting += [(middle, end), (start, middle)]
