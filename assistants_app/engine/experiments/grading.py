"""Grade the replies of cells, several at once, with judges, code and the embedder."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import Error as DatabaseFailure

from assistants_app.domain.checks.check import Check, Outcome, check_from
from assistants_app.domain.checks.combining import Result, combine
from assistants_app.domain.checks.judging import Question
from assistants_app.domain.checks.kinds import PAIR
from assistants_app.domain.checks.sample import Sample
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.metrics import figure_of
from assistants_app.models import ExperimentCell, Run
from assistants_app.providers.chat import StopSignal
from assistants_app.queries.experiments.driving import baseline_cell
from assistants_app.services.checks.judging import Judge, JudgeUnanswered
from assistants_app.services.checks.samples import sample_of_runs
from assistants_app.services.experiments import cells as steps
from assistants_app.services.experiments.budget import JudgeBudget, lose_judgements
from assistants_app.tools.checks.grading import grade_reply
from assistants_app.tools.checks.python import PythonGrader

logger = logging.getLogger(__name__)

EXCERPT = 500  # characters of a reply that a cell keeps
# Further tries of a judge that a fault kept from answering, with pauses of 1, 2, 4, ... seconds.
JUDGE_TRIES = 5


class PatientJudge(Judge):
    """A judge that is asked again after a fault of its endpoint."""

    def ask(self, question: Question, *, check_kind: str, model: str = "") -> str:
        """Return the judge's answer. Raises :class:`CheckError` if there is none in the end."""
        for tries in range(JUDGE_TRIES):
            try:
                # Without super(): the class has slots, so it was made twice.
                return Judge.ask(self, question, check_kind=check_kind, model=model)
            except JudgeUnanswered as error:
                stop = self.stop or StopSignal()
                if not error.passing or tries + 1 == JUDGE_TRIES or stop.wait(2.0**tries):
                    raise
        raise AssertionError("the last try returns or raises")


def grade_cell(cell: ExperimentCell, stop: StopSignal) -> None:
    """Grade a cell that this worker has claimed, and store its grade.

    Leaves it to another worker if `stop` is set meanwhile or the database can't be reached.
    """
    try:
        _grade(cell, stop)
    except DatabaseFailure as error:
        logger.warning("Left the grading of %s: %s", cell.pk, error)
    except Exception:  # noqa: BLE001 - the cell boundary: whatever happens, the cell ends
        logger.exception("Couldn't grade %s", cell.pk)
        message = "Internal error. See the server's log."
        end = {"code": "server_error", "message": message}
        steps.end_with_result(cell, states.ERROR, error=end)


def _grade(cell: ExperimentCell, stop: StopSignal) -> None:
    # Of a worker that was lost in the middle of a judgement.
    lose_judgements(cell.pk, cell.experiment_id)
    runs = list(Run.objects.filter(pk__in=cell.run_ids).order_by("pk"))
    if len(runs) < len(cell.run_ids):
        error = {"code": "deleted", "message": "Its thread was deleted before it was graded."}
        steps.end_with_result(cell, states.ERROR, error=error)
        return
    sample = sample_of_runs(runs)
    known, rival = _reply_of_baseline(cell, sample)
    if not known:
        steps.give_grading_back(cell)
        return
    budget = JudgeBudget(cell, stop)
    judge = PatientJudge(run=runs[-1], model=cell.experiment.judge_model, budget=budget, stop=stop)
    found = _outcomes(cell, runs, sample, rival, judge, stop)
    if stop.is_set():
        # What it came to may be the doing of the stop.
        steps.give_grading_back(cell)
        return
    _store(cell, runs, sample, found, is_over=budget.is_over)


def _reply_of_baseline(cell: ExperimentCell, sample: Sample) -> tuple[bool, str | None]:
    """Return whether the baseline's reply is known, if a check asks for it, and the reply."""
    content = cell.row.content
    checks = [*content.get("checks", ()), *sum(content.get("turn_checks", {}).values(), [])]
    if not any(check["kind"] == PAIR and not check.get("reference") for check in checks):
        return True, None
    if cell.variant.is_baseline:
        return True, sample.text
    baseline = baseline_cell(cell)
    if baseline.state in (states.WAITING, states.ANSWERING, states.FOR_PERSON):
        return False, None
    runs = list(Run.objects.filter(pk__in=baseline.run_ids).order_by("pk"))
    return True, sample_of_runs(runs).text if runs else None


Found = list[tuple[int | None, Check, Outcome]]


def _outcomes(
    cell: ExperimentCell,
    runs: Sequence[Run],
    sample: Sample,
    rival: str | None,
    judge: Judge,
    stop: StopSignal,
) -> Found:
    content = cell.row.content
    item: dict[str, Any] = {**content, "id": cell.row.key}
    if rival is not None:
        item["baseline"] = rival
    python = PythonGrader(of=cell.experiment_id, stop=stop)
    found: Found = []
    parts: list[tuple[int | None, Sequence[Mapping[str, Any]], Sample]] = [
        (None, content.get("checks", ()), sample)
    ]
    for turn, stored in sorted(content.get("turn_checks", {}).items(), key=lambda one: int(one[0])):
        parts.append((int(turn), stored, sample_of_runs([runs[int(turn)]])))
    threshold = content.get("threshold")
    if threshold is not None and len(parts) > 1:
        # The row's threshold is for all parts together, so one part can't rule its judges out.
        threshold = 0.0
    for turn, stored, of_turn in parts:
        checks = [check_from(each) for each in stored]
        outcomes = grade_reply(
            checks, of_turn, item, judge=judge, python=python, threshold=threshold
        )
        found += [(turn, *pair) for pair in zip(checks, outcomes, strict=True)]
    return found


def _store(
    cell: ExperimentCell, runs: Sequence[Run], sample: Sample, found: Found, *, is_over: bool
) -> None:
    result = combine(
        [(check, outcome) for _, check, outcome in found],
        threshold=cell.row.content.get("threshold"),
    )
    stored = result.as_json()
    state, error = _end_of(result, is_over=is_over)
    graded = state == states.GRADED
    steps.end_with_result(
        cell,
        state,
        error=error,
        outcomes=[
            {"turn": turn, "check": check.as_json(), "outcome": outcome.as_json()}
            for turn, check, outcome in found
        ],
        result=stored,
        passed=result.passed if graded else None,
        score=result.score if graded else None,
        figure=figure_of(stored, cell.experiment.main_metric) if graded else None,
        reply=sample.text[:EXCERPT],
        reply_digest=_digest(sample),
        first_token_seconds=sample.first_token_seconds,
        duration_seconds=sample.duration_seconds,
    )


def _end_of(result: Result, *, is_over: bool) -> tuple[str, dict[str, str] | None]:
    if is_over:
        message = "A judge wasn't asked: it may cost more than what is left of the budget."
        return states.OVER_BUDGET, {"code": states.OVER_BUDGET, "message": message}
    if result.passed is None and result.errors:
        # No failure of the assistant: nobody knows what its reply is worth.
        return states.ERROR, {"code": "check_error", "message": "A check couldn't be carried out."}
    return states.GRADED, None


def _digest(sample: Sample) -> str:
    said = [turn.reply for turn in sample.turns]
    called = [[call.tool, call.arguments] for call in sample.calls]
    text = json.dumps([said, called], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
