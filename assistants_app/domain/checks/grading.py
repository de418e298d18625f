"""Run all checks of a reply, the cheap ones first."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from assistants_app.domain.checks.check import SKIPPED, Check, Finding, Outcome
from assistants_app.domain.checks.combining import can_still_pass
from assistants_app.domain.checks.kinds import JUDGE, MEANING, PYTHON, needs_of
from assistants_app.domain.checks.running import outcome_of, run_check
from assistants_app.domain.checks.sample import Sample

# Carries out the checks that need more than the reply. Raises CheckError and NotRunHere.
Grader = Callable[[Check, Sample, Mapping[str, Any]], Finding]
# Judges come last, because each costs a model call.
_ORDER = ("", MEANING, PYTHON, JUDGE)
SKIPPED_REASON = "Not judged, because the reply has failed another check."


def grade(
    checks: Sequence[Check],
    sample: Sample,
    item: Mapping[str, Any],
    *,
    graders: Mapping[str, Grader],
    threshold: float | None = None,
) -> list[Outcome]:
    """Return the outcome of each check, in their order.

    `graders` has a function for each of the needs ``meaning``, ``python`` and ``judge``. A judge is
    skipped once the reply can't pass any more. `threshold` is as in
    :func:`~assistants_app.domain.checks.combining.combine`.
    """
    outcomes: dict[int, Outcome] = {}
    places = sorted(range(len(checks)), key=lambda at: _ORDER.index(_needs(checks[at])))
    judged = [check for check in checks if _needs(check) == JUDGE]
    done: list[tuple[Check, Outcome]] = []
    for at in places:
        check, needs = checks[at], _needs(checks[at])
        if needs == JUDGE and not can_still_pass(done, judged, threshold):
            outcomes[at] = Outcome(SKIPPED, None, SKIPPED_REASON)
        elif needs:
            find = partial(graders[needs], check, sample, item)
            outcomes[at] = outcome_of(check, sample, find)
        else:
            outcomes[at] = run_check(check, sample, item)
        if needs != JUDGE:
            done.append((check, outcomes[at]))
    return [outcomes[at] for at in range(len(checks))]


def _needs(check: Check) -> str:
    return needs_of(check.kind, check.params)
