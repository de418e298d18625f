"""Experiments are carried out by rounds that each begin with the rows."""

import pytest

from assistants_app.models import ExperimentCell, Run, Thread
from tests.cast import Cast
from tests.engine.experiments.carried_out import carry_out
from tests.fakes.provider import ScriptedProvider
from tests.services.experiments.made import cells_of, experiment_of, set_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_cell_is_a_real_run_on_a_thread_of_its_own(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = carry_out(experiment_of(cast, set_of(cast, 3), repeats=2))
    cells = cells_of(experiment)
    assert experiment.state == "done"
    assert experiment.finished_at is not None
    assert len(cells) == 12
    assert {(cell.state, cell.passed, cell.figure) for cell in cells} == {("done", True, 1.0)}
    threads = Thread.objects.filter(pk__in=[cell.thread_id for cell in cells])
    assert {thread.origin for thread in threads} == {"experiment"}
    assert len(threads) == len(scripted.completions) == 12
    runs = Run.objects.filter(origin="experiment")
    assert sorted(run.pk for run in runs) == sorted(run for cell in cells for run in cell.run_ids)
    assert {cell.reply for cell in cells} == {"Hello there, how can I help?"}
    assert {(cell.prompt_tokens, cell.completion_tokens) for cell in cells} == {(10, 5)}
    assert not ExperimentCell.objects.exclude(attempts=1).exists()
