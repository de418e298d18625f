"""Names of people and e-mail addresses, as people type them."""

import re
import unicodedata

NAME = 150  # characters, as many as the column has
# An address is also the name that its owner signs in with, whose column is this long.
ADDRESS = 150
# Control characters, format characters and surrogates. They could turn the text around them, or
# make two names look the same. Some scripts and emoji need joiners.
_UNSEEN = ("Cc", "Cf", "Cs")
_BETWEEN_WORDS = re.compile(r"[\s._-]+")
_JOINERS = "\u200c\u200d"


def tidy_name(text: str) -> str:
    """Return the name on one line, without characters that can't be seen."""
    kept = (
        char
        for char in unicodedata.normalize("NFC", text)
        if char.isspace() or char in _JOINERS or unicodedata.category(char) not in _UNSEEN
    )
    return " ".join("".join(kept).split())


def tidy_address(text: str) -> str:
    """Return the e-mail address in the form in which addresses are compared."""
    return text.strip().lower()


def initials(name: str) -> str:
    """Return up to two letters that stand for a name, a username or an e-mail address."""
    words = _BETWEEN_WORDS.split(name.partition("@")[0])
    firsts = [first for word in words if (first := next(filter(str.isalnum, word), ""))]
    # Some letters have two capitals, such as "ß".
    return "".join(first.upper()[0] for first in (*firsts[:1], *firsts[1:][-1:])) or "?"
