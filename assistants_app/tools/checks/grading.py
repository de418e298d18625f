"""Grade a reply: run all of its checks, with the judge, the sandbox and the embedder."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from assistants_app.domain.checks import judging
from assistants_app.domain.checks.check import Check, Finding, Outcome
from assistants_app.domain.checks.grading import Grader, grade
from assistants_app.domain.checks.kinds import JUDGE, MEANING, PYTHON
from assistants_app.domain.checks.sample import Sample
from assistants_app.services.checks.judging import Judge
from assistants_app.tools.checks.meaning import compare_meaning
from assistants_app.tools.checks.python import PythonGrader


def grade_reply(
    checks: Sequence[Check],
    sample: Sample,
    item: Mapping[str, Any],
    *,
    judge: Judge,
    python: PythonGrader,
    threshold: float | None = None,
) -> list[Outcome]:
    """Return the outcome of each check, in order. May wait for models and code.

    `item` is the row, with a ``baseline`` for comparisons: the text of the baseline's reply.
    """
    graders: dict[str, Grader] = {
        JUDGE: partial(_ask, judge),
        PYTHON: python,
        MEANING: partial(compare_meaning, judge.run),
    }
    return grade(checks, sample, item, graders=graders, threshold=threshold)


def _ask(by: Judge, check: Check, sample: Sample, item: Mapping[str, Any]) -> Finding:
    model = check.params.get("model") or ""
    ask = partial(by.ask, check_kind=check.kind, model=model)
    return judging.judge(check.kind, check.params, sample, item, ask=ask)
