"""The order of a comparison's columns for each person, and the letters that they are called."""

import hashlib
import hmac
from collections.abc import Sequence
from string import ascii_uppercase


def letter(place: int) -> str:
    """Return what the column in this place is called, from 0."""
    return ascii_uppercase[place]


def shuffled(keys: Sequence[str], *, comparison_id: str, person: str, secret: str) -> list[str]:
    """Return the keys of columns in this person's order, which is always the same.

    Nobody can compute it without the secret, so a place says nothing about a column.
    """

    def place(key: str) -> bytes:
        text = f"{comparison_id}\0{person}\0{key}"
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()

    return sorted(keys, key=place)
