"""A verdict on a page: its words, and its interval on an axis of points."""

from collections.abc import Iterable

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain.verdicts.verdict import BETTER, NONE, SAME, TOO_FEW, WORSE, Verdict
from assistants_app.domain.verdicts.words import NO_NAMES, Names, describe, signed
from assistants_app.rendering.charts.axes import Axis, axis_of
from assistants_app.rendering.charts.intervals import DrawnInterval, drawn
from assistants_app.rendering.charts.words import all_translated, translated

# The icon and the tone of a banner. Amber is for verdicts that wait for somebody to do something.
SIGNS = {
    BETTER: ("chevron-up", ""),
    WORSE: ("chevron-down", ""),
    SAME: ("circle-check", ""),
    TOO_FEW: ("info", "warn"),
    NONE: ("circle-alert", "warn"),
}


def points_axis(verdicts: Iterable[Verdict]) -> Axis:
    """Return one axis for the intervals of several verdicts, so that they can be compared."""
    ends: list[float] = []
    for verdict in verdicts:
        margin = 100 * verdict.margin
        ends += (-margin, margin)
        if verdict.interval:
            ends += verdict.interval.points
    return axis_of(ends)


def render_verdict(
    verdict: Verdict, names: Names = NO_NAMES, *, element: str, axis: Axis | None = None
) -> SafeString:
    """Return a verdict as HTML. `element` is its ID on the page."""
    said = describe(verdict, names)
    icon, tone = SIGNS[verdict.kind]
    context = {
        "element": element,
        "icon": icon,
        "tone": tone,
        "headline": translated(said.headline),
        "basis": all_translated(said.basis),
        "notes": all_translated(said.notes),
        "details": all_translated(said.details),
        "drawn": _interval(verdict, names, axis or points_axis([verdict])),
    }
    return render_to_string("charts/verdict.html", context)


def _interval(verdict: Verdict, names: Names, axis: Axis) -> DrawnInterval | None:
    found = verdict.interval
    if found is None:
        return None
    low, high = found.points
    margin = 100 * verdict.margin
    words = _(
        "Difference of %(variant)s to %(baseline)s in points: %(estimate)s, from %(low)s to "
        "%(high)s."
    ) % {
        "variant": names.variant,
        "baseline": names.baseline,
        "estimate": signed(100 * found.estimate, ".1f"),
        "low": signed(low),
        "high": signed(high),
    }
    legend = _(
        "Difference in points: right of 0, %(variant)s is better. Shaded: less than %(margin)s "
        "points, which doesn't matter."
    ) % {"variant": names.variant, "margin": f"{margin:g}"}
    return drawn(
        axis,
        (low, 100 * found.estimate, high),
        band=(-margin, margin),
        marks=axis.written(signed),
        words=words,
        legend=legend,
    )
