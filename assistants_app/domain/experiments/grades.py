"""Grades that people give to replies, as metrics from 0 to 1."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from assistants_app.domain.experiments.metrics import NAMED
from assistants_app.domain.verdicts.votes import TIE as VOTE_TIE
from assistants_app.domain.verdicts.votes import A, B, Vote

GRADE: Final = "people: grade"
PREFERENCE: Final = "people: preference"
METRICS: Final = (GRADE, PREFERENCE)
"""The metrics' names. No check has them by chance."""
MAIN: Final = {f"{NAMED}{name}": name for name in METRICS}
"""The main metrics that people decide, with what they have to say."""
POINTS: Final = (1, 2, 3, 4, 5)
TIE: Final = "="
LETTERS: Final = "ABCDEFGH"
"""Names of variants, and of replies whose variants nobody is to know."""
Choices = Mapping[tuple[str, int, str], float]
"""Preferences (`values_of`) for the replies of one variant, by row, repeat and person."""


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


def votes_between(baseline: Choices, variant: Choices) -> list[Vote]:
    """Return what people's preferences say about a variant and the baseline.

    Somebody who prefers a third variant says nothing about these two. Repeats of one row count like
    several votes on the same replies.
    """
    found = []
    for key, value in variant.items():
        before = baseline.get(key)
        if before is not None and before + value > 0:
            choice = VOTE_TIE if value == before else B if value > before else A
            found.append(Vote(turn=key[0], choice=choice))
    return found


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
