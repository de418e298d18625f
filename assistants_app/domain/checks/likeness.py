"""How similar two texts are, by their letters or by their words, from 0 to 1."""

from collections import Counter

from assistants_app.domain.words.tokens import composed, tokens

LETTERS, WORDS, MEANING = "letters", "words", "meaning"
WAYS = (MEANING, WORDS, LETTERS)
# Characters of each text that are compared. Longer ones would take seconds.
COMPARED = 20_000


def letter_likeness(one: str, other: str) -> float:
    """Return the share of the longer text's characters that needn't be changed."""
    one, other = composed(one)[:COMPARED], composed(other)[:COMPARED]
    longest = max(len(one), len(other))
    return 1.0 if not longest else 1 - _edits(one, other) / longest


def word_likeness(one: str, other: str) -> float:
    """Return the F1 score of the words that the texts share, in any order."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return float(first == second)
    shared = (first & second).total()
    return 2 * shared / (first.total() + second.total())


def _words(text: str) -> Counter[str]:
    return Counter(token.term for token in tokens(text, singles=False))


def _edits(one: str, other: str) -> int:
    """Return the number of characters to insert, delete or replace."""
    # Myers' bit-parallel algorithm (1999) in the form of Hyyrö (2003): a column of the table is two
    # integers, so 20,000 by 20,000 characters take a fraction of a second.
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for at, sign in enumerate(one):
        places[sign] = places.get(sign, 0) | 1 << at
    whole, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, edits = whole, 0, len(one)
    for sign in other:
        same = places.get(sign, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        right, left = down | (~(diagonal | up) & whole), up & diagonal
        edits += bool(right & last) - bool(left & last)
        right, left = (right << 1) | 1, left << 1
        up = (left | ~(diagonal | right)) & whole
        down = right & diagonal & whole
    return edits
