"""From the order in which letters stand on a line to the order in which they are read.

A PDF has its letters where they are drawn. Hebrew and Arabic run from the right, and numbers and
Latin words within them from the left. This is the inverse of Unicode's bidirectional algorithm
(UAX 9) for one line.
"""

import re
import unicodedata

_KINDS = {
    "R": "R", "AL": "R", "NSM": "R", "L": "L", "EN": "N", "AN": "A", "ET": "t", "ES": "s",
    "CS": "s",
}  # fmt: skip
# Letters that run from the right, with the forms that old fonts have for Arabic.
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_FORMS = re.compile("[\ufb1d-\ufdff\ufe70-\ufefc]+")
# A number with the signs that belong to it: 1,250 or 7.5 % or 1.3.2024.
_NUMBER = re.compile(r"(?<!t)t*N+(?:sN+)*t*|A+(?:sA+)*")
_STOP_FIRST = re.compile(r"\s*[.,;:!?]")
_STRETCH = re.compile("[^R]+|R+")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "«": "»", "‹": "›"}
_MIRRORED = str.maketrans({**_BRACKETS, **{end: start for start, end in _BRACKETS.items()}})
MOSTLY = 3  # a line of a right-to-left page is one too if a quarter of its words are


def kinds_of(text: str) -> str:
    """Return a letter for each character, after the types of UAX 9.

    R and L are letters, N and A European and Arabic digits, t and s the signs of numbers, o the
    rest.
    """
    return "".join([_KINDS.get(unicodedata.bidirectional(char), "o") for char in text])


def runs_from_the_right(text: str) -> bool:
    """Return whether at least half of a page's words run from the right."""
    right, left = _words_by_direction(text)
    return right > 0 and right >= left


def _words_by_direction(text: str) -> tuple[int, int]:
    """Return how many words run from the right and from the left. An address counts as one."""
    right = left = 0
    for word in text.split():
        if RIGHT_TO_LEFT.search(word):
            right += 1
        elif any(map(str.isalpha, word)):
            left += 1
    return right, left


def in_reading_order(line: str, page_from_right: bool) -> str:
    """Return a line, given from its left end to its right end, as it is read."""
    if not RIGHT_TO_LEFT.search(line):
        return line
    kinds = kinds_of(line)
    right, left = _words_by_direction(line)
    # The full stop of a sentence stands at its left end only if the line begins at the right.
    ends_left = page_from_right and _STOP_FIRST.match(line)
    if ends_left or right * (MOSTLY if page_from_right else 1) >= left:
        text = _from_right(line, kinds)
    else:
        text = _from_left(line, kinds)
    text = _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]).strip(), text)
    return unicodedata.normalize("NFC", _with_pairs(text))


def _from_left(line: str, kinds: str) -> str:
    """Turn the stretches between the first and the last right-to-left letter around."""
    parts = []
    at = 0
    for found in re.finditer(r"[^L]+", kinds):
        first, last = kinds.find("R", *found.span()), kinds.rfind("R", *found.span())
        if first >= 0:
            inner = slice(first, last + 1)
            parts += [line[at:first], _from_right(line[inner], kinds[inner])]
            at = last + 1
    return "".join(parts) + line[at:]


def _from_right(line: str, kinds: str) -> str:
    runs = _left_to_right_runs(kinds)
    # Some files have a bracket as it is meant and some as it looks. What pairs up is right.
    mirrored, plain = (_turned(line, runs, mirror) for mirror in (True, False))
    return plain if _unpaired(plain) < _unpaired(mirrored) else mirrored


def _left_to_right_runs(kinds: str) -> list[tuple[int, int]]:
    runs = []
    for found in _STRETCH.finditer(kinds):
        start, end = found.span()
        if kinds[start] == "R":
            continue
        if "L" in found[0]:
            strong = [at for at in range(start, end) if kinds[at] in "LNA"]
            runs.append((strong[0], strong[-1] + 1))
        else:
            runs += [one.span() for one in _NUMBER.finditer(kinds, start, end)]
    return runs


def _turned(line: str, runs: list[tuple[int, int]], mirror: bool) -> str:
    parts = []
    at = 0
    for start, end in [*runs, (len(line), len(line))]:
        between = line[at:start][::-1]
        parts += [between.translate(_MIRRORED) if mirror else between, line[start:end]]
        at = end
    return "".join(reversed(parts))


def _with_pairs(text: str) -> str:
    """Return `text` with brackets that open and close in turn, if it has as many as that takes.

    PDFium mirrors some of a line's brackets, and leaves others.
    """
    for start, end in _BRACKETS.items():
        places = [at for at, char in enumerate(text) if char in {start, end}]
        if len(places) % 2 or not _unpaired("".join(text[at] for at in places)):
            continue
        letters = list(text)
        for number, at in enumerate(places):
            letters[at] = end if number % 2 else start
        text = "".join(letters)
    return text


def _unpaired(text: str) -> int:
    waiting: list[str] = []
    wrong = 0
    for char in text:
        if char in _BRACKETS:
            waiting.append(_BRACKETS[char])
        elif char in _BRACKETS.values():
            if waiting and waiting[-1] == char:
                waiting.pop()
            else:
                wrong += 1
    return wrong + len(waiting)
