"""Pairing of two variants' scores."""

from collections.abc import Sequence

import pytest

from assistants_app.domain.verdicts.pairs import Cell, pair


def cells(
    *rows: Sequence[float | None], cluster: str = "", fault: bool = False, reply: str = ""
) -> list[Cell]:
    """Return cells with the scores of the repeats of each row."""
    return [
        Cell(row=str(name), score=score, cluster=cluster, fault=fault, reply=reply)
        for name, scores in enumerate(rows)
        for score in scores
    ]


def test_repeats_are_averaged_by_row() -> None:
    pairs = pair(cells([1, 0], [0, 0], [1, 1]), cells([1, 1], [0, 1], [0, 1]))
    assert pairs.differences == (0.5, 0.5, -0.5)
    assert (pairs.better, pairs.worse, pairs.rows, pairs.repeats) == (2, 1, 3, 2)
    assert (pairs.baseline_mean, pairs.variant_mean) == pytest.approx((0.5, 4 / 6))
    assert not pairs.graded


def test_rows_of_one_thread_count_as_one() -> None:
    baseline = [*cells([0], [0], [1], cluster="t"), Cell(row="t", score=0)]
    variant = [*cells([1], [0], [1], cluster="t"), Cell(row="t", score=1)]
    pairs = pair(baseline, variant)
    assert pairs.differences == pytest.approx((1 / 3, 1))
    assert pairs.rows == 4


def test_noise_is_what_equal_variants_would_differ_by() -> None:
    # Half and a third of the repeats' variances, whatever the variants' difference is.
    pairs = pair(cells([1, 0], [0, 0]), cells([1, 1, 0], [1, 1, 1]))
    assert pairs.noise == pytest.approx((0.5 / 2 + 1 / 3 / 3, 0))
    # Without repeats, or with one reply that is repeated, only the difference shows something.
    assert pair(cells([1], [0]), cells([0], [0])).noise == (1, 0)
    same = cells([1, 1], [0, 0], reply="r")
    assert pair(same, cells([0, 0], [0, 0], reply="r")).noise == (1, 0)


def test_noise_of_rows_of_one_thread_is_that_of_their_average() -> None:
    pairs = pair(cells([1, 0], [1, 0], cluster="t"), cells([1, 1], [1, 1], cluster="t"))
    assert pairs.noise == pytest.approx(((0.25 + 0.25) / 4,))
    assert pair(cells([1, 0], [1], cluster="t"), cells([1, 1], [0], cluster="t")).noise == (0.0625,)


def test_the_order_of_cells_does_not_matter() -> None:
    baseline, variant = cells([1, 0], [0, 0], [1, 1]), cells([1, 1], [0, 1], [0, 1])
    other = pair(reversed(baseline), reversed(variant))
    assert sorted(other.differences) == sorted(pair(baseline, variant).differences)


def test_rows_without_a_score_are_left_out_and_counted() -> None:
    faulty = [*cells([1], [1]), Cell(row="2", score=None, fault=True), Cell(row="3", score=None)]
    pairs = pair(faulty, cells([0], [1], [1], [1], [1]))
    assert pairs.differences == (-1, 0)
    assert (pairs.cells, pairs.faults, pairs.missing) == ((4, 5), (1, 0), (1, 0))
    assert pairs.fault_share == pairs.missing_share == 0.25


def test_rows_that_are_not_measured_are_no_loss() -> None:
    unchecked = [Cell(row="x", score=None, measured=False) for _ in range(3)]
    pairs = pair([*cells([1], [1]), *unchecked], [*cells([0], [1]), *unchecked])
    assert pairs.differences == (-1, 0)
    assert (pairs.cells, pairs.missing, pairs.unmeasured) == ((2, 2), (0, 0), 1)


def test_a_row_with_one_lost_repeat_counts_with_the_others() -> None:
    pairs = pair(cells([1, None, 0]), cells([1, 1, 1]))
    assert pairs.differences == (0.5,)


def test_the_variant_that_lost_more_cells_speaks() -> None:
    lost = cells(*[[None]] * 6, fault=True) + [Cell(row=f"x{i}", score=1) for i in range(94)]
    pairs = pair(lost, [Cell(row=f"x{i}", score=1) for i in range(94)])
    assert pairs.fault_share == 0.06


def test_nothing_to_pair() -> None:
    for pairs in (pair([], []), pair(cells([1]), []), pair(cells([1]), [Cell(row="x", score=1)])):
        assert (pairs.differences, pairs.rows, pairs.repeats) == ((), 0, 0)
        assert not pairs.identical


def test_grades_and_passes_are_distinguished() -> None:
    assert pair(cells([0.5]), cells([1])).graded
    assert not pair(cells([True, False]), cells([1, 0])).graded


def test_repeats_with_the_same_reply_count_as_one() -> None:
    same = pair(cells([1, 1], reply="a"), cells([0, 0], reply="b"))
    assert same.identical
    assert same.within is None
    # Equal scores alone prove nothing: the replies may differ.
    assert not pair(cells([1, 1]), cells([0, 0])).identical
    once = pair(cells([1], reply="a"), cells([1], reply="a"))
    assert not once.identical


def test_how_much_repeats_vary() -> None:
    assert pair(cells([1], [0]), cells([0], [1])).within is None
    assert pair(cells([1, 1], [0, 0]), cells([1, 1], [1, 1])).within == 0
    assert pair(cells([1, 0], [0, 0]), cells([1, 1], [0, 1])).within == pytest.approx(0.5)


def test_averages_that_only_differ_by_rounding_tie() -> None:
    pairs = pair(cells([0.1, 0.2, 0.3]), cells([0.3, 0.2, 0.1]))
    assert (pairs.better, pairs.worse) == (0, 0)


@pytest.mark.parametrize("score", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_score_outside_its_range_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="not from 0 to 1"):
        Cell(row="a", score=score)
