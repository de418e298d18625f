"""What is known about an experiment before it starts."""

from decimal import Decimal

import numpy as np
import pytest

from assistants_app.domain.verdicts.plans import CellEstimate, plan, time_left
from tests.domain.verdicts.test_sizes import passes

CHEAP = CellEstimate(dollars=Decimal("0.01"), most_dollars=Decimal("0.05"), seconds=3)
DEAR = CellEstimate(dollars=Decimal("0.04"), most_dollars=Decimal("0.10"), seconds=9)
NEW = CellEstimate(dollars=Decimal(0), most_dollars=Decimal(0))


def test_all_cells_are_counted() -> None:
    found = plan([CHEAP, DEAR], rows=50, repeats=2, at_once=4)
    assert found.cells == 200
    assert (found.dollars, found.most_dollars) == (Decimal("5.00"), Decimal("15.00"))
    assert found.seconds == pytest.approx(100 * (3 + 9) / 4)


def test_it_says_what_its_size_shows() -> None:
    said = list(map(str, plan([CHEAP, DEAR], rows=50, repeats=1, at_once=8).describe()))
    assert said == ["50 rows show a difference of 21 points 8 times out of 10."]


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_too_few_rows_are_pointed_out(rows: int) -> None:
    found = plan([CHEAP, DEAR], rows=rows, repeats=5, at_once=8)
    assert found.smallest is None
    assert "Add rows to the test set." in str(next(found.describe()))


@pytest.mark.parametrize(
    ("cap", "warning"),
    [
        (None, ""),
        ("20", ""),
        ("15", ""),
        ("14.99", "Long replies can bring the cost to $15.00, more than the budget of $14.99."),
        ("5", "Long replies can bring the cost to $15.00, more than the budget of $5.00."),
        ("4.99", "This is expected to cost $5.00, more than the budget of $4.99."),
        ("0", "This is expected to cost $5.00, more than the budget of $0.00."),
    ],
)
def test_a_budget_that_may_not_do_is_pointed_out(cap: str | None, warning: str) -> None:
    found = plan([CHEAP, DEAR], rows=50, repeats=2, at_once=4)
    said = " ".join(map(str, found.describe(None if cap is None else Decimal(cap))))
    assert warning in said
    assert ("budget" in said) is bool(warning)


def test_variants_that_are_alike_are_pointed_out() -> None:
    found = plan([CHEAP, CHEAP], rows=50, repeats=1, at_once=4, alike=("A", "C"))
    assert "A and C are configured alike" in " ".join(map(str, found.describe()))


def test_variants_that_never_ran_are_as_slow_as_the_others() -> None:
    assert plan([CHEAP, NEW], rows=10, repeats=1, at_once=2).seconds == pytest.approx(30)
    assert plan([NEW, NEW], rows=10, repeats=1, at_once=2).seconds is None


def test_no_experiment_is_faster_than_its_slowest_cell() -> None:
    assert plan([CHEAP, DEAR], rows=1, repeats=1, at_once=32).seconds == 9


def test_more_variants_show_less() -> None:
    two, four = (plan([CHEAP] * count, rows=50, repeats=1, at_once=4) for count in (2, 4))
    assert two.smallest is not None
    assert four.smallest is not None
    assert four.smallest > two.smallest
    assert four.confidence == pytest.approx(1 - 0.05 / 3)


def test_an_earlier_experiment_says_whether_repeats_help() -> None:
    measured = passes(np.random.default_rng(3), 100, 3)
    one, five = (
        plan([CHEAP, CHEAP], rows=50, repeats=repeats, at_once=4, measured=measured).smallest
        for repeats in (1, 5)
    )
    assert one is not None
    assert five is not None
    assert five < one


def test_time_left() -> None:
    assert time_left(done=0, left=10, seconds=5) is None
    assert time_left(done=20, left=10, seconds=60) == 30
    assert time_left(done=20, left=0, seconds=60) == 0
