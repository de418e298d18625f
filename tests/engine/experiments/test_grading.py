"""Cells are graded once, with what their checks need."""

import threading

import pytest

from assistants_app.engine.experiments import grading
from assistants_app.engine.experiments.driver import drive
from assistants_app.engine.experiments.worker import ExperimentWorker
from assistants_app.models import Experiment, ExperimentCell, JudgeCall
from assistants_app.providers.chat import StopSignal
from assistants_app.services.experiments import cells as steps
from tests.cast import Cast
from tests.engine.carrying_out import execute
from tests.engine.experiments.carried_out import DRIVER, carry_out, queued
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.services.experiments.made import HELLO, cells_of, experiment_of, set_of

pytestmark = pytest.mark.django_db(transaction=True)
PAIR = {"kind": "judge_pair", "rubric": "It is more polite."}
RUBRIC = {"kind": "judge_rubric", "rubric": "It is polite."}
YES = Reply(text='{"reason": "It greets.", "verdict": "yes"}')
BUSY = Reply(status=429, headers={"retry-after": "0"}, body={"error": {"message": "Busy"}})


def answered(experiment: Experiment) -> None:
    """Carry the experiment out until its replies wait for their grades."""
    drive(DRIVER)
    for run_id in queued(experiment):
        execute(run_id)
    drive(DRIVER)


def verdict(text: str) -> Reply:
    return Reply(text=f'{{"reason": "So.", "verdict": "{text}"}}')


def test_a_pair_is_judged_when_the_baseline_has_replied(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = experiment_of(
        cast, set_of(cast, 1, checks=[PAIR]), judge_model="scripted-1", at_once=1, seed=0
    )
    # The variant begins first, since there is one place.
    first, second = cells_of(experiment)
    if first.variant.is_baseline:
        ExperimentCell.objects.filter(pk=first.pk).update(place=second.place + 1)
    answered(experiment)
    [cell] = cells_of(experiment, state="grading")
    assert not cell.variant.is_baseline
    [claimed] = steps.claim_grading(DRIVER, limit=9)
    grading.grade_cell(claimed, StopSignal())
    cell.refresh_from_db()
    assert (cell.state, cell.grader) == ("grading", "")
    # The baseline's reply is the variant's as well, so the judge can't tell them apart.
    monkeypatch.setattr(scripted, "default", verdict("tie"))
    carried = carry_out(experiment)
    assert carried.state == "done"
    assert {cell.score for cell in cells_of(experiment)} == {0.5}


def test_a_judge_is_asked_again_after_a_fault(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StopSignal, "wait", lambda self, timeout: self.is_set())
    experiment = experiment_of(cast, set_of(cast, 1, checks=[RUBRIC]), {}, judge_model="scripted-1")
    scripted.enqueue(Reply(text="Hello"), BUSY, BUSY, BUSY, YES)
    [cell] = cells_of(carry_out(experiment))
    assert (cell.state, cell.passed) == ("done", True)
    assert JudgeCall.objects.count() == 2


def test_a_check_without_an_answer_is_an_error_and_no_failure(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = carry_out(experiment_of(cast, set_of(cast, 1, checks=[HELLO, RUBRIC]), {}))
    [cell] = cells_of(experiment)
    assert (cell.state, cell.passed, cell.figure) == ("error", None, None)
    assert cell.error["code"] == "check_error"
    assert [each["outcome"]["state"] for each in cell.outcomes] == ["passed", "error"]
    assert not cell.fault


def test_a_reply_that_fails_is_a_result(cast: Cast, scripted: ScriptedProvider) -> None:
    scripted.enqueue(Reply(text="Bye"))
    experiment = carry_out(
        experiment_of(cast, set_of(cast, 1, threshold=0.9), {}, main_metric="score")
    )
    [cell] = cells_of(experiment)
    assert (cell.state, cell.passed, cell.score, cell.figure) == ("done", False, 0.0, 0.0)


def test_a_judge_is_asked_if_other_messages_can_still_bring_the_row_to_its_threshold(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    bye = {"kind": "contains_all", "values": ["Bye"]}
    rows = set_of(
        cast, 1, checks=[bye, bye, RUBRIC], turn_checks={"0": [HELLO] * 5}, threshold=0.75
    )
    scripted.enqueue(Reply(text="Hello"), YES)
    [cell] = cells_of(carry_out(experiment_of(cast, rows, {}, judge_model="scripted-1")))
    assert (cell.passed, cell.score) == (True, 0.75)


def test_a_cell_is_graded_by_one_worker(cast: Cast, scripted: ScriptedProvider) -> None:
    experiment = experiment_of(cast, set_of(cast, 2))
    answered(experiment)
    mine = steps.claim_grading("a", limit=3)
    others = steps.claim_grading("b", limit=9)
    assert sorted(cell.pk for cell in [*mine, *others]) == sorted(
        cell.pk for cell in cells_of(experiment)
    )
    # A worker that comes back finds its cell in other hands.
    ExperimentCell.objects.filter(pk=mine[0].pk).update(graded_until="2000-01-01T00:00:00Z")
    assert [cell.pk for cell in steps.claim_grading("c", limit=9)] == [mine[0].pk]
    grading.grade_cell(mine[0], StopSignal())
    mine[0].refresh_from_db()
    assert (mine[0].state, mine[0].grader) == ("grading", "c")


def test_a_worker_grades_several_cells_and_gives_them_back_when_it_ends(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_of(cast, 3))
    answered(experiment)
    begun = threading.Semaphore(0)

    def grade(cell: ExperimentCell, stop: StopSignal) -> None:
        begun.release()
        stop.wait(20)
        steps.give_grading_back(cell)

    worker = ExperimentWorker(grade)
    assert worker.grade_waiting() == 4
    for _ in range(4):
        assert begun.acquire(timeout=20)
    assert {cell.grader for cell in cells_of(experiment, state="grading")} == {worker.name}
    worker.close()
    assert {cell.grader for cell in cells_of(experiment, state="grading")} == {""}
