"""The neighbors that each letter beyond ASCII has in the words of a language."""

import functools
import math
import unicodedata
from collections import Counter

EDGE = " "  # beside the first and the last letter of a word
# What a neighbor's probability is without evidence, and how many words outweigh that.
CHANCE, DOUBT = 1 / 25, 2.0
# How many words outweigh the assumption that both neighbors are independent.
INDEPENDENT = 4.0
LEAST, MOST = -3.0, 4.0


def folded(char: str) -> str:
    """Return a letter in lower case. The Turkish İ stays, because its lower case is ASCII."""
    lower = char.lower()
    return lower if len(lower) == 1 else char


class _Letters(dict[int, str]):
    """Translates text to lower case, and all but letters to edges of words."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        is_letter = char.isalpha() or unicodedata.category(char) == "Mn"
        self[code] = value = folded(char) if is_letter else EDGE
        return value


class _Kinds(dict[int, str]):
    """Translates each character to its kind.

    "a" and "A" are letters of ASCII, "l" and "u" are other letters in lower and upper case. Letters
    without case are "o", and everything else is "-".
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        lower, upper = ("l", "u") if char >= "\x80" else ("a", "A")
        other = "o" if char.isalpha() or unicodedata.category(char) == "Mn" else "-"
        self[code] = value = lower if char.islower() else upper if char.isupper() else other
        return value


LETTERS, KINDS = _Letters(), _Kinds()


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return text.translate(LETTERS).split()


def spellings(word: str) -> set[str]:
    """Return a word in lower case as it is, and in lower case made of its capitals."""
    if word >= "\u0370" and word[0] < "\u0400":
        # Greek capitals have no accents, and only one sigma.
        plain = unicodedata.normalize("NFD", word).translate(dict.fromkeys(range(0x300, 0x370)))
        return {word, word.replace("ς", "σ"), plain.replace("ς", "σ")}
    return {word}


class Neighbors:
    """The letters beyond ASCII in some words, with their neighbors."""

    def __init__(self, words: frozenset[str]) -> None:
        self.letters: Counter[str] = Counter()
        self.before: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self.both: Counter[str] = Counter()
        self.fit = functools.lru_cache(maxsize=4096)(self._fit)
        for word in words:
            self._count(word)

    def _count(self, word: str) -> None:
        padded = f"{EDGE}{word}{EDGE}"
        for at, char in enumerate(word):
            if char >= "\x80":
                self.letters[char] += 1
                self.before[padded[at : at + 2]] += 1
                self.after[padded[at + 1 : at + 3]] += 1
                self.both[padded[at : at + 3]] += 1

    def _fit(self, three: str) -> float:
        """Rate a letter between its neighbors: the logarithm of how much likelier than chance."""
        count = self.letters[three[1]]
        before = (self.before[three[:2]] + DOUBT * CHANCE) / (count + DOUBT)
        after = (self.after[three[1:]] + DOUBT * CHANCE) / (count + DOUBT)
        both = (self.both[three] + INDEPENDENT * before * after) / (count + INDEPENDENT)
        # A neighbor beyond ASCII is rated by itself.
        least = LEAST if three[0] < "\x80" and three[2] < "\x80" else LEAST / 3
        return max(least, min(MOST, math.log(both / CHANCE**2)))
