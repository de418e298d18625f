"""What searches look for: exact words and phrases in messages, stems of a question in files."""

import re
from collections.abc import Iterable, Iterator

from assistants_app.domain.words.groups import groups, joined_terms
from assistants_app.domain.words.languages import is_foreign
from assistants_app.domain.words.stop_words import ARABIC_STOP_WORDS, FOREIGN_STOP_WORDS
from assistants_app.domain.words.tokens import Token, tokens
from assistants_app.domain.words.vectors import stemmed

MOST_TERMS = 64  # of a search for exact words
LONGEST = 10_000  # characters of a search that are read
_QUOTES = '"“”„‟«»〝〞＂'
_PART = re.compile(
    rf"(?P<no>-)?[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<words>[^\s{_QUOTES}]+)"
)
# Characters of Chinese questions and particles that say nothing about a text.
_EMPTY = frozenset("的了是在吗呢么什怎哪谁何吧啊呀嗎麼誰為为与與和及其之這这那个個們们")
# At the end of a query, not excluded.
_LAST_TERM = re.compile(r"((?<!!)'[^']*')(\)*)\Z")
_HIRAGANA = re.compile("[ぁ-ゖー]+")


def exact_query(text: str) -> str:
    """Return a search for exact words as a `tsquery`, or "" if it has no words.

    All words must occur. Quotation marks keep words together, a minus excludes what follows, and
    `or` separates alternatives.
    """
    alternatives: list[list[str]] = [[]]
    for words in _limited(_parts(text[:LONGEST])):
        if words:
            alternatives[-1].append(words)
        elif alternatives[-1]:
            alternatives.append([])
    all_of = [" & ".join(some) for some in alternatives if some]
    return all_of[0] if len(all_of) == 1 else " | ".join(f"({some})" for some in all_of)


def typed_query(text: str) -> str:
    """Return :func:`exact_query` of a text that is being typed: its last word may go on."""
    query = exact_query(text)
    return query if text[-1:].isspace() else _LAST_TERM.sub(r"\1:*\2", query)


def exact_terms(text: str) -> set[str]:
    """Return the terms that :func:`exact_query` looks for, for marking them in a text."""
    wanted = " ".join(
        part["phrase"] or part["words"] or ""
        for part in _PART.finditer(text[:LONGEST])
        if not _is_excluded(part) and (part["words"] or "").lower() != "or"
    )
    return {token.term for group in groups(wanted, singles=False) for token in group.telling}


def last_term(text: str) -> str:
    """Return the term that may go on in :func:`typed_query`, or "" without one."""
    typed = text[:LONGEST].rsplit(maxsplit=1)
    if not typed or text[-1:].isspace() or typed[-1].startswith("-"):
        return ""
    return next((token.term for token in reversed([*tokens(typed[-1])])), "")


def question_terms(text: str, *, limit: int) -> list[str]:
    """Return the stems that a question is searched for by, at most `limit`, without duplicates."""
    found = list(joined_terms(text[:LONGEST], singles=False))
    foreign = is_foreign([token.term for token in found])
    telling = [token for token in found if not _is_empty(token, foreign)] or found
    return list(dict.fromkeys(filter(None, map(stemmed, telling))))[:limit]


def _is_empty(token: Token, foreign: bool) -> bool:
    if token.term in ARABIC_STOP_WORDS or (foreign and token.term in FOREIGN_STOP_WORDS):
        return True
    return not _EMPTY.isdisjoint(token.term) or (
        len(token.term) <= 2 and _HIRAGANA.fullmatch(token.term) is not None
    )


def _is_excluded(part: re.Match[str]) -> bool:
    return bool(part["no"]) or (part["words"] or "").startswith("-")


def _limited(parts: Iterable[tuple[str, int]]) -> Iterator[str]:
    left = MOST_TERMS
    for words, count in parts:
        left -= count
        if left < 0:
            return
        yield words


def _parts(text: str) -> Iterator[tuple[str, int]]:
    # Yields queries with their number of terms, and "" between alternatives.
    for part in _PART.finditer(text):
        words = part["words"]
        if words is None:
            found = [list(tokens(part["phrase"], singles=False))[:MOST_TERMS]]
        elif words.lower() == "or":
            yield "", 0
            continue
        else:
            found = [group.telling[:MOST_TERMS] for group in groups(words, singles=False)]
        not_ = "!" if _is_excluded(part) else ""
        for phrase in filter(None, found):
            yield not_ + _phrase(phrase), len(phrase)


def _phrase(words: list[Token]) -> str:
    pieces = [f"'{words[0].term}'"]
    for before, word in zip(words, words[1:], strict=False):
        pieces.append(f"<{word.place - before.place}> '{word.term}'")
    return f"({' '.join(pieces)})" if len(pieces) > 1 else pieces[0]
