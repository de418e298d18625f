"""Whether a text is in English, judged by its script and its most frequent words."""

import unicodedata
from collections import Counter
from functools import lru_cache

from assistants_app.domain.words.stems import STOP_WORDS
from assistants_app.domain.words.tokens import tokens

READ = 20_000  # characters of a text that are judged
FEWEST_WORDS = 30  # of a text that can be judged
_SPOKEN = 0.05  # the least share of a language's frequent words in running text
# Frequent words of other languages in Latin script, without those that are also English.
_ELSEWHERE = (
    frozenset(
        """
    aber al als auch auf aus av bei bir bu che cu da das de dei dem den der det di die dla dos du
    e ed ein eine einen el en er era es est et ett fur het i il ich im ist je jest jag la las le
    les lo los mais mas med mit na nao ne nicht nie nu o och ook op os ou par para pas per por pour
    que qui se sich sie si som son sono su sur te til u um un una une uno van ve vi von w war wie
    y z za ze zu
    """.split()  # noqa: SIM905 - readable only as running text
    )
    - STOP_WORDS
)


def is_latin(text: str) -> bool:
    """Return whether most letters of the text are Latin. A text without letters is."""
    scripts = Counter(map(_is_latin, filter(str.isalpha, text[:READ])))
    return scripts[True] >= scripts[False]


def is_english(text: str) -> bool:
    """Return whether the text may be English. Too short a text in Latin letters may be."""
    if not is_latin(text):
        return False
    words = [token.term for token in tokens(text[:READ])]
    if len(words) < FEWEST_WORDS:
        return True
    elsewhere = sum(word in _ELSEWHERE for word in words)
    # Tables and code have frequent words of no language.
    return elsewhere < _SPOKEN * len(words) or elsewhere < sum(word in STOP_WORDS for word in words)


@lru_cache(maxsize=20_000)
def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith(("LATIN", "FULLWIDTH LATIN"))
