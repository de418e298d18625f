"""Any number of workers reserve and settle at once without passing the cap."""

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection

from assistants_app.domain.checks.check import CheckError
from assistants_app.domain.money.limits import Use
from assistants_app.models import Experiment, ExperimentCell, ExperimentReservation, Run
from assistants_app.providers.chat import StopSignal
from assistants_app.services.experiments import budget
from assistants_app.services.experiments import cells as steps
from assistants_app.services.experiments.budget import Hold, JudgeBudget, OverBudget
from tests.cast import Cast
from tests.services.experiments.made import cells_of, experiment_of, set_of

pytestmark = pytest.mark.django_db(transaction=True)
TEN = Decimal(10)


@pytest.fixture
def cells(cast: Cast, endpoint: None) -> list[ExperimentCell]:
    """Cells at work of an experiment that may cost 100 dollars."""
    experiment = experiment_of(cast, set_of(cast, 16), cap=Decimal(100))
    steps.claim_experiments("a")
    steps.begin_cells(experiment.pk, "a", [cell.pk for cell in cells_of(experiment)])
    return cells_of(experiment)


def at_once(work: Callable[[int], None], number: int = 32) -> None:
    """Do the work in this many threads, which begin together."""
    barrier = threading.Barrier(number)

    def one(place: int) -> None:
        try:
            barrier.wait(30)
            work(place)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def reserve(cell: ExperimentCell, most: Decimal = TEN) -> Hold | None:
    run = Run.objects.get(pk=cell.run_id)
    return budget.reserve_for_run(run, cell.pk, cell.experiment_id, most)


def used(cells: list[ExperimentCell]) -> tuple[float, ...]:
    experiment = Experiment.objects.get(pk=cells[0].experiment_id)
    return tuple(map(float, (experiment.spent, experiment.reserved, experiment.lost)))


def answer(cell: ExperimentCell, cost: int) -> None:
    usage = {"prompt_tokens": cost, "completion_tokens": 1}
    Run.objects.filter(pk=cell.run_id).update(cost=cost, usage=usage)


def test_of_many_calls_at_once_those_that_fit_are_reserved(cells: list[ExperimentCell]) -> None:
    holds: list[Hold | None] = []
    at_once(lambda place: holds.append(reserve(cells[place])))
    assert len(holds) == 32
    # The others wait, since the ten may turn out cheaper.
    assert len([hold for hold in holds if hold]) == 10
    assert used(cells) == (0, 100, 0)


def test_a_call_is_settled_once(cells: list[ExperimentCell]) -> None:
    hold = reserve(cells[0])
    assert hold is not None
    answer(cells[0], 3)
    at_once(lambda _: budget.settle(hold, began=True), 8)
    assert used(cells) == (3, 0, 0)
    cell = ExperimentCell.objects.get(pk=cells[0].pk)
    assert (cell.cost, cell.prompt_tokens, cell.completion_tokens) == (3, 3, 1)


def test_what_is_left_when_others_settle_can_be_used(cells: list[ExperimentCell]) -> None:
    at_once(lambda place: settle_after(cells[place]), 32)
    # Each takes a dollar, so all fit one after the other although ten do at a time.
    assert used(cells) == (32, 0, 0)


def settle_after(cell: ExperimentCell) -> None:
    stop = StopSignal()
    while (hold := reserve(cell)) is None:
        stop.wait(0.02)
    answer(cell, 1)
    budget.settle(hold, began=True)


def test_a_call_that_can_never_fit_is_refused_at_once(cells: list[ExperimentCell]) -> None:
    assert reserve(cells[0], Decimal(95)) is not None
    with pytest.raises(OverBudget):
        reserve(cells[1], Decimal(101))
    assert reserve(cells[1], Decimal(6)) is None
    assert reserve(cells[1], Decimal(5)) is not None


def test_what_a_lost_worker_reserved_is_settled_by_the_next(cells: list[ExperimentCell]) -> None:
    reserve(cells[0])
    answer(cells[0], 4)
    # Killed after its reply was stored. The next call of the run finds what it has cost.
    hold = reserve(cells[0])
    assert hold is not None
    assert used(cells) == (4, 10, 0)
    # Killed in the middle of a reply: it may have used everything.
    budget.settle_run(cells[0].run_id)
    assert used(cells) == (4, 0, 10)
    assert not ExperimentReservation.objects.exists()


def test_a_run_that_was_deleted_may_have_used_everything(cells: list[ExperimentCell]) -> None:
    began, never = reserve(cells[0]), reserve(cells[1])
    assert began is not None
    assert never is not None
    Run.objects.filter(pk__in=[cells[0].run_id, cells[1].run_id]).delete()
    budget.settle(began, began=True)
    budget.settle(never, began=False)
    assert used(cells) == (0, 0, 10)


def test_judges_share_the_budget(cells: list[ExperimentCell]) -> None:
    judge = JudgeBudget(cells[0], StopSignal())
    most = Use(Decimal(60), 1)
    judge.reserve(most)
    assert used(cells) == (0, 60, 0)
    judge.settle(most, Use(Decimal(2), 1))
    assert used(cells) == (2, 0, 0)
    # The judge hands back what it was given if nobody knows what the call has used.
    judge.reserve(most)
    judge.settle(most, most)
    assert used(cells) == (2, 0, 60)
    assert not judge.is_over
    with pytest.raises(CheckError, match="what is left"):
        judge.reserve(most)
    assert judge.is_over
    assert ExperimentCell.objects.get(pk=cells[0].pk).judge_cost == 2


def test_a_judge_waits_for_what_others_leave(cells: list[ExperimentCell]) -> None:
    hold = reserve(cells[1], Decimal(90))
    assert hold is not None
    judge = JudgeBudget(cells[0], StopSignal())

    def give_up() -> None:
        budget.settle(hold, began=False)
        connection.close()

    timer = threading.Timer(0.3, give_up)
    timer.start()
    judge.reserve(Use(Decimal(20), 1))
    timer.join()
    assert used(cells) == (0, 20, 0)
    stop = StopSignal()
    stop.set()
    with pytest.raises(CheckError, match="stopped"):
        JudgeBudget(cells[2], stop).reserve(Use(Decimal(90), 1))


def test_reservations_of_a_lost_judge_are_lost(cells: list[ExperimentCell]) -> None:
    JudgeBudget(cells[0], StopSignal()).reserve(Use(TEN, 1))
    JudgeBudget(cells[1], StopSignal()).reserve(Use(TEN, 1))
    budget.lose_judgements(cells[0].pk, cells[0].experiment_id)
    assert used(cells) == (0, 10, 10)
