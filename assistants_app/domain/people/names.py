"""Names that people give themselves and their things, and e-mail addresses."""

import re
import unicodedata

from assistants_app.domain.errors import InvalidRequest

NAME = 150  # characters, as many as the column has
# An address is also the name that its owner signs in with, whose column is this long.
ADDRESS = 150
# Control characters, format characters and surrogates. They could turn the text around them, or
# make two names look the same. Some scripts and emoji need joiners.
_UNSEEN = ("Cc", "Cf", "Cs")
_BETWEEN_WORDS = re.compile(r"[\s._-]+")
_JOINERS = "\u200c\u200d"
# Letters and symbols that are empty: fillers of Hangul, and the braille pattern without a dot.
_EMPTY = "\u115f\u1160\u2800\u3164\uffa0"


def tidy_name(text: str) -> str:
    """Return the name on one line, without characters that can't be seen, or "" if nothing can."""
    kept = (
        char
        for char in unicodedata.normalize("NFC", text)
        if char.isspace() or char in _JOINERS or unicodedata.category(char) not in _UNSEEN
    )
    name = " ".join("".join(kept).split())
    return name if any(map(_is_visible, name)) else ""


def _is_visible(char: str) -> bool:
    # A mark alone, such as a variation selector, changes the look of the letter before it.
    return unicodedata.category(char)[0] in "LNPS" and char not in _EMPTY


def read_name(text: str, *, most: int, param: str) -> str:
    """Return the name, tidied. Raises :class:`InvalidRequest` if it is empty or too long."""
    name = tidy_name(text)
    if not name:
        raise InvalidRequest("Enter a name.", param=param)
    if len(name) > most:
        raise InvalidRequest(
            f"Use at most {most:,} characters. These are {len(name):,}.", param=param
        )
    return name


def is_same_name(typed: str, name: str) -> bool:
    """Return whether somebody typed this name, however they write its spaces, accents and case."""
    return tidy_name(typed).casefold() == tidy_name(name).casefold()


def tidy_address(text: str) -> str:
    """Return the e-mail address in the form in which addresses are compared."""
    return unicodedata.normalize("NFC", text.strip()).lower()


def initials(name: str) -> str:
    """Return up to two letters that stand for a name, a username or an e-mail address."""
    words = _BETWEEN_WORDS.split(name.partition("@")[0])
    firsts = [first for word in words if (first := next(filter(str.isalnum, word), ""))]
    # Some letters have two capitals, such as "ß".
    return "".join(first.upper()[0] for first in (*firsts[:1], *firsts[1:][-1:])) or "?"
