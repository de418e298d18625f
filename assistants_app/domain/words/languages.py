"""Whether a text is in English, judged by its script and its most frequent words."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from assistants_app.domain.words.stop_words import FOREIGN_STOP_WORDS, STOP_WORDS
from assistants_app.domain.words.tokens import tokens

READ = 20_000  # characters of a text that are judged
FEWEST_WORDS = 30  # of a text that can be judged
_SPOKEN = 0.05  # the least share of a language's frequent words in running text


def is_latin(text: str) -> bool:
    """Return whether most letters of the text are Latin. A text without letters is."""
    scripts = Counter(map(_is_latin, filter(str.isalpha, text[:READ])))
    return scripts[True] >= scripts[False]


def is_foreign(words: Sequence[str]) -> bool:
    """Return whether words in Latin script have more frequent words of other languages than of
    English.
    """
    foreign = sum(word in FOREIGN_STOP_WORDS for word in words)
    return foreign > max(1, sum(word in STOP_WORDS for word in words))


def is_english(text: str) -> bool:
    """Return whether the text may be English. Too short a text in Latin letters may be."""
    if not is_latin(text):
        return False
    words = [token.term for token in tokens(text[:READ])]
    if len(words) < FEWEST_WORDS:
        return True
    # Tables and code have frequent words of no language.
    share = sum(word in FOREIGN_STOP_WORDS for word in words) / len(words)
    return share < _SPOKEN or not is_foreign(words)


@lru_cache(maxsize=20_000)
def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith(("LATIN", "FULLWIDTH LATIN"))
