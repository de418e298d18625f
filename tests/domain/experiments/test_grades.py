"""Grades as figures, and the order in which people see replies."""

import pytest

from assistants_app.domain.experiments.grades import (
    POINTS,
    in_blind_order,
    points_of,
    value_of,
    values_of,
    votes_between,
)
from assistants_app.domain.verdicts.votes import Vote


def test_points_become_figures_and_come_back() -> None:
    assert [value_of(points) for points in POINTS] == [0, 0.25, 0.5, 0.75, 1]
    assert [points_of(value_of(points)) for points in POINTS] == list(POINTS)


@pytest.mark.parametrize(
    ("choice", "count", "values"),
    [
        ("A", 2, [1, 0]),
        ("B", 2, [0, 1]),
        ("C", 3, [0, 0, 1]),
        ("=", 2, [0.5, 0.5]),
        ("C", 2, None),
        ("", 2, None),
        ("AB", 3, None),
        ("a", 2, None),
    ],
)
def test_a_choice_is_one_letter(choice: str, count: int, values: list[float] | None) -> None:
    assert values_of(choice, count) == values


def test_preferences_are_votes_on_the_two_variants_that_they_are_about() -> None:
    baseline = {("r1", 1, "p"): 1.0, ("r1", 2, "p"): 0.5, ("r2", 1, "p"): 0.0, ("r3", 1, "p"): 0.0}
    variant = {("r1", 1, "p"): 0.0, ("r1", 2, "p"): 0.5, ("r2", 1, "p"): 1.0, ("r3", 1, "p"): 0.0}
    # In the third row, somebody preferred another variant, and q has seen only one of the two.
    variant["r4", 1, "q"] = 1.0
    assert votes_between(baseline, variant) == [
        Vote(turn="r1", choice="a"),
        Vote(turn="r1", choice="tie"),
        Vote(turn="r2", choice="b"),
    ]


def test_the_order_is_each_persons_own_and_always_the_same() -> None:
    ids = [f"cell_{number}" for number in range(6)]
    orders = {
        person: in_blind_order(ids, person=person, secret="s") for person in ("1", "2", "3", "4")
    }
    assert len({tuple(order) for order in orders.values()}) > 1
    assert orders["1"] == in_blind_order(ids[::-1], person="1", secret="s")
    assert orders["1"] != in_blind_order(ids, person="1", secret="t")
