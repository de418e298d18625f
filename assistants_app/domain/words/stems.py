"""Stems of words: forms of a word that differ by grammar only have the same one."""

import unicodedata
from functools import cache, lru_cache
from typing import Any

import snowballstemmer

# English words that say nothing about a text. Words as frequent in other languages are left to the
# ranking, which gives words in many chunks little weight.
STOP_WORDS = frozenset(
    """
    a about above after again against all am an and any are as at be because been before being below
    between both but by can did do does doing don down during each few for from further had has have
    having he her here hers herself him himself his how i if in into is it its itself just me more
    most my myself no nor not now of off on once only or other our ours ourselves out over own s
    same she should so some such t than that the their theirs them themselves then there these they
    this those through to too under until up very was we were what when where which while who whom
    why will with you your yours yourself yourselves
    """.split()  # noqa: SIM905 - readable only as running text
)
# The language whose rules apply, by script. Words of other scripts stay whole. All Latin words
# follow the rules for English: which language a word of a question is in can't be told.
_LANGUAGES = {
    "LATIN": "english",
    "CYRILLIC": "russian",
    "GREEK": "greek",
    "ARABIC": "arabic",
    "DEVANAGARI": "hindi",
    "TAMIL": "tamil",
    "ARMENIAN": "armenian",
}


@lru_cache(maxsize=100_000)
def stem(term: str) -> str:
    """Return the stem of a folded word."""
    language = _language_of(term[0])
    return (_stemmer(language).stemWord(term) or term) if language else term


def _language_of(letter: str) -> str:
    if letter.isascii():
        return "english" if letter.isalpha() else ""
    return _LANGUAGES.get(unicodedata.name(letter, "").partition(" ")[0], "")


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(language)
