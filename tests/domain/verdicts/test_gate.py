"""The publish gate."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from assistants_app.domain.verdicts.gate import (
    BELOW_MARGIN,
    CHECKS_NOT_RUN,
    NO_EXPERIMENT,
    NO_VERDICT,
    NOT_FINISHED,
    OTHER_BASELINE,
    OTHER_CONFIGURATION,
    OTHER_METRIC,
    OTHER_SET,
    OTHER_SET_VERSION,
    REQUIRED_ROWS,
    SOME_ROWS,
    TOO_OLD,
    WORSE_ROWS,
    Evidence,
    Policy,
    Wanted,
    refusals,
)
from assistants_app.domain.verdicts.pairs import Cell, pair
from assistants_app.domain.verdicts.regressions import Row
from assistants_app.domain.verdicts.verdict import Verdict, decide
from tests.domain.verdicts.test_regressions import row

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
POLICY = Policy(test_set="ts_1", margin=0.1, oldest=timedelta(days=7), required=frozenset({"r0"}))
WANTED = Wanted(configuration="new", published="old", set_version=3, at=NOW)


def compared(rows: Sequence[Row]) -> Verdict:
    """Return the verdict on the rows' passes."""
    before, after = (
        [
            Cell(row=each.name, score=None if passed is None else float(passed), fault=True)
            for each in rows
            for passed in (each.baseline, each.variant)[side]
        ]
        for side in (0, 1)
    )
    return decide(pair(before, after))


def evidence(rows: Sequence[Row]) -> Evidence:
    """Return an experiment on what is wanted, with these rows."""
    return Evidence(
        test_set="ts_1",
        set_version=3,
        configuration="new",
        baseline="old",
        finished_at=NOW - timedelta(days=1),
        rows=rows,
        verdict=compared(rows),
    )


STEADY = [row("++++", "++++", f"r{at}") for at in range(50)]
GOOD = evidence(STEADY)


def codes(policy: Policy, wanted: Wanted, found: Evidence | None) -> list[str]:
    return [refusal.code for refusal in refusals(policy, wanted, found)]


def test_an_unchanged_assistant_passes() -> None:
    assert refusals(POLICY, WANTED, GOOD) == ()


def test_without_an_experiment_nothing_is_published() -> None:
    assert codes(POLICY, WANTED, None) == [NO_EXPERIMENT]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (replace(GOOD, finished_at=None), NOT_FINISHED),
        (replace(GOOD, configuration="newer"), OTHER_CONFIGURATION),
        (replace(GOOD, baseline="older"), OTHER_BASELINE),
        (replace(GOOD, test_set="ts_2"), OTHER_SET),
        (replace(GOOD, set_version=2), OTHER_SET_VERSION),
        (replace(GOOD, left_out=1), SOME_ROWS),
        (replace(GOOD, finished_at=NOW - timedelta(days=7, seconds=1)), TOO_OLD),
        # It was extended or run again since.
        (replace(GOOD, oldest_at=NOW - timedelta(days=8)), TOO_OLD),
        (replace(GOOD, metric="metric:speed"), OTHER_METRIC),
        (replace(GOOD, checks_not_run=1), CHECKS_NOT_RUN),
        (replace(GOOD, verdict=None), NO_VERDICT),
    ],
)
def test_an_experiment_on_something_else_does_not_count(found: Evidence, code: str) -> None:
    assert codes(POLICY, WANTED, found) == [code]


def test_an_experiment_of_exactly_the_oldest_age_counts() -> None:
    assert codes(POLICY, WANTED, replace(GOOD, finished_at=NOW - timedelta(days=7))) == []


def test_all_reasons_are_given_at_once() -> None:
    found = replace(GOOD, configuration="x", baseline="y", test_set="z", finished_at=NOW)
    assert codes(POLICY, WANTED, found) == [OTHER_CONFIGURATION, OTHER_BASELINE, OTHER_SET]


@pytest.mark.parametrize("after", ["+++-", "----", "+++?", "????", ""])
def test_required_rows_pass_in_all_repeats(after: str) -> None:
    rows = [row("++++", after, "r0"), *STEADY[1:]]
    found = replace(evidence(rows), verdict=GOOD.verdict)
    assert REQUIRED_ROWS in codes(POLICY, WANTED, found)
    assert codes(replace(POLICY, required=frozenset({"r1"})), WANTED, found) in ([], [WORSE_ROWS])


def test_a_required_row_that_is_gone_has_not_passed() -> None:
    (refusal,) = refusals(replace(POLICY, required=frozenset({"gone"})), WANTED, GOOD)
    assert (refusal.code, refusal.rows) == (REQUIRED_ROWS, ("gone",))
    assert str(refusal) == "1 required row doesn't pass in all of its repeats: gone"


def test_a_row_that_broke_is_refused() -> None:
    rows = [*STEADY[:-1], row("++++", "----", "r49")]
    (refusal,) = refusals(POLICY, WANTED, evidence(rows))
    assert (refusal.code, refusal.rows) == (WORSE_ROWS, ("r49",))
    assert str(refusal) == "1 row that always passed now fails more often than not: r49"


def test_a_row_that_may_be_worse_by_chance_is_refused_only_on_request() -> None:
    found = evidence([*STEADY[:-1], row("++++", "+---", "r49")])
    assert codes(POLICY, WANTED, found) == []
    assert codes(replace(POLICY, no_worse_row=True), WANTED, found) == [WORSE_ROWS]


def test_many_worse_rows_are_named_in_part() -> None:
    rows = [*STEADY[:40], *(row("++++", "----", f"r{at}") for at in range(40, 50))]
    worse = next(
        refusal
        for refusal in refusals(POLICY, WANTED, evidence(rows))
        if refusal.code == WORSE_ROWS
    )
    assert len(worse.rows) == 10
    assert str(worse).endswith("r40, r41, r42, r43, r44, ...")


def test_the_score_may_not_fall_below_the_margin() -> None:
    rows = [*STEADY[:40], *(row("+-+-", "---+", f"r{at}") for at in range(40, 50))]
    found = evidence(rows)
    assert codes(POLICY, WANTED, found) == []
    (refusal,) = refusals(replace(POLICY, margin=0.09), WANTED, found)
    assert refusal.code == BELOW_MARGIN
    assert str(refusal).startswith(
        "The score may have fallen by up to 10 points, and the gate allows 9."
    )


def test_a_verdict_that_failed_says_why() -> None:
    rows = [*STEADY[:40], *(row("++++", "????", f"r{at}") for at in range(40, 50))]
    (refusal,) = refusals(POLICY, WANTED, evidence(rows))
    assert refusal.code == NO_VERDICT
    assert "the model provider failed" in str(refusal)


def test_a_first_version_has_nothing_to_be_compared_with() -> None:
    first = replace(GOOD, baseline="", verdict=None)
    assert codes(POLICY, replace(WANTED, published=""), first) == []
    failing = replace(first, rows=[row("", "---", "r0")])
    assert codes(POLICY, replace(WANTED, published=""), failing) == [REQUIRED_ROWS]


@pytest.mark.parametrize("repeats", [3, 5])
def test_identical_configurations_pass_at_least_95_times_out_of_100(repeats: int) -> None:
    random = np.random.default_rng(repeats)
    passed = 0
    for _ in range(100):
        # Most rows are steady, every fifth one varies. The required row always passes.
        chances = np.where(np.arange(50) % 5, 0.98, random.uniform(0.2, 0.9, 50))
        chances[0] = 1.0
        drawn = random.random((2, 50, repeats)) < chances[None, :, None]
        rows = [
            Row(
                name=f"r{at}",
                baseline=tuple(map(bool, drawn[0, at])),
                variant=tuple(map(bool, drawn[1, at])),
            )
            for at in range(50)
        ]
        passed += not refusals(replace(POLICY, margin=0.15), WANTED, evidence(rows))
    assert passed >= 95
