"""Verdicts and their words."""

import re

import numpy as np
import pytest

from assistants_app.domain.verdicts.pairs import Cell, Pairs, pair
from assistants_app.domain.verdicts.verdict import (
    BETTER,
    FAULTS,
    MISSING,
    NO_ROWS,
    NONE,
    RUNNING,
    SAME,
    TOO_FEW,
    UNGRADED,
    WORSE,
    decide,
)
from assistants_app.domain.verdicts.words import Names, describe, isolated
from tests.domain.verdicts.test_pairs import cells


def experiment(rows: int, wins: int, losses: int, lost: int = 0, *, fault: bool = True) -> Pairs:
    """Return an experiment with this many rows, in which the variant lost some cells."""
    before = [0.0] * wins + [1.0] * (rows - wins)
    after: list[float | None] = [*[1.0] * wins, *[0.0] * losses, *[1.0] * (rows - wins - losses)]
    after[rows - lost :] = [None] * lost
    return pair(
        cells(*([score] for score in before)), cells(*([score] for score in after), fault=fault)
    )


@pytest.mark.parametrize(
    ("pairs", "kind", "headline"),
    [
        (experiment(100, 15, 3), BETTER, "B is better than A by 4 to 21 points."),
        (experiment(100, 3, 15), WORSE, "B is worse than A by 4 to 21 points."),
        (experiment(300, 17, 6), BETTER, "B is better than A by up to 7 points."),
        (experiment(300, 6, 17), WORSE, "B is worse than A by up to 7 points."),
        (experiment(100, 2, 2), SAME, "No difference larger than 5 points between A and B."),
        (
            experiment(20, 3, 1),
            TOO_FEW,
            "Too few rows: 152 more rows would show a difference of 10 points.",
        ),
    ],
    ids=["better", "worse", "barely better", "barely worse", "same", "too few"],
)
def test_the_words_follow_the_interval(pairs: Pairs, kind: str, headline: str) -> None:
    verdict = decide(pairs)
    assert verdict.kind == kind
    assert str(describe(verdict).headline) == headline


def test_variants_have_names() -> None:
    said = describe(decide(experiment(100, 15, 3)), Names("Prompt 100%s", "%(x)d"))
    assert str(said.headline).startswith("%(x)d is better than Prompt 100%s by ")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("New (2)", "New (2)"),
        ("\u202eNew", "\u2068New\u2069"),
        ("\u2069\u202dNew", "\u2068New\u2069"),
        ("\u05d0", "\u2068\u05d0\u2069"),
    ],
)
def test_names_do_not_turn_the_words_around_them(name: str, shown: str) -> None:
    assert isolated(name) == shown


def test_there_is_no_verdict_while_an_experiment_runs() -> None:
    verdict = decide(experiment(100, 40, 0), finished=False)
    assert (verdict.kind, verdict.reason, verdict.interval) == (NONE, RUNNING, None)
    # Not even in the details.
    said = describe(verdict)
    assert (said.notes, said.details) == ((), ())
    assert re.findall(r"\d+", str(said)) == ["100"]


@pytest.mark.parametrize(("lost", "kind"), [(5, BETTER), (6, NONE)])
@pytest.mark.parametrize(("fault", "reason"), [(True, FAULTS), (False, MISSING)])
def test_too_many_lost_cells_leave_no_verdict(
    lost: int, kind: str, *, fault: bool, reason: str
) -> None:
    verdict = decide(experiment(100, 30, 0, lost, fault=fault))
    assert verdict.kind == kind
    assert verdict.reason == (reason if kind == NONE else "")
    assert f"{lost} of 200 cells are left out" in str(describe(verdict))


def test_one_lost_cell_is_counted_in_the_first_line() -> None:
    said = describe(decide(experiment(100, 30, 0, 1)))
    assert list(map(str, said.basis)) == [
        "Based on 99 rows.",
        "1 of 200 cells is left out, because the model provider failed.",
    ]


def test_rows_without_a_check_that_counts_are_said() -> None:
    unchecked = [Cell(row=f"x{number}", score=None, measured=False) for number in range(100)]
    half = decide(pair([*cells([1]), *unchecked], [*cells([0]), *unchecked]))
    assert half.kind == TOO_FEW
    words = "100 rows are left out, because they have no check for the main metric."
    assert words in str(describe(half))
    none = decide(pair(unchecked, unchecked))
    assert (none.kind, none.reason) == (NONE, NO_ROWS)
    assert "Look at the checks of the rows" in str(describe(none))
    assert words in str(describe(none))


@pytest.mark.parametrize("pairs", [pair([], []), pair(cells([1]), [Cell(row="x", score=1)])])
def test_nothing_to_compare(pairs: Pairs) -> None:
    verdict = decide(pairs)
    assert (verdict.kind, verdict.reason) == (NONE, NO_ROWS)
    assert "no row has a score under both" in str(describe(verdict))


def test_a_smaller_margin_needs_more_rows() -> None:
    pairs = experiment(100, 2, 2)
    assert decide(pairs, margin=0.05).kind == SAME
    few = decide(pairs, margin=0.04)
    assert few.kind == TOO_FEW
    assert few.more_rows > 1


@pytest.mark.parametrize(("wins", "losses", "margin"), [(44, 28, 0.13), (45, 30, 0.12)])
def test_rows_that_are_nearly_enough_for_the_margin_need_many_more(
    wins: int, losses: int, margin: float
) -> None:
    verdict = decide(experiment(200, wins, losses), margin=margin)
    assert verdict.kind == TOO_FEW
    assert verdict.target == pytest.approx((wins - losses) / 200)
    assert verdict.more_rows > 200


def test_proposals_are_always_worth_it() -> None:
    for rows in (10, 40):
        for wins in range(0, rows // 2, 3):
            for losses in range(0, rows // 2, 7):
                verdict = decide(experiment(rows, wins, losses), margin=0.08)
                if verdict.kind == TOO_FEW:
                    assert verdict.more_rows >= rows / 2
                    assert 0.04 <= verdict.target <= 0.08


def test_there_is_no_verdict_while_people_grade() -> None:
    verdict = decide(experiment(20, 15, 3), graded=False)
    assert (verdict.kind, verdict.reason) == (NONE, UNGRADED)
    said = "No verdict yet. It appears when people have graded all replies of the queue."
    assert str(describe(verdict)) == said


@pytest.mark.parametrize("extensions", [0, 1, 2])
@pytest.mark.parametrize("comparisons", [1, 3])
def test_rows_that_should_have_shown_the_observed_difference_are_too_few_all_the_same(
    comparisons: int, extensions: int
) -> None:
    for rows in (10, 16, 20):
        for points in range(10, 50):
            scored = (cells(*([score] for _ in range(rows))) for score in (0.0, points / 100))
            verdict = decide(
                pair(*scored), margin=0.3, comparisons=comparisons, extensions=extensions
            )
            if verdict.kind == TOO_FEW:
                assert verdict.more_rows > 0, (rows, points)


def test_repeats_are_proposed_where_they_help() -> None:
    random = np.random.default_rng(0)
    chances = random.uniform(0.2, 0.9, 60)

    def ran() -> list[Cell]:
        return cells(*(random.random((60, 2)) < chances[:, None]).astype(float))

    said = str(describe(decide(pair(ran(), ran()), margin=0.09)))
    assert re.match(
        r"Too few rows: \d+ more rows, or ([3-9]|10) repeats of each row, would show a difference "
        "of 9 points.",
        said,
    )
    assert "Each row ran 2 times with each variant." in said


def test_identical_repeats_are_named_and_none_are_proposed() -> None:
    before, after = cells(*[[1, 1], [0, 0]] * 6, reply="a"), cells(*[[1, 1]] * 12, reply="b")
    verdict = decide(pair(before, after))
    assert verdict.repeats is None
    said = str(describe(verdict))
    assert "All repeats of a row got the same reply, so they count as one." in said
    assert "Each row ran" not in said
    once = decide(pair(before[::2], after[::2]))
    assert verdict.interval == once.interval


def test_an_extended_experiment_says_so_and_is_stricter() -> None:
    pairs = experiment(100, 14, 4)
    once, extended = decide(pairs), decide(pairs, extensions=1)
    assert once.interval is not None
    assert extended.interval is not None
    assert extended.interval.confidence == 0.975
    assert extended.interval.low < once.interval.low
    assert "extended after somebody had seen its verdict" in str(describe(extended))
    assert "97.5% instead of 95%" in str(describe(extended))


def test_several_variants_are_stricter_and_say_so() -> None:
    verdict = decide(experiment(100, 14, 4), comparisons=3)
    assert "3 variants are compared" in str(describe(verdict))
    assert "98.33%" in str(describe(verdict))


def test_a_difference_that_is_too_small_to_matter() -> None:
    said = str(describe(decide(experiment(300, 17, 6), margin=0.1)))
    assert "too small to matter: this experiment looks for 10 points." in said
    assert "too small" not in str(describe(decide(experiment(100, 15, 3), margin=0.1)))


def test_few_rows_are_pointed_out() -> None:
    said = "With fewer than 20 rows"
    assert said in str(describe(decide(experiment(19, 9, 0))))
    assert said not in str(describe(decide(experiment(20, 9, 0))))


def test_rows_of_one_thread_are_explained() -> None:
    pairs = pair(cells(*[[1]] * 6, cluster="t"), cells(*[[0]] * 6, cluster="t"))
    said = str(describe(decide(pairs)))
    assert "Based on 6 rows. Rows from the same thread are averaged, which leaves 1" in said


def test_the_details_have_the_test_by_mcnemar() -> None:
    details = list(map(str, describe(decide(experiment(100, 15, 3))).details))
    assert details == [
        "Mean score: A 85.0, B 97.0.",
        "Difference: +12.0 points, from +4 to +21 with 95% confidence (Bayesian bootstrap).",
        "Rows: 15 better, 3 worse, 82 the same.",
        "McNemar's exact test: p = 0.00754.",
    ]


def test_grades_name_the_t_interval() -> None:
    before = cells(*[[0.3 + row / 100] for row in range(20)])
    after = cells(*[[0.4 + row * row / 1000] for row in range(20)])
    assert "(Student's t)" in str(describe(decide(pair(before, after))).details[1])


@pytest.mark.parametrize("margin", [0.0, -0.1, 1.01, float("nan")])
def test_a_margin_has_a_range(margin: float) -> None:
    with pytest.raises(ValueError, match="above 0 and up to 1"):
        decide(experiment(100, 15, 3), margin=margin)


def test_ten_thousand_rows() -> None:
    verdict = decide(experiment(10_000, 700, 500), margin=0.01)
    assert str(describe(verdict).headline) == "B is better than A by 1 to 3 points."
