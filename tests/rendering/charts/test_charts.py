"""Verdicts and charts as HTML: complete in words, and true to scale."""

import re
from decimal import Decimal

import pytest
from django.utils import translation
from selectolax.lexbor import LexborHTMLParser, LexborNode

from assistants_app.domain.verdicts.phrases import ngettext
from assistants_app.domain.verdicts.verdict import decide
from assistants_app.domain.verdicts.votes import Vote, win_share
from assistants_app.domain.verdicts.words import Names
from assistants_app.rendering.charts.axes import axis_of
from assistants_app.rendering.charts.spreads import Series, render_costs, render_latencies
from assistants_app.rendering.charts.verdicts import points_axis, render_verdict
from assistants_app.rendering.charts.votes import render_win_share
from assistants_app.rendering.charts.words import translated
from tests.domain.verdicts.test_verdict import experiment
from tests.rendering.conftest import plain_static_files

__all__ = ["plain_static_files"]

pytestmark = pytest.mark.usefixtures("plain_static_files")


def only(html: str, selector: str) -> LexborNode:
    """Return the only element that matches."""
    (found,) = LexborHTMLParser(html).css(selector)
    return found


def percent(node: LexborNode, attribute: str) -> float:
    return float(str(node.attributes[attribute]).removesuffix("%"))


def test_the_interval_is_drawn_to_scale() -> None:
    html = render_verdict(decide(experiment(100, 15, 3)), element="v")
    # The axis goes from -10 to 30 points.
    assert percent(only(html, ".range"), "x") == pytest.approx((4 + 10) / 40 * 100)
    assert percent(only(html, ".range"), "width") == pytest.approx((21 - 4) / 40 * 100)
    assert percent(only(html, ".estimate"), "cx") == pytest.approx((12 + 10) / 40 * 100)
    assert percent(only(html, ".even"), "x1") == pytest.approx(25)
    assert percent(only(html, ".band"), "width") == pytest.approx(50)
    marks = [node.text() for node in LexborHTMLParser(html).css("text")]
    assert marks == ["−10", "0", "+10", "+20", "+30"]


def test_the_interval_is_also_in_words() -> None:
    html = render_verdict(decide(experiment(100, 15, 3)), Names("v7", "v8"), element="v")
    svg = only(html, "svg.interval")
    assert svg.attributes["role"] == "img"
    assert svg.attributes["aria-label"] == (
        "Difference of v8 to v7 in points: +12.0, from +4 to +21."
    )
    assert "Shaded: less than 10 points" in only(html, ".hint").text()
    assert only(html, ".says").text() == "v8 is better than v7 by 4 to 21 points."
    assert only(html, "section").attributes["aria-labelledby"] == only(html, ".says").id


def test_without_a_verdict_nothing_is_drawn() -> None:
    html = render_verdict(decide(experiment(100, 40, 0), finished=False), element="v")
    assert LexborHTMLParser(html).css("svg.drawn, details") == []
    assert "No verdict yet" in html


def test_names_are_escaped() -> None:
    names = Names("<b>old</b>", '"><script>')
    html = render_verdict(decide(experiment(100, 15, 3)), names, element="v")
    assert LexborHTMLParser(html).css("script, b") == []


def test_nothing_on_a_chart_needs_a_style_attribute() -> None:
    html = render_verdict(decide(experiment(100, 15, 3)), element="v")
    html += render_costs([Series("a", [0.1, 0.2])], title="Cost")
    assert LexborHTMLParser(html).css("[style]") == []


def test_verdicts_on_one_axis_can_be_compared() -> None:
    verdicts = [decide(experiment(100, 40, 3)), decide(experiment(100, 3, 30))]
    axis = points_axis(verdicts)
    zeros = {
        percent(only(render_verdict(verdict, element="v", axis=axis), ".even"), "x1")
        for verdict in verdicts
    }
    assert len(zeros) == 1


def test_places_do_not_depend_on_the_language() -> None:
    with translation.override("de"):
        html = render_verdict(decide(experiment(100, 15, 3)), element="v")
        assert percent(only(html, ".range"), "x") == pytest.approx(35)


def test_a_spread_has_its_figures_beside_it() -> None:
    values = [float(value) for value in range(1, 12)]
    html = render_latencies(
        [Series("v7", values), Series("v8", [])], title="Duration", comparable=False
    )
    rows = LexborHTMLParser(html).css("tbody tr")
    cells = [[cell.text(strip=True) for cell in row.css("th, td")] for row in rows]
    assert cells[0] == ["v7", "", "11", "2.00 s", "6.00 s", "10.0 s", "6.00 s"]
    assert cells[1] == ["v8", "", "0", "No values yet"]
    assert percent(only(html, ".range"), "x") == pytest.approx(20)
    assert percent(only(html, ".range"), "width") == pytest.approx(80)
    assert percent(only(html, ".middle"), "width") == pytest.approx(50)
    assert percent(only(html, ".median"), "x1") == pytest.approx(60)
    assert "different concurrency" in html


def test_costs_are_in_dollars() -> None:
    html = render_costs(
        [Series("a", [Decimal("0.00123")] * 4), Series("b", [0.0, 0.0])], title="Cost"
    )
    texts = [cell.text(strip=True) for cell in LexborHTMLParser(html).css("tbody td.num")]
    assert texts == ["4", *["$0.00123"] * 4, "2", *["$0.00"] * 4]
    tiny = render_costs([Series("a", [0.0000123]), Series("b", [0.0000456])], title="Cost")
    assert "$0.0000123" in tiny
    assert "&lt; $" not in tiny


def test_a_win_share_is_drawn_from_0_to_100() -> None:
    found = win_share(Vote(turn=str(turn), choice="b" if turn else "tie") for turn in range(10))
    assert found is not None
    html = render_win_share(found, Names("v7", "v8"), element="w")
    low, high = found.percent
    assert only(html, ".says").text() == f"v8 is preferred to v7: it wins {low} to {high}%."
    assert only(html, "svg").attributes["aria-label"] == f"v8 wins 95%, from {low}% to {high}%."
    assert percent(only(html, ".range"), "x") == low
    assert percent(only(html, ".range"), "width") == high - low
    assert percent(only(html, ".even"), "x1") == 50
    assert "10 votes" in only(html, ".hint").text()


@pytest.mark.parametrize("values", [[], [0.0], [1e-9], [1e7], [0.5] * 3])
def test_odd_values_are_drawn(values: list[float]) -> None:
    html = render_costs([Series("a", values)], title="Cost")
    places = re.findall(r'(?:x|x1|x2|width)="([^"]*%)"', html)
    assert all(0 <= float(place[:-1]) <= 100 for place in places)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([-10, 10, 21], (-10, 0, 10, 20, 30)),
        ([], (0, 1)),
        ([0.003], (0, 0.001, 0.002, 0.003)),
        ([-3, -1], (-3, -2, -1, 0)),
        ([100, -100], (-100, -50, 0, 50, 100)),
        ([7.3], (0, 2, 4, 6, 8)),
    ],
)
def test_axes_have_round_marks_and_zero(values: list[float], marks: tuple[float, ...]) -> None:
    axis = axis_of(values)
    assert axis.marks == pytest.approx(marks)
    assert (axis.low, axis.high) == (axis.marks[0], axis.marks[-1])


def test_what_is_outside_an_axis_is_drawn_at_its_end() -> None:
    axis = axis_of([0, 10])
    assert (axis.at(-5), axis.at(50)) == ("0.00%", "100.00%")
    assert axis.between(5, 50) == "50.00%"


def test_sentences_are_translated_with_their_count() -> None:
    one, many = (ngettext("%(count)d row", "%(count)d rows", count) for count in (1, 2))
    assert (translated(one), translated(many)) == ("1 row", "2 rows")
