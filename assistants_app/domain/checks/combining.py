"""One result from the outcomes of several checks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistants_app.domain.checks.check import ERROR, FAILED, NOT_RUN, SKIPPED, Check, Outcome

# Sums of weights and scores such as 0.1 + 0.2 may miss a threshold by the last bit.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Result:
    """What the checks of a reply came to together.

    `passed` and `score` are None if a check with a weight couldn't be carried out, or if no check
    counts. `metrics` has the average score of each metric. `not_run` is the number of checks that
    can't run here, which don't count.
    """

    passed: bool | None
    score: float | None
    metrics: Mapping[str, float] = field(default_factory=dict)
    errors: int = 0
    not_run: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the result as it is stored."""
        return {
            "passed": self.passed,
            "score": self.score,
            "metrics": dict(self.metrics),
            "errors": self.errors,
            "not_run": self.not_run,
        }


def combine(outcomes: Sequence[tuple[Check, Outcome]], *, threshold: float | None = None) -> Result:
    """Return the result of all checks of a reply.

    The score is the average of their scores by weight. Without a `threshold`, the reply passes if
    every check with a weight passes; with one, if its score reaches it.
    """
    counted = [(check, outcome) for check, outcome in outcomes if outcome.state != NOT_RUN]
    weighty = [(check, outcome) for check, outcome in counted if check.weight > 0]
    errors = sum(outcome.state == ERROR for _, outcome in counted)
    not_run = len(outcomes) - len(counted)
    metrics = _metrics(counted)
    if not weighty or any(outcome.state == ERROR for _, outcome in weighty):
        return Result(None, None, metrics, errors, not_run)
    score = _average(weighty)
    if threshold is None:
        passed = all(outcome.passed for _, outcome in weighty)
    else:
        passed = score >= threshold - ROUNDING
    return Result(passed, score, metrics, errors, not_run)


def _metrics(counted: Sequence[tuple[Check, Outcome]]) -> dict[str, float]:
    by_metric: dict[str, list[tuple[Check, Outcome]]] = defaultdict(list)
    for check, outcome in counted:
        if check.metric and outcome.state != ERROR:
            by_metric[check.metric].append((check, outcome))
    return {metric: _average(pairs) for metric, pairs in by_metric.items()}


def _average(pairs: Sequence[tuple[Check, Outcome]]) -> float:
    # A judge that was skipped counts as 0: the reply has failed, and without it a worse reply would
    # have a better average. Among checks that only inform, all weigh the same.
    weights = [check.weight for check, _ in pairs]
    if not any(weights):
        weights = [1.0] * len(pairs)
    scores = [_score(outcome) for _, outcome in pairs]
    total = sum(weight * score for weight, score in zip(weights, scores, strict=True))
    return total / sum(weights)


def _score(outcome: Outcome) -> float:
    return 0.0 if outcome.state == SKIPPED else outcome.score or 0.0


def can_still_pass(
    done: Sequence[tuple[Check, Outcome]], waiting: Sequence[Check], threshold: float | None
) -> bool:
    """Return whether the reply passes if all waiting checks give the best score."""
    if threshold is None:
        return not any(outcome.state == FAILED and check.weight > 0 for check, outcome in done)
    best = [(check, Outcome("passed", 1.0, "")) for check in waiting]
    counted = [
        (check, outcome)
        for check, outcome in [*done, *best]
        if check.weight > 0 and outcome.score is not None
    ]
    return not counted or _average(counted) >= threshold - ROUNDING
