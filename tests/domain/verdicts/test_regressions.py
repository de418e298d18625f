"""Rows that always passed and now mostly fail."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from assistants_app.domain.verdicts.regressions import Row, by_chance, worse_rows


def row(before: str, after: str, name: str = "r", *, identical: bool = False) -> Row:
    """Return a row whose repeats passed (+), failed (-) or have no result (?)."""
    passed = {"+": True, "-": False, "?": None}
    return Row(
        name=name,
        baseline=tuple(passed[mark] for mark in before),
        variant=tuple(passed[mark] for mark in after),
        identical=identical,
    )


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("+++", "+--", True),
        ("+++", "---", True),
        ("++++", "++--", False),
        ("+++", "++-", False),
        ("++-", "---", False),
        ("+", "-", True),
        ("+?+", "?--", True),
        ("???", "---", False),
        ("+++", "???", False),
        ("+++", "", False),
    ],
)
def test_which_rows_got_worse(before: str, after: str, *, worse: bool) -> None:
    assert worse_rows([row(before, after)]) == (("r",) if worse else ())


@pytest.mark.parametrize("repeats", [1, 2, 3, 5, 8])
def test_one_broken_row_is_as_likely_as_by_fisher(repeats: int) -> None:
    broken = row("+" * repeats, "-" * repeats)
    table = [[repeats, 0], [0, repeats]]
    expected = fisher_exact(table, alternative="greater").pvalue
    assert by_chance([broken]) == pytest.approx(expected)
    # Rows that are steady say nothing about chance.
    steady = [row("+" * repeats, "+" * repeats), row("-" * repeats, "-" * repeats)] * 50
    assert by_chance([broken, *steady]) == pytest.approx(expected)


def test_rows_that_vary_make_worse_rows_likely() -> None:
    broken, better = row("+++", "+--"), row("+--", "+++")
    assert by_chance([broken]) == pytest.approx(0.2)
    assert by_chance([broken, better, better, better]) == pytest.approx(1 - 0.8**4)
    assert by_chance([broken] * 4) == pytest.approx(0.2**4)


def test_identical_repeats_count_as_one() -> None:
    assert by_chance([row("+++++", "-----", identical=True)]) == 0.5
    assert worse_rows([row("+++++", "-----", identical=True)]) == ("r",)


def test_without_worse_rows_chance_explains_everything() -> None:
    assert by_chance([]) == 1.0
    assert by_chance([row("+++", "+++"), row("+--", "+++")]) == 1.0


@pytest.mark.parametrize("repeats", [1, 3, 5])
def test_equal_variants_are_rarely_found_worse(repeats: int) -> None:
    random = np.random.default_rng(repeats)
    experiments, found, literal = 400, 0, 0
    for _ in range(experiments):
        chances = random.beta(2, 1, 60)
        passed = random.random((2, 60, repeats)) < chances[None, :, None]
        rows = [
            Row(
                name=str(at),
                baseline=tuple(map(bool, passed[0, at])),
                variant=tuple(map(bool, passed[1, at])),
            )
            for at in range(60)
        ]
        found += by_chance(rows) <= 0.05
        literal += bool(worse_rows(rows))
    assert found / experiments <= 0.06
    # The reason why a single worse row isn't enough to refuse.
    assert literal / experiments > 0.4
