"""Intervals drawn on an axis (templates/charts/_interval.html)."""

from dataclasses import dataclass

from assistants_app.rendering.charts.axes import Axis, Mark


@dataclass(frozen=True, slots=True)
class DrawnInterval:
    """An interval on its axis: places in percent, and what it shows in words.

    The shaded band is what counts as no difference.
    """

    low: str
    width: str
    high: str
    estimate: str
    even: str
    band_low: str
    band_width: str
    marks: list[Mark]
    words: str
    legend: str


def drawn(
    axis: Axis,
    values: tuple[float, float, float],
    *,
    band: tuple[float, float],
    marks: list[Mark],
    words: str,
    legend: str,
) -> DrawnInterval:
    """Return an interval to draw: its low end, estimate and high end, and the band around even."""
    low, estimate, high = values
    return DrawnInterval(
        low=axis.at(low),
        width=axis.between(low, high),
        high=axis.at(high),
        estimate=axis.at(estimate),
        even=axis.at(sum(band) / 2),
        band_low=axis.at(band[0]),
        band_width=axis.between(*band),
        marks=marks,
        words=words,
        legend=legend,
    )
