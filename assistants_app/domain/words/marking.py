"""Where the words of a search stand in a text."""

from collections.abc import Iterable, Iterator

from assistants_app.domain.words.groups import joined_terms
from assistants_app.domain.words.searches import exact_terms, last_term, question_terms
from assistants_app.domain.words.tokens import Token, composed, tokens
from assistants_app.domain.words.vectors import stemmed

MOST_WORDS = 64  # of a search that are marked

Piece = tuple[str, bool]  # a part of a text, and whether it is one of the words


def mark_words(text: str, search: str) -> list[Piece]:
    """Return the text in pieces, with the words that an exact search looks for."""
    wanted = exact_terms(search)
    return _pieces(text, (token for token in tokens(text) if token.term in wanted))


def mark_excerpt(text: str, typed: str, *, before: int, length: int) -> list[Piece]:
    """Return the part of the text around the first word that a search looks for while it is typed,
    in pieces, or nothing if the text has no such word. The last word of the search may go on.
    """
    wanted = exact_terms(typed)
    last = last_term(typed)

    def is_wanted(token: Token) -> bool:
        return token.term in wanted or bool(last and token.term.startswith(last))

    first = next(filter(is_wanted, tokens(text)), None)
    if first is None:
        return []
    whole = composed(text)
    start = max(first.start - before, 0)
    part = whole[start : start + length]
    pieces = _pieces(part, filter(is_wanted, tokens(part)))
    if start:
        pieces.insert(0, ("…", False))
    return [*pieces, ("…", False)] if start + length < len(whole) else pieces


def mark_stems(text: str, question: str) -> list[Piece]:
    """Return the text in pieces, with the words that have a stem of the question's words."""
    wanted = set(question_terms(question, limit=MOST_WORDS))
    return _pieces(text, (token for token in joined_terms(text) if stemmed(token) in wanted))


def _pieces(text: str, found: Iterable[Token]) -> list[Piece]:
    text = composed(text)
    pieces: list[Piece] = []
    at = 0
    for start, end in _merged(found):
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    if at < len(text):
        pieces.append((text[at:], False))
    return pieces


def _merged(found: Iterable[Token]) -> Iterator[tuple[int, int]]:
    # Pairs of characters overlap, and so do a group of words and its words.
    open_span: tuple[int, int] | None = None
    for start, end in sorted((token.start, token.end) for token in found):
        if open_span and start < open_span[1]:
            open_span = open_span[0], max(open_span[1], end)
            continue
        if open_span:
            yield open_span
        open_span = start, end
    if open_span:
        yield open_span
