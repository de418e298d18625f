"""Words that a sign joins, such as those of `report_v2.pdf`, `3.11` or `client's`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistants_app.domain.words.folding import INVISIBLE
from assistants_app.domain.words.tokens import Token, composed, tokens

_APOSTROPHE = re.compile("['’‘ʼ＇]")
# Between two words of a group there is nothing, or one of these signs.
_JOINT = re.compile(rf"[{INVISIBLE}]*[-._/@:&+,'’‘ʼ＇‐‑−\\·]?[{INVISIBLE}]*")
_MOST_JOINED = 6  # words of a group that are also searched for as one


@dataclass(frozen=True, slots=True)
class Group:
    """Tokens that nothing or a sign joins, and whether that sign is an apostrophe."""

    tokens: tuple[Token, ...]
    apostrophe: bool = False

    @property
    def telling(self) -> list[Token]:
        """Return the tokens without the single letters that apostrophes cut off: l’été, client’s.

        If there is nothing else, return all of them.
        """
        if not self.apostrophe:
            return list(self.tokens)
        words = [token for token in self.tokens if len(token.term) > 1]
        return words or list(self.tokens)


def groups(text: str, *, singles: bool = True) -> Iterator[Group]:
    """Yield the text's tokens in groups."""
    text = composed(text)
    group: list[Token] = []
    apostrophe = False
    for token in tokens(text, singles=singles):
        gap = text[group[-1].end : token.start] if group else ""
        if group and not _JOINT.fullmatch(gap):
            yield Group(tuple(group), apostrophe)
            group, apostrophe = [], False
        elif _APOSTROPHE.search(gap):
            apostrophe = True
        group.append(token)
    if group:
        yield Group(tuple(group), apostrophe)


def joined_terms(text: str, *, singles: bool = True) -> Iterator[Token]:
    """Yield the text's tokens, and each joined group of a few words also as one term.

    So `3.11` and `ERR-4711` are rarer, and say more, than the numbers in them.
    """
    for group in groups(text, singles=singles):
        telling = group.telling
        yield from telling
        telling = [token for token in telling if not token.part]
        first, last = group.tokens[0], group.tokens[-1]
        apart = all(one.end < two.start for one, two in zip(telling, telling[1:], strict=False))
        if 1 < len(telling) <= _MOST_JOINED and not group.apostrophe and apart:
            term = ".".join(token.term for token in telling)
            yield Token(term, first.place, first.start, last.end)
