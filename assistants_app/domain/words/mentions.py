"""Mentions: names with an ``@`` in a text."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

# The characters of Django's user names, and the most that a name has. Names may be addresses, but
# the @ of an address is no mention, because it has a letter before it.
_MENTION = re.compile(r"(?<![\w@.+-])@([\w.@+-]{1,150})")
_FIRST = re.compile(r"[\w.@+-]+")
_PUNCTUATION = ".+-@"


def mentioned_names(text: str, names: Collection[str]) -> list[str]:
    """Return those of the names that the text mentions, once each, in the order of the text."""
    return list(dict.fromkeys(name for _piece, name in split_at_mentions(text, names) if name))


def split_at_mentions(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the text in pieces, each with the one of the names that it mentions, or ""."""
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    # Names with spaces by their first words and their lengths.
    longer: defaultdict[str, defaultdict[int, dict[str, str]]]
    longer = defaultdict(lambda: defaultdict(dict))
    for name in names:
        first = _FIRST.match(name)
        if first and first[0] != name:
            longer[first[0].casefold()][len(name)][name.casefold()] = name
        else:
            spellings[name.casefold()].append(name)
    end = 0
    for found in _MENTION.finditer(text) if names else ():
        if found.start() < end:
            continue
        typed, name = _longer_name_at(text, found, longer)
        if not name:
            typed, name = _name_at(found[1], spellings)
        if name:
            yield text[end : found.start()], ""
            end = found.start() + 1 + len(typed)
            yield text[found.start() : end], name
    yield text[end:], ""


def _longer_name_at(
    text: str, found: "re.Match[str]", longer: Mapping[str, Mapping[int, Mapping[str, str]]]
) -> tuple[str, str]:
    """Return what is typed here of a name with spaces, and the name. Two "" if there is none."""
    start = found.start(1)
    for length, names in sorted(longer.get(found[1].casefold(), {}).items(), reverse=True):
        end = start + length
        name = names.get(text[start:end].casefold())
        if name and not text[end : end + 1].isalnum():
            return text[start:end], name
    return "", ""


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
