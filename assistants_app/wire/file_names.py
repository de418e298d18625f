"""Names of files without the paths and control characters that senders put into them."""

import re

UNNAMED = "upload"
# Line breaks, tabs and other controls that separate words.
_SPACES = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
# Other controls, and the marks that turn the direction of text, with which "fdp.exe" reads as
# "exe.pdf". The marks and joiners that Arabic, Persian or emoji need stay.
_HIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


def base_name(given: str) -> str:
    """Return the last component of a file's name, which may be a path of any system.

    It has no control characters, and neither spaces around it nor dots at its end.
    """
    name = _HIDDEN.sub("", _SPACES.sub(" ", given))
    # Windows drops dots and spaces at the end of a name, so they could make two names equal.
    parts = [part.strip().rstrip(". ") for part in re.split(r"[/\\]", name)]
    return next((part for part in reversed(parts) if part), UNNAMED)
