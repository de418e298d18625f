"""Experiments that pause, by an act or because a limit was reached, and what ends a pause."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from assistants_app.domain.errors import ApiError
from assistants_app.domain.money.limits import Caller
from assistants_app.engine.experiments import driver
from assistants_app.engine.experiments.driver import drive
from assistants_app.models import Experiment, ExperimentCell, ExperimentVariant
from assistants_app.services.acting import Actor, acting
from assistants_app.services.experiments import cells as steps
from assistants_app.services.experiments.extending import extend_experiment
from assistants_app.services.experiments.lifecycle import pause_experiment, resume_experiment
from tests.cast import Cast
from tests.engine.experiments.carried_out import DRIVER, carry_out
from tests.fakes.provider import ScriptedProvider
from tests.services.experiments.made import cells_of, experiment_of, set_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_pause_lets_cells_at_work_end(cast: Cast, scripted: ScriptedProvider) -> None:
    experiment = experiment_of(cast, set_of(cast, 3), at_once=2)
    drive(DRIVER)
    pause_experiment(project=cast.project, experiment_id=experiment.pk)
    carry_out(experiment)
    assert Counter(cell.state for cell in cells_of(experiment)) == {"done": 2, "waiting": 4}
    resume_experiment(project=cast.project, experiment_id=experiment.pk)
    assert carry_out(experiment).state == "done"
    assert len(scripted.completions) == 6


def test_a_paused_experiment_ends_with_its_last_cells(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_of(cast, 1))
    drive(DRIVER)
    pause_experiment(project=cast.project, experiment_id=experiment.pk)
    carry_out(experiment)
    assert (experiment.state, experiment.paused_at, experiment.resumed_at) == ("done", None, None)
    assert experiment.finished_at is not None
    assert ExperimentVariant.objects.get(position=1).verdict is not None


def test_it_ends_though_nobody_looked_when_its_last_cell_was_graded(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_of(cast, 1))
    drive("lost")
    pause_experiment(project=cast.project, experiment_id=experiment.pk)
    # The worker that looked after it was killed, and others have ended the cells.
    ExperimentCell.objects.update(state="error")
    assert steps.claim_experiments(DRIVER) == []
    Experiment.objects.update(driven_until=timezone.now() - timedelta(seconds=1))
    assert carry_out(experiment).state == "done"


def test_nobody_looks_after_a_paused_experiment_whose_cells_wait(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_of(cast, 3), at_once=2)
    drive(DRIVER)
    pause_experiment(project=cast.project, experiment_id=experiment.pk)
    assert steps.claim_experiments(DRIVER) == [experiment.pk]
    carry_out(experiment)
    assert (experiment.state, experiment.driver) == ("paused", "")
    assert steps.claim_experiments(DRIVER) == []


def test_an_experiment_pauses_when_its_author_reaches_a_limit(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = experiment_of(cast, set_of(cast, 1))

    def refuse(project_id: str, caller: Caller) -> None:
        assert (project_id, caller) == (cast.project.pk, Caller("", cast.alice.pk))
        raise ApiError("No money is left for today.", http_status=429)

    with monkeypatch.context() as limited:
        limited.setattr(driver, "require_money", refuse)
        drive(DRIVER)
    experiment.refresh_from_db()
    assert (experiment.state, experiment.pause_reason) == ("paused", "No money is left for today.")
    resumed = resume_experiment(project=cast.project, experiment_id=experiment.pk)
    assert resumed.pause_reason == ""
    assert carry_out(experiment).state == "done"


def test_a_limit_of_who_has_extended_it_holds_up_no_cell_of_its_author(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = experiment_of(cast, set_of(cast, 2), at_once=8)
    with acting(Actor(cast.project.pk, "editor", user_id=cast.bob.pk)):
        extend_experiment(
            project=cast.project, experiment_id=experiment.pk, user=cast.bob, repeats=1
        )

    def refuse(project_id: str, caller: Caller) -> None:
        if caller.person_id == cast.bob.pk:
            raise ApiError("No money is left for today.", http_status=429)

    monkeypatch.setattr(driver, "require_money", refuse)
    carry_out(experiment)
    assert (experiment.state, experiment.pause_reason) == ("paused", "No money is left for today.")
    assert {(cell.repeat, cell.state) for cell in cells_of(experiment)} == {
        (1, "done"),
        (2, "waiting"),
    }
