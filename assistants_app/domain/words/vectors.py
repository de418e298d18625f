"""The words of a text as PostgreSQL stores them, in the text form of its type `tsvector`."""

from collections.abc import Iterable, Iterator

from assistants_app.domain.words.groups import joined_terms
from assistants_app.domain.words.stems import stem
from assistants_app.domain.words.stop_words import STOP_WORDS
from assistants_app.domain.words.tokens import Token, tokens

# Changes whenever the same text gets other words. Stored words are then rebuilt.
VERSION = 2
# PostgreSQL's limits: 14 bits for a place, 255 places of a word, 1 MiB for all words and places.
_PLACES = 16_383
_PLACES_OF_ONE = 255
_BYTES = 1_000_000
_BYTES_OF_WORD, _BYTES_OF_PLACE = 4, 2  # besides the word's own: its number of places, alignment
_GAP = 2  # places between two texts, so that no phrase reaches from one into the next


def plain_vector(texts: Iterable[str]) -> str:
    """Return the words of some texts as they are, for searches for exact words and phrases."""
    return _vector((token.term, token.place + offset) for token, offset in _in_a_row(texts))


def stemmed_vector(texts: Iterable[str], *, marks: Iterable[str] = ()) -> str:
    """Return the stems of some texts' words. `marks` are added as they are, without a place."""
    found = _vector(
        (term, token.place + offset)
        for token, offset in _in_a_row(texts, with_joined=True)
        if (term := stemmed(token))
    )
    return " ".join([found, *(f"'{mark}'" for mark in marks)])


def stemmed(token: Token) -> str:
    """Return the token's stem, or "" for a word that isn't searched for."""
    return "" if token.term in STOP_WORDS else stem(token.term)


def _in_a_row(texts: Iterable[str], *, with_joined: bool = False) -> Iterator[tuple[Token, int]]:
    offset = 0
    for text in texts:
        last = 0
        for token in joined_terms(text) if with_joined else tokens(text):
            last = max(last, token.place)
            yield token, offset
        offset += last + _GAP


def _vector(words: Iterable[tuple[str, int]]) -> str:
    places: dict[str, dict[int, None]] = {}
    size = 0
    for term, place in words:
        known = places.get(term)
        if known is None:
            size += len(term.encode()) + _BYTES_OF_WORD
            if size > _BYTES:
                break
            known = places[term] = {}
        if len(known) < _PLACES_OF_ONE and size + _BYTES_OF_PLACE <= _BYTES:
            # Places start again at the limit. There all would be the same, and the words of a
            # phrase would no longer stand one after another.
            known.setdefault((place - 1) % _PLACES + 1)
            size += _BYTES_OF_PLACE
    return " ".join(
        f"'{term}':{','.join(map(str, known))}" if known else f"'{term}'"
        for term, known in places.items()
    )
