"""Cut a text into the terms that searches compare.

Words end where Unicode's letters, marks and digits end. Words without spaces between them are cut
into overlapping pairs of characters.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from assistants_app.domain.words.folding import INVISIBLE, VOICED, fold, marks

# Chinese and Japanese. A pair may have characters of both: 食べ is the start of a word.
_HAN = "々〆〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
# Korean has spaces, but joins particles to its words: 서울에서 has to be found by 서울.
_HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb\uffa0-\uffdc"
# Thai, Lao, Burmese, Khmer, and their neighbors, digits and signs apart.
_SOUTHEAST = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u108f"
    "\u1780-\u17d3\u17dc\u1950-\u1974\u1980-\u19c9\u1a20-\u1a7c\ua9e0-\ua9ef\uaa60-\uaa7f"
)
# Scripts without spaces between words.
UNSPACED = _HAN + _KANA + _SOUTHEAST
# Numbers that are raised, lowered or circled end a word: 10⁶ is not 106.
_RAISED = "²³¹¼-¾⁰⁴-⁹₀-₉⅐-↉①-⒛⓪-⓿❶-➓㉈-㉏㉑-㉟㊱-㊿"
_LOW, _HIGH = "₀-₉", "⁰¹²³⁴-⁹"
_SUPERSCRIPTS, _DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"
# Square meters and the like in one character.
_UNITS = "\u3380-\u33a6"
# Letters before a raised number that is part of the word, as in cm². Beside longer words, a raised
# number is the mark of a footnote.
_LONGEST_UNIT = 3
# Apostrophes that Unicode counts as letters.
_APOSTROPHES = "\u02b9-\u02bf\u02c8\ua78b\ua78c"
_SIGNS = "\u2600-\u275f\u2764-\u2767\u2795-\u27bf\U0001f000-\U0001faff"


class Token(NamedTuple):
    """A term, its place among the words of the text, and the characters it was made of.

    `single` marks one character of a script that is otherwise cut into pairs, and `part` a part of
    a word with raised or lowered numbers, which is also a term.
    """

    term: str
    place: int
    start: int
    end: int
    single: bool = False
    part: bool = False


@cache
def _runs() -> re.Pattern[str]:
    inner = f"[{marks()}{INVISIBLE}{VOICED}]*+"
    dense = _HAN + _KANA + _HANGUL + _SOUTHEAST
    word = rf"[^\W_{dense}{_RAISED}{_APOSTROPHES}]"
    return re.compile(
        # After a digit, a raised or lowered number is another number.
        rf"(?P<word>(?:{word}++{inner})++)"
        rf"(?P<tail>(?:(?<!\d)[{_LOW}]++(?:{word}++{inner})*+)++|(?<!\d)[{_HIGH}]++)?+"
        rf"|(?P<isotope>[{_HIGH}]++{word}{{1,2}}+(?!\w))|(?P<unit>[{_UNITS}])"
        rf"|(?P<han>(?:[{_HAN}{_KANA}]{inner})++)"
        rf"|(?P<hangul>(?:[{_HANGUL}]{inner})++)"
        rf"|(?P<southeast>[{_SOUTHEAST}](?:[{_SOUTHEAST}]|{inner}(?=[{_SOUTHEAST}]))*+{inner})"
        rf"|(?P<raised>[{_RAISED}]++)|(?P<sign>[{_SIGNS}])"
    )


@cache
def _units() -> re.Pattern[str]:
    # A character with its marks.
    return re.compile(rf"(?s:.)[{marks()}{INVISIBLE}{VOICED}]*+")


@cache
def _parts() -> re.Pattern[str]:
    return re.compile(f"[{_RAISED}]++|[^{_RAISED}]++")


@cache
def _ideographs() -> re.Pattern[str]:
    return re.compile(f"[{_HAN}{_HANGUL}]")


def composed(text: str) -> str:
    """Return the text as its tokens' `start` and `end` count its characters."""
    return unicodedata.normalize("NFC", text)


def tokens(text: str, *, singles: bool = True) -> Iterator[Token]:
    """Yield the text's tokens, in order. `start` and `end` are places in ``composed(text)``.

    `singles` also yields single characters of words that are cut into pairs, and the parts of words
    with raised or lowered numbers, as an index needs.
    """
    place = 1
    for match in _runs().finditer(composed(text)):
        if match.lastgroup in ("tail", "isotope"):
            numbered = list(_numbered(match, place, singles=singles))
            yield from numbered
            place = numbered[-1].place + 1
            continue
        if match.lastgroup in ("word", "raised", "sign", "unit"):
            term = fold(match.group())
            if term:
                yield Token(term, place, match.start(), match.end())
                place += 1
            continue
        units = [
            (fold(unit.group()), match.start() + unit.start(), match.start() + unit.end())
            for unit in _units().finditer(match.group())
        ]
        yield from _pairs(units, place, singles=singles)
        place += len(units)


def _numbered(match: re.Match[str], place: int, *, singles: bool) -> Iterator[Token]:
    """Yield a word with raised or lowered numbers: H₂O as h2o, and as its parts for an index.

    All of them have the same place, so that phrases with H₂O and with H2O have the same distances.
    """
    whole = Token(fold(match.group()), place, match.start(), match.end())
    parts = [
        Token(fold(part.group()), place, match.start() + part.start(), match.start() + part.end())
        for part in _parts().finditer(match.group())
    ]
    tail = match["tail"]
    if tail and tail[0] in _SUPERSCRIPTS and len(match["word"].lstrip(_DIGITS)) > _LONGEST_UNIT:
        yield from (part._replace(place=place + at) for at, part in enumerate(parts))
        return
    if singles:
        yield from (part._replace(part=True) for part in parts)
    yield whole


def _pairs(units: list[tuple[str, int, int]], place: int, *, singles: bool) -> Iterator[Token]:
    last = len(units) - 1
    for at, (term, start, end) in enumerate(units):
        if not last or (singles and _ideographs().match(term)):
            yield Token(term, place + at, start, end, single=True)
        if at < last:
            following, _, pair_end = units[at + 1]
            yield Token(term + following, place + at, start, pair_end)
