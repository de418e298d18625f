"""What a program asks of an experiment."""

from datetime import UTC, datetime

import pytest

from assistants_app.domain.experiments.requirement import (
    ERROR,
    FAILED,
    PASSED,
    Requirement,
    Ruling,
    result_of_all,
    rule,
    usual_requirement,
)
from assistants_app.domain.verdicts.gate import (
    BELOW_MARGIN,
    CHECKS_NOT_RUN,
    NO_VERDICT,
    REQUIRED_ROWS,
    WORSE_ROWS,
    Evidence,
)
from assistants_app.domain.verdicts.pairs import Cell, pair
from assistants_app.domain.verdicts.regressions import Row
from assistants_app.domain.verdicts.verdict import decide

NOW = datetime(2026, 11, 30, tzinfo=UTC)
Passes = tuple[bool | None, ...]


def evidence(*rows: tuple[Passes, Passes], not_run: int = 0) -> Evidence:
    """Return evidence of repeats that passed under the baseline and the variant, by row."""
    before, after = (
        [
            Cell(
                row=str(number),
                score=None if passed is None else float(passed),
                fault=passed is None,
                reply=f"{number} {repeat}",
            )
            for number, row in enumerate(rows)
            for repeat, passed in enumerate(row[side])
        ]
        for side in (0, 1)
    )
    return Evidence(
        test_set="testset_1",
        set_version=3,
        configuration="b",
        baseline="a",
        finished_at=NOW,
        rows=[Row(name=str(place), baseline=a, variant=b) for place, (a, b) in enumerate(rows)],
        verdict=decide(pair(before, after)),
        checks_not_run=not_run,
    )


def alone(*rows: Passes, not_run: int = 0) -> Evidence:
    """Return evidence of a variant that is compared with nothing."""
    return Evidence(
        test_set="testset_1",
        set_version=3,
        configuration="b",
        baseline="",
        finished_at=NOW,
        rows=[Row(name=str(place), baseline=(), variant=row) for place, row in enumerate(rows)],
        verdict=None,
        checks_not_run=not_run,
    )


def codes(ruling: Ruling) -> list[str]:
    return [refusal.code for refusal in ruling.refusals]


GOOD, BAD = (True, True), (False, False)


def test_a_variant_that_does_as_well_on_enough_rows_passes() -> None:
    found = rule(Requirement(margin=0.1), evidence(*[(GOOD, GOOD)] * 60))
    assert found == Ruling(PASSED)


def test_a_variant_that_may_be_worse_than_the_margin_fails() -> None:
    few = evidence(*[(GOOD, GOOD)] * 8)
    found = rule(Requirement(margin=0.05), few)
    assert (found.result, codes(found)) == (FAILED, [BELOW_MARGIN])
    assert rule(Requirement(margin=0.5), few).result == PASSED


def test_rows_that_broke_fail_even_within_the_margin() -> None:
    broken = evidence(*[(GOOD, GOOD)] * 59, (GOOD, BAD))
    assert rule(Requirement(margin=0.2), broken).result == PASSED
    found = rule(Requirement(margin=0.2, no_worse_row=True), broken)
    assert (found.result, codes(found)) == (FAILED, [WORSE_ROWS])
    found = rule(Requirement(margin=0.2, required=frozenset({"1", "59"})), broken)
    assert (found.result, codes(found)) == (FAILED, [REQUIRED_ROWS])
    assert found.refusals[0].rows == ("59",)


def test_a_provider_that_failed_is_an_error_and_not_a_failure() -> None:
    lost = evidence(*[(GOOD, GOOD)] * 10, *[(GOOD, (None, None))] * 10)
    found = rule(Requirement(margin=1), lost)
    assert (found.result, codes(found)) == (ERROR, [NO_VERDICT])
    # What is known to be wrong stays wrong.
    found = rule(Requirement(margin=1, required=frozenset({"0"})), evidence((GOOD, (False, None))))
    assert (found.result, codes(found)) == (FAILED, [REQUIRED_ROWS, NO_VERDICT])


def test_a_variant_alone_has_to_pass_all_rows_unless_others_are_named() -> None:
    usual = usual_requirement(variants=1, margin=0.1)
    assert usual == Requirement(margin=0.1, required=None)
    assert usual_requirement(variants=2, margin=0.1) == Requirement(margin=0.1)
    assert rule(usual, alone(GOOD, GOOD)).result == PASSED
    assert rule(usual, alone(GOOD, (True, False))).result == FAILED
    assert rule(usual, alone(GOOD, (True, None))).result == ERROR
    assert rule(usual, alone((False, None), (True, None))).result == FAILED
    named = Requirement(margin=0.1, required=frozenset({"0"}))
    assert rule(named, alone(GOOD, BAD)).result == PASSED


def test_a_check_that_cannot_run_here_fails() -> None:
    found = rule(usual_requirement(variants=1, margin=0.1), alone(GOOD, not_run=2))
    assert (found.result, codes(found)) == (FAILED, [CHECKS_NOT_RUN])


@pytest.mark.parametrize(
    ("results", "all_together"),
    [
        ([PASSED], PASSED),
        ([PASSED, ERROR, PASSED], ERROR),
        ([ERROR, FAILED], FAILED),
        ([FAILED, PASSED], FAILED),
    ],
)
def test_the_worst_variant_decides(results: list[str], all_together: str) -> None:
    assert result_of_all([Ruling(result) for result in results]) == all_together


@pytest.mark.parametrize("required", [None, frozenset(), frozenset({"b", "a"})])
def test_a_requirement_is_stored_and_read(required: frozenset[str] | None) -> None:
    made = Requirement(margin=0.25, required=required, no_worse_row=True)
    assert Requirement.from_json(made.as_json()) == made


def test_nothing_is_ruled_before_the_end() -> None:
    running = Evidence(
        test_set="t",
        set_version=1,
        configuration="b",
        baseline="",
        finished_at=None,
        rows=(),
        verdict=None,
    )
    with pytest.raises(ValueError, match="hasn't finished"):
        rule(Requirement(margin=0.1), running)
