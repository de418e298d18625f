"""Grades that people give to replies, as metrics from 0 to 1."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from assistants_app.domain.experiments.metrics import NAMED

GRADE: Final = "people: grade"
PREFERENCE: Final = "people: preference"
METRICS: Final = (GRADE, PREFERENCE)
"""The metrics' names. No check has them by chance."""
MAIN: Final = {f"{NAMED}{name}": name for name in METRICS}
"""The main metrics that people decide, with what they have to say."""
POINTS: Final = (1, 2, 3, 4, 5)
TIE: Final = "="
LETTERS: Final = "ABCDEFGH"


def value_of(points: int) -> float:
    """Return the grade as a figure: 0 for 1 point, 1 for 5."""
    return (points - 1) / (len(POINTS) - 1)


def points_of(value: float) -> int:
    """Return the points of a grade."""
    return round(value * (len(POINTS) - 1)) + 1


def values_of(choice: str, count: int) -> list[float] | None:
    """Return what each of `count` replies gets if one is preferred, or none (`TIE`).

    `choice` is a letter. None for one that no reply has.
    """
    if choice == TIE:
        return [0.5] * count
    letters = list(LETTERS[:count])
    return [float(choice == letter) for letter in letters] if choice in letters else None


def in_blind_order(ids: Sequence[str], *, person: str, secret: str) -> list[str]:
    """Return the IDs of cells in this person's order, which says nothing about their variants."""

    return sorted(ids, key=lambda cell_id: _sealed(f"{person}\0{cell_id}", secret))


def sight_of(
    ids: Sequence[str], grades: Sequence[float | None], *, person: str, secret: str
) -> str:
    """Return a code for what this person sees: the cells in their order, with their own grades.

    A form sends it back, so that no grade goes to another reply than the one that was looked at.
    """
    seen = "\0".join([person, *ids, *map(str, grades)])
    return _sealed(f"sight\0{seen}", secret).hex()[:32]


def _sealed(text: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
