"""The verdict on a variant: better, worse, no difference that matters, too few rows, or none."""

from dataclasses import dataclass, replace

from assistants_app.domain.verdicts.intervals import Interval, confidence, interval
from assistants_app.domain.verdicts.mcnemar import exact_p
from assistants_app.domain.verdicts.pairs import Pairs
from assistants_app.domain.verdicts.sizes import more_rows, repeats_needed

BETTER, WORSE, SAME, TOO_FEW, NONE = "better", "worse", "same", "too_few", "none"
# Why there is no verdict.
RUNNING, FAULTS, MISSING, NO_ROWS = "running", "faults", "missing", "no_rows"
UNGRADED = "ungraded"

MOST_LOST = 0.05  # the share of cells without a score up to which the others speak for all
MARGIN = 0.1  # the difference that matters, unless the experiment names another


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an experiment shows about a variant and the baseline.

    Without a verdict, `reason` says why, and there is no interval. If there are too few rows,
    `more_rows` or `repeats` would show a difference of `target`.
    """

    kind: str
    pairs: Pairs
    margin: float
    comparisons: int
    extensions: int
    reason: str = ""
    interval: Interval | None = None
    p_value: float | None = None
    target: float = 0.0
    more_rows: int = 0
    repeats: int | None = None


def decide(
    pairs: Pairs,
    *,
    margin: float = MARGIN,
    comparisons: int = 1,
    extensions: int = 0,
    finished: bool = True,
    graded: bool = True,
) -> Verdict:
    """Return the verdict on paired scores.

    `margin` is the difference that matters, above 0 and at most 1. `comparisons` and `extensions`
    are as in `confidence`. Until the experiment has `finished`, and people who decide the metric
    have `graded` all replies, there is no verdict.
    """
    if not 0 < margin <= 1:
        raise ValueError(f"The margin is {margin}. Choose one above 0 and up to 1.")
    none = Verdict(
        kind=NONE, pairs=pairs, margin=margin, comparisons=comparisons, extensions=extensions
    )
    if reason := _reason_for_none(pairs, finished, graded):
        return replace(none, reason=reason)
    level = confidence(comparisons=comparisons, extensions=extensions)
    found = interval(pairs.differences, graded=pairs.graded, confidence=level)
    verdict = replace(
        none,
        kind=_kind(found, margin),
        interval=found,
        p_value=exact_p(pairs.better, pairs.worse),
    )
    if verdict.kind != TOO_FEW:
        return verdict
    target = margin
    few = len(pairs.differences) / 2
    if more_rows(pairs, margin, level) < few:
        # Nearly enough rows for this difference: the true one seems to be smaller, and a few more
        # rows would leave the question open.
        target = max(abs(found.estimate), margin / 2)
        # Or these rows are nearly enough for the observed one as well.
        if more_rows(pairs, target, level) < few:
            target = margin / 2
    return replace(
        verdict,
        target=target,
        more_rows=max(more_rows(pairs, target, level), 1),
        repeats=repeats_needed(pairs, target, level),
    )


def _reason_for_none(pairs: Pairs, finished: bool, graded: bool) -> str:
    # Somebody who looks at every tenth row and stops when it suits finds a difference between two
    # equal variants in 19 of 100 experiments, instead of in 5.
    if not finished:
        return RUNNING
    if not graded:
        return UNGRADED
    if pairs.fault_share > MOST_LOST:
        return FAULTS
    if pairs.missing_share > MOST_LOST:
        return MISSING
    return "" if pairs.differences else NO_ROWS


def _kind(found: Interval, margin: float) -> str:
    if found.sign:
        return BETTER if found.sign > 0 else WORSE
    low, high = found.points
    return SAME if max(-low, high) <= round(margin * 100, 6) else TOO_FEW
