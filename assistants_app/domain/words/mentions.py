"""Mentions: names with an ``@`` in a text."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

# The characters of Django's user names, and the most that a name has. Names may be addresses, but
# the @ of an address is no mention, because it has a letter before it.
_MENTION = re.compile(r"(?<![\w@.+-])@([\w.@+-]{1,150})")
_PUNCTUATION = ".+-@"


def mentioned_names(text: str, names: Collection[str]) -> list[str]:
    """Return those of the names that the text mentions, once each, in the order of the text."""
    return list(dict.fromkeys(name for _piece, name in split_at_mentions(text, names) if name))


def split_at_mentions(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the text in pieces, each with the one of the names that it mentions, or ""."""
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        spellings[name.casefold()].append(name)
    end = 0
    for found in _MENTION.finditer(text) if names else ():
        typed, name = _name_at(found[1], spellings)
        if name:
            yield text[end : found.start()], ""
            end = found.start() + 1 + len(typed)
            yield text[found.start() : end], name
    yield text[end:], ""


def _name_at(typed: str, spellings: Mapping[str, list[str]]) -> tuple[str, str]:
    """Return the beginning of `typed` that is a name, and the name. Two "" if there is none."""
    while typed:
        alike = spellings.get(typed.casefold(), [])
        if typed in alike or len(alike) == 1:
            return typed, typed if typed in alike else alike[0]
        # "@ada." at the end of a sentence is about ada.
        if typed[-1] not in _PUNCTUATION:
            break
        typed = typed[:-1]
    return "", ""
