"""One result from several checks: weights, thresholds, metrics, errors and skipped judges."""

from typing import Any

import pytest

from assistants_app.domain.checks.check import (
    ERROR,
    FAILED,
    NOT_RUN,
    PASSED,
    SKIPPED,
    Check,
    CheckError,
    Finding,
    Outcome,
    check_from,
    outcome_from,
)
from assistants_app.domain.checks.combining import combine
from assistants_app.domain.checks.grading import Grader, grade
from tests.domain.checks.samples import ITEM, SAMPLE

OSLO = {"kind": "contains_all", "values": ["Oslo"]}
ROME = {"kind": "contains_all", "values": ["Rome"]}
JUDGED = {"kind": "judge_score", "rubric": "Polite?"}
CODE = {"kind": "python", "code": "True"}


def of(state: str, score: float | None = None, **check: Any) -> tuple[Check, Outcome]:
    score = {PASSED: 1.0, FAILED: 0.0}.get(state) if score is None else score
    return Check("refusal", **check), Outcome(state, score, "")


def test_all_checks_have_to_pass_without_a_threshold() -> None:
    assert combine([of(PASSED), of(PASSED)]).passed is True
    result = combine([of(PASSED), of(FAILED)])
    assert (result.passed, result.score) == (False, 0.5)


def test_with_a_threshold_the_weighted_score_decides() -> None:
    pairs = [of(PASSED, weight=3.0), of(FAILED)]
    assert combine(pairs, threshold=0.75).passed is True
    assert combine(pairs, threshold=0.76).passed is False
    assert combine(pairs).passed is False
    thirds = [of(PASSED, 0.1, weight=0.1), of(PASSED, 0.1, weight=0.2), of(PASSED, 0.1, weight=0.3)]
    assert combine(thirds, threshold=0.1).passed is True


def test_a_check_without_weight_only_informs() -> None:
    result = combine([of(PASSED), of(FAILED, weight=0.0, metric="style"), of(ERROR, weight=0.0)])
    assert (result.passed, result.score, result.errors) == (True, 1.0, 1)
    assert result.metrics == {"style": 0.0}


@pytest.mark.parametrize("pairs", [[], [of(FAILED, weight=0.0)], [of(NOT_RUN)]])
def test_without_a_check_that_counts_there_is_no_result(pairs: Any) -> None:
    result = combine(pairs)
    assert (result.passed, result.score) == (None, None)


def test_an_error_is_no_failure() -> None:
    result = combine([of(PASSED, metric="a"), of(ERROR, metric="a"), of(FAILED)])
    assert (result.passed, result.score, result.errors) == (None, None, 1)
    assert result.metrics == {"a": 1.0}


def test_checks_that_cannot_run_here_are_counted_and_left_out() -> None:
    result = combine([of(PASSED), of(NOT_RUN)])
    assert (result.passed, result.score, result.not_run) == (True, 1.0, 1)


def test_metrics_are_averages_by_weight() -> None:
    pairs = [
        of(PASSED, 1.0, metric="style", weight=3.0),
        of(FAILED, 0.2, metric="style"),
        of(PASSED, metric="facts"),
    ]
    assert combine(pairs).metrics == {"style": pytest.approx(0.8), "facts": 1.0}


def run(
    checks: list[dict[str, Any]],
    judge: Grader | None = None,
    threshold: float | None = None,
) -> tuple[list[str], list[str]]:
    """Return the state of each check, and what was graded, in order."""
    asked: list[str] = []

    def grader(check: Check, *_: Any) -> Finding:
        asked.append(check.kind)
        return Finding(0.9, "Because.") if judge is None else judge(check, SAMPLE, ITEM)

    found = grade(
        [check_from(check) for check in checks],
        SAMPLE,
        ITEM,
        graders={"judge": grader, "python": grader, "meaning": grader},
        threshold=threshold,
    )
    assert [outcome_from(each.as_json()) for each in found] == found
    return [each.state for each in found], asked


def test_cheap_checks_come_first_and_outcomes_keep_their_order() -> None:
    similar = {"kind": "similar", "value": "a"}
    states, asked = run([JUDGED, CODE, similar, OSLO])
    assert states == [PASSED] * 4
    assert asked == ["similar", "python", "judge_score"]


def test_a_failed_check_skips_the_judge() -> None:
    assert run([JUDGED, ROME]) == ([SKIPPED, FAILED], [])
    assert run([JUDGED, OSLO]) == ([PASSED, PASSED], ["judge_score"])
    assert run([JUDGED, {**ROME, "weight": 0}]) == ([PASSED, FAILED], ["judge_score"])
    assert run([JUDGED, {**ROME, "not": True}]) == ([PASSED, PASSED], ["judge_score"])


def test_a_judge_that_can_still_decide_is_asked() -> None:
    # 1 of 2 reaches a threshold of a half if the judge agrees, but never one of 0.6.
    assert run([JUDGED, ROME], threshold=0.5) == ([PASSED, FAILED], ["judge_score"])
    assert run([JUDGED, ROME], threshold=0.6) == ([SKIPPED, FAILED], [])


def test_one_judge_does_not_skip_another() -> None:
    states, asked = run([JUDGED, JUDGED], judge=lambda *_: Finding(0.0, "No."))
    assert states == [FAILED, FAILED]
    assert len(asked) == 2


def test_a_judge_without_an_answer_is_an_error() -> None:
    def silent(*_: Any) -> Finding:
        raise CheckError("The judge gave no answer.")

    states, _asked = run([JUDGED, OSLO], judge=silent)
    assert states == [ERROR, PASSED]


def test_a_skipped_judge_counts_as_nothing() -> None:
    pairs = [of(FAILED), of(SKIPPED, metric="style")]
    result = combine(pairs)
    assert (result.passed, result.score, result.metrics) == (False, 0.0, {"style": 0.0})
