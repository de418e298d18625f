"""Cells of the matrix in words and signs."""

from typing import Any

import pytest

from assistants_app.domain.experiments import states
from assistants_app.models import ExperimentCell, ExperimentVariant
from assistants_app.models.experiments.snapshots import CellGroup
from assistants_app.rendering.experiments.cells import cell_view, state_word


def group(*cells: str | dict[str, Any], change: float | None = None) -> CellGroup:
    """Return repeats: "p" has passed, "f" has failed, and others are states."""
    made = [
        ExperimentCell(**cell)
        if isinstance(cell, dict)
        else ExperimentCell(state=states.GRADED, passed=cell == "p", figure=float(cell == "p"))
        if cell in "pf"
        else ExperimentCell(state=cell)
        for cell in cells
    ]
    return CellGroup(ExperimentVariant(position=1), made, change)


@pytest.mark.parametrize(
    ("cells", "icon", "words"),
    [
        (("p",), "circle-check", "Passed"),
        (("f",), "x", "Failed"),
        (("p", "p"), "circle-check", "2 of 2 passed"),
        (("f", "f"), "x", "0 of 2 passed"),
        (("p", "f", "p"), "chevrons-up-down", "2 of 3 passed"),
        (("p", states.ERROR), "triangle-alert", "1 of 1 passed, 1 error"),
        ((states.ERROR, states.ERROR), "triangle-alert", "2 errors"),
        ((states.OVER_BUDGET,), "triangle-alert", "Over budget"),
        ((states.WAITING,), "history", "Waiting"),
        (("p", states.WAITING), "history", "1 of 1 passed, 1 waiting"),
        ((states.ANSWERING, states.GRADING), "refresh-cw", "2 running"),
        ((states.FOR_PERSON,), "users", "Waiting for a person"),
        ((states.SKIPPED,), "circle-alert", "Skipped"),
        ((), "circle-alert", "Not run"),
    ],
)
def test_a_cell_says_what_its_repeats_came_to(
    cells: tuple[str, ...], icon: str, words: str
) -> None:
    view = cell_view(group(*cells))
    assert (view.icon, view.words) == (icon, words)


def test_a_score_is_shown_where_it_says_more_than_the_passes() -> None:
    graded = {"state": states.GRADED, "passed": True, "figure": 0.8}
    assert cell_view(group(graded)).figure == "0.80"
    assert cell_view(group("p", "f")).figure == ""
    alone = {"state": states.GRADED, "passed": None, "figure": 0.5}
    view = cell_view(group(alone))
    assert (view.icon, view.words, view.figure) == ("gauge", "Graded", "0.50")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, ""),
        (0.0, ""),
        (1e-12, ""),
        (0.004, "better, +1"),
        (-0.5, "worse, −50"),
        (1.0, "better, +100"),
    ],
)
def test_a_change_is_said_in_points(change: float | None, words: str) -> None:
    assert cell_view(group("p", change=change)).change == words


def test_a_long_reply_is_cut_and_in_one_line() -> None:
    reply = cell_view(group({"state": states.GRADED, "passed": True, "reply": "a\nb " * 200})).reply
    assert reply.startswith("a b a b")
    assert len(reply) <= 160


def test_each_state_has_a_word() -> None:
    assert len({state_word(state) for state in states.CELL_STATES}) == len(states.CELL_STATES)
