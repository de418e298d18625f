"""Stems of words: forms of a word that differ by grammar only have the same one."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

import snowballstemmer

# The language whose rules apply, by script. Words of other scripts stay whole. All Latin words
# follow the rules for English: a single word doesn't show which language it is in.
_LANGUAGES = {
    "LATIN": "english",
    "CYRILLIC": "russian",
    "GREEK": "greek",
    "DEVANAGARI": "hindi",
    "TAMIL": "tamil",
    "ARMENIAN": "armenian",
}

_ARABIC = re.compile("[\u0620-\u064a\u0671-\u06d3]")
# Articles, alone and behind prepositions, and endings of gender and number.
_ARABIC_PREFIXES = ("وال", "بال", "كال", "فال", "لل", "ال")
_ARABIC_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_ARABIC_ROOT = 3  # letters that remain


@lru_cache(maxsize=100_000)
def stem(term: str) -> str:
    """Return the stem of a folded word."""
    if _ARABIC.match(term):
        return _arabic_stem(term)
    language = _language_of(term[0])
    return (_stemmer(language).stemWord(term) or term) if language else term


def _arabic_stem(term: str) -> str:
    # Snowball's rules take the ending off a word only if it has no article, so that a word with and
    # without its article has two stems.
    for prefix in _ARABIC_PREFIXES:
        if term.startswith(prefix) and len(term) >= len(prefix) + _ARABIC_ROOT:
            term = term.removeprefix(prefix)
            break
    for suffix in _ARABIC_SUFFIXES:
        if term.endswith(suffix) and len(term) >= len(suffix) + _ARABIC_ROOT:
            return term.removesuffix(suffix)
    return term


def _language_of(letter: str) -> str:
    if letter.isascii():
        return "english" if letter.isalpha() else ""
    return _LANGUAGES.get(unicodedata.name(letter, "").partition(" ")[0], "")


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(language)
