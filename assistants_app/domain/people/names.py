"""Names of people and e-mail addresses, as people type them."""

import unicodedata

NAME = 150  # characters, as many as the column has
# An address is also the name that its owner signs in with, whose column is this long.
ADDRESS = 150
# Control characters, format characters and surrogates. They could turn the text around them, or
# make two names look the same. Some scripts and emoji need joiners.
_UNSEEN = ("Cc", "Cf", "Cs")
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
    """Return the initials for an avatar: of the first word and, if there are more, of the last."""
    words = name.partition("@")[0].split()
    firsts = [next(filter(str.isalnum, word), "") for word in (*words[:1], *words[1:][-1:])]
    # Some letters have two capitals, such as "ß".
    return "".join(first.upper()[:1] for first in firsts) or "?"
