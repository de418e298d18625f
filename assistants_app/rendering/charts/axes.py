"""Axes: which values are marked, and where a value is on them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

_ROUND = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked value of an axis, and how its text is anchored to it."""

    text: str
    at: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis from `low` to `high`, with marks at round values."""

    low: float
    high: float
    marks: tuple[float, ...]

    def at(self, value: float) -> str:
        """Return the place of a value, as the percentage that SVG wants. Outside is at the end."""
        share = (value - self.low) / (self.high - self.low)
        return f"{100 * min(max(share, 0.0), 1.0):.2f}%"

    def between(self, low: float, high: float) -> str:
        """Return the distance of two values, as the percentage that SVG wants."""
        start, end = (min(max(value, self.low), self.high) for value in (low, high))
        return f"{100 * (end - start) / (self.high - self.low):.2f}%"

    def written(self, write: Callable[[float], str]) -> list[Mark]:
        """Return the marks with their text. Those at the ends are written inward."""
        anchors = {self.low: "start", self.high: "end"}
        return [
            Mark(write(mark) if mark else "0", self.at(mark), anchors.get(mark, "middle"))
            for mark in self.marks
        ]


def axis_of(values: Iterable[float], *, parts: int = 4) -> Axis:
    """Return an axis that has all values and zero, in about this many parts."""
    all_values = [0.0, *values]
    low, high = min(all_values), max(all_values)
    step = _step((high - low) / parts) if high > low else 1.0
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    last = max(last, first + 1)
    marks = tuple(round(step * at, 12) for at in range(first, last + 1))
    return Axis(marks[0], marks[-1], marks)


def _step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(power * factor for factor in _ROUND if power * factor >= least * (1 - 1e-9))
