"""Where two runs part that had the same question: the first step that is not the same in both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tapes.calls import Difference, canonical, drift

TEXT = "text"  # the `tool` of a step that writes a message
# What is different in the first step that isn't the same.
TOOL, ARGUMENTS, OUTPUT, CITATION, WORDS, END = KINDS = (
    *("tool", "arguments", "output", "citation", "text", "end"),
)
Place = tuple[int, int]  # the number of a search and the place in its results, as in marks
# What a mark cites: a file, and the first and last character.
Cited = tuple[str, int, int]
_UNKNOWN: Final = ("", 0, 0)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of a run: one call of a tool, or one message.

    `step_id` is the row that it belongs to. `found` is what a search found, in order.
    """

    step_id: str
    tool: str
    name: str = ""
    arguments: str = ""
    output: str | None = None
    text: str = ""
    found: tuple[Cited, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """The steps of a run, and what the marks of its thread cite."""

    steps: Sequence[Taken]
    cited: Mapping[Place, Cited] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first step, at `place` from 0, that isn't the same. A side is None if its run had ended.

    `kind` is one of `KINDS`, and `differences` are those of arguments.
    """

    place: int
    kind: str
    left: Taken | None
    right: Taken | None
    differences: tuple[Difference, ...] = ()


def first_divergence(left: Path, right: Path) -> Divergence | None:
    """Return the first step that isn't the same in both runs, or None if all are.

    The numbers in citation marks don't count, because each thread has its own. What they cite does.
    """
    for place, (one, other) in enumerate(zip_longest(left.steps, right.steps)):
        if one is None or other is None:
            return Divergence(place, END, one, other)
        if kind := _kind_of(left, one, right, other):
            differences = drift(one.tool, one.arguments, other.arguments)
            is_drift = kind == ARGUMENTS
            return Divergence(place, kind, one, other, tuple(differences) if is_drift else ())
    return None


def _kind_of(left: Path, one: Taken, right: Path, other: Taken) -> str:
    if (one.tool, one.name) != (other.tool, other.name):
        return TOOL
    if one.tool == TEXT:
        if _without_marks(one.text) != _without_marks(other.text):
            return WORDS
        is_same = _citations(left, one.text) == _citations(right, other.text)
        return "" if is_same else CITATION
    if canonical(one.tool, one.arguments) != canonical(other.tool, other.arguments):
        return ARGUMENTS
    # The output of a search has the numbers of its thread.
    if one.found or other.found:
        return "" if one.found == other.found else OUTPUT
    return "" if one.output == other.output else OUTPUT


def _without_marks(text: str) -> str:
    return CITATION_MARK.sub("【】", text).strip()


def _citations(path: Path, text: str) -> list[Cited]:
    places = ((int(mark[1]), int(mark[2])) for mark in CITATION_MARK.finditer(text))
    return [path.cited.get(place, _UNKNOWN) for place in places]


def renumbered(text: str, numbers: Mapping[int, int]) -> str:
    """Return the text with other numbers of searches in its citation marks, given by the old ones.

    Marks with a number that `numbers` doesn't have stay as they are.
    """
    return CITATION_MARK.sub(
        lambda mark: f"【{numbers.get(int(mark[1]), int(mark[1]))}:{mark[2]}{mark[3]}】", text
    )
