"""Sentences in English that pages can translate.

`makemessages` finds sentences by the names of the functions that they are passed to, so the two
below have Django's names. They translate nothing: pages do (rendering/charts/words.py).
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence with its values. `many` is the sentence for any `count` but 1."""

    text: str
    values: dict[str, object] = field(default_factory=dict)
    many: str = ""
    count: int = 1

    def __str__(self) -> str:
        return (self.many if self.many and self.count != 1 else self.text) % self.values


def gettext_noop(text: str, **values: object) -> Phrase:
    """Return the sentence with its values."""
    return Phrase(text, values)


def ngettext(one: str, many: str, count: int, **values: object) -> Phrase:
    """Return the sentence for one or for many, with its count as one of the values."""
    return Phrase(one, {"count": count, **values}, many, count)
