"""Raised and lowered words of a PDF page, joined to the words that they belong to."""

import re
from bisect import bisect_left, insort
from collections.abc import Sequence
from statistics import median

from assistants_app.retrieval.extract.notation.scripts import lowered, raised, rendered
from assistants_app.retrieval.extract.readers.pdf.layout import Word

SCRIPT = re.compile(r"[+\-\u2212\u2013\u2010]?(?:\d{1,4}|[nixk])[+\-\u2212]?[.,;:)]?|[+\u2212-]")
TRAILING = re.compile(r"(?<=[^.,;:)])[.,;:)]$")
# Distances are multiples of the height of the word that another one is beside.
SMALLEST, LARGEST = 0.35, 0.9  # height of the other word
BESIDE = 0.2
HIGH = (0.1, 0.75)  # how much higher its baseline is
LOW = (-0.45, -0.06)
MOST_NEIGHBOURS = 500  # words whose right ends are looked at
DESCENT = 0.2  # the part of a word's box below its baseline


def with_scripts_joined(words: list[Word]) -> list[Word]:
    """Return the words, with exponents and the like in the words before them: ``10⁶``."""
    if not words:
        return words
    usual = median(word.bottom - word.top for word in words)
    small = [
        at
        for at, word in enumerate(words)
        if word.bottom - word.top < LARGEST * usual and SCRIPT.fullmatch(word.text)
    ]
    if not small:
        return words
    joined = list(words)
    by_end = sorted((word.right, at) for at, word in enumerate(words))
    gone: set[int] = set()
    # From left to right, so that each piece of an exponent follows the one before it.
    for at in sorted(small, key=lambda at: words[at].left):
        found = _base_of(joined[at], joined, by_end, gone | {at})
        if found is not None:
            joined[found] = _join(joined[found], joined[at])
            insort(by_end, (joined[found].right, found))
            gone.add(at)
    return [
        word._replace(text=rendered(word.text)) for at, word in enumerate(joined) if at not in gone
    ]


def _base_of(
    word: Word, words: Sequence[Word], by_end: list[tuple[float, int]], others: set[int]
) -> int | None:
    """Return the index of the word that this one is an exponent or an index of."""
    reach = word.bottom - word.top
    start = bisect_left(by_end, (word.left - reach, -1))
    for right, at in by_end[start : start + MOST_NEIGHBOURS]:
        if right > word.left + reach:
            return None
        base = words[at]
        if at not in others and base.right == right and _position(base, word):
            return at
    return None


def _position(base: Word, word: Word) -> int:
    """Return 1 if `word` is raised beside `base`, -1 if it is lowered, else 0."""
    tall, height = base.bottom - base.top, word.bottom - word.top
    beside = abs(word.left - base.right) <= BESIDE * tall
    if not beside or not SMALLEST * tall <= height <= LARGEST * tall:
        return 0
    shift = ((base.bottom - DESCENT * tall) - (word.bottom - DESCENT * height)) / tall
    if HIGH[0] <= shift <= HIGH[1]:
        return 1
    return -1 if LOW[0] <= shift <= LOW[1] else 0


def _join(base: Word, word: Word) -> Word:
    end = TRAILING.search(word.text)
    core = word.text[: end.start()] if end else word.text
    marked = raised(core) if _position(base, word) > 0 else lowered(core)
    return base._replace(text=base.text + marked + (end[0] if end else ""), right=word.right)
