"""One spelling for the spellings of a word: case, accents, widths, invisible characters."""

import re
import unicodedata
from functools import cache, lru_cache

LONGEST = 100  # characters of a term; longer words, such as encoded data, are cut
_READ = 4 * LONGEST  # characters of a word that are looked at, marks included

# Characters without a width: soft hyphens, joiners, and marks of direction.
INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
# Half-width signs that voice the kana before them. Unicode doesn't count them as marks.
VOICED = "\uff9e\uff9f"

# Letters that are written without their sign where a keyboard has none, but don't decompose.
_LETTERS = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i",
    "ŧ": "t",
    # Alef maqsura, teh marbuta, and the Persian forms of kaf and yeh.
    "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ھ": "ه", "ہ": "ه", "ٱ": "ا", "ـ": "",
}  # fmt: skip
# Vowel signs and accents of Hebrew and Arabic, which most texts leave out.
_UNWRITTEN = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
_UNWRITTEN += "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
# Accents, but not on Cyrillic letters, where й and ї are letters of their own.
_DROPPED = re.compile(
    rf"(?<![\u0400-\u052f])[\u0300-\u036f]+|[\u0300\u0301{_UNWRITTEN}{INVISIBLE}\ufe00-\ufe0f]"
    r"|(?<=е)\u0308"
)


@cache
def marks() -> str:
    """Return all combining marks, as the inside of a character class."""
    ranges: list[list[int]] = []
    for number in (*range(0x300, 0x3100), *range(0xA600, 0xAC00), *range(0xFB00, 0x1EA00)):
        if unicodedata.category(chr(number)) in ("Mn", "Mc", "Me"):
            if ranges and ranges[-1][1] == number - 1:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in ranges)


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Return the form that all spellings of a word share, at most ``LONGEST`` characters."""
    word = word[:_READ]
    if word.isascii():
        return word[:LONGEST].lower()
    folded = unicodedata.normalize("NFKC", word).casefold()
    folded = _DROPPED.sub("", unicodedata.normalize("NFD", folded))
    return unicodedata.normalize("NFC", folded.translate(_one_form()))[:LONGEST]


@cache
def _one_form() -> dict[int, str]:
    # Digits of all scripts, since a text has both ٢٠٢٤ and 2024.
    digits = {
        number: str(unicodedata.decimal(chr(number)))
        for number in (*range(0x660, 0x1A9A), *range(0xA620, 0xAC00), *range(0x104A0, 0x1E960))
        if unicodedata.category(chr(number)) == "Nd"
    }
    return {**digits, **{ord(letter): plain for letter, plain in _LETTERS.items()}}
