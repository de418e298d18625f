"""Mentions: names with an ``@`` in a text."""

import re
from collections.abc import Collection, Iterator

# The characters of Django's user names, which include those of an address. The @ of an address is
# no mention, because it has a letter before it.
_MENTION = re.compile(r"(?<![\w@.+-])@([\w.@+-]+)")
_PUNCTUATION = ".+-@"


def mentioned_names(text: str, names: Collection[str]) -> list[str]:
    """Return those of the names that the text mentions, once each, in the order of the text."""
    return list(dict.fromkeys(name for piece, name in split_at_mentions(text, names) if name))


def split_at_mentions(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the text in pieces, each with the one of the names that it mentions, or ""."""
    end = 0
    for found in _MENTION.finditer(text):
        typed, name = _name_at(found[1], names)
        if name:
            yield text[end : found.start()], ""
            end = found.start() + 1 + len(typed)
            yield text[found.start() : end], name
    yield text[end:], ""


def _name_at(typed: str, names: Collection[str]) -> tuple[str, str]:
    """Return the beginning of `typed` that is a name, and the name. Two "" if there is none."""
    while typed:
        if typed in names:
            return typed, typed
        alike = [name for name in names if name.casefold() == typed.casefold()]
        if len(alike) == 1:
            return typed, alike[0]
        # "@ada." at the end of a sentence is about ada.
        if typed[-1] not in _PUNCTUATION:
            break
        typed = typed[:-1]
    return "", ""
