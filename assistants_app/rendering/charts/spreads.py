"""How latencies or costs of variants spread, one row per variant on one axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import floor, log10
from statistics import fmean

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.domain.verdicts.arrays import np
from assistants_app.rendering.charts.axes import Axis, axis_of
from assistants_app.templatetags.money import dollars

_SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one variant: seconds or dollars."""

    name: str
    values: Sequence[float] | Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """A variant's spread in words and in percent of the axis. Without values, only its name."""

    name: str
    count: int
    figures: list[str]
    low: str = ""
    width: str = ""
    middle_low: str = ""
    middle_width: str = ""
    high: str = ""
    median: str = ""


def render_latencies(
    series: Sequence[Series], *, title: str, comparable: bool = True
) -> SafeString:
    """Return a chart of seconds. Times at different concurrency aren't `comparable`."""
    note = _("The variants ran at different concurrency, so don't compare their times.")
    return _render(series, title, lambda _high: _seconds, "" if comparable else note)


def render_costs(series: Sequence[Series], *, title: str) -> SafeString:
    """Return a chart of dollars."""
    return _render(series, title, _dollars_up_to, "")


def _render(
    series: Sequence[Series],
    title: str,
    written_up_to: Callable[[float], Callable[[float], str]],
    note: str,
) -> SafeString:
    spreads = [
        np.quantile([*map(float, one.values)], _SHARES).tolist() if one.values else []
        for one in series
    ]
    axis = axis_of(spread[-1] for spread in spreads if spread)
    written = written_up_to(axis.high)
    context = {
        "title": title,
        "note": note,
        "rows": [
            _row(one, spread, axis, written) for one, spread in zip(series, spreads, strict=True)
        ],
        "marks": axis.written(written),
        "any": any(spreads),
    }
    return render_to_string("charts/spreads.html", context)


def _row(
    one: Series, spread: Sequence[float], axis: Axis, written: Callable[[float], str]
) -> SpreadRow:
    if not spread:
        return SpreadRow(one.name, 0, [])
    fastest, lower, median, upper, slowest = spread
    mean = fmean(map(float, one.values))
    return SpreadRow(
        name=one.name,
        count=len(one.values),
        figures=[written(figure) for figure in (fastest, median, slowest, mean)],
        low=axis.at(fastest),
        width=axis.between(fastest, slowest),
        middle_low=axis.at(lower),
        middle_width=axis.between(lower, upper),
        high=axis.at(slowest),
        median=axis.at(median),
    )


def _dollars_up_to(high: float) -> Callable[[float], str]:
    # Cells may cost so little that the usual digits would be the same for all variants.
    places = max(4, 2 - floor(log10(high)))
    return partial(dollars, places=places)


def _seconds(seconds: float) -> str:
    places = 2 if seconds < 10 else 1 if seconds < 100 else 0
    return f"{seconds:.{places}f} s"
