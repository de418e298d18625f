"""Whoever lets a cell run is charged for it."""

from collections.abc import Callable
from typing import Any

import pytest

from assistants_app.domain.money.limits import Caller
from assistants_app.models import Experiment, ExperimentCell, Run
from assistants_app.services.acting import Actor, acting
from assistants_app.services.experiments import cells as steps
from assistants_app.services.experiments.extending import extend_experiment
from assistants_app.services.experiments.lifecycle import (
    pause_experiment,
    resume_experiment,
    retry_cells,
    start_experiment,
)
from assistants_app.services.experiments.payers import payer_of
from tests.cast import Cast
from tests.services.experiments.made import cells_of, experiment_of, set_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("endpoint")]


@pytest.fixture
def experiment(cast: Cast) -> Experiment:
    """An experiment of alice's with two cells, which runs."""
    return experiment_of(cast, set_of(cast, 1))


def names(experiment: Experiment) -> dict[str, Any]:
    return {"project": experiment.project, "experiment_id": experiment.pk}


def as_bob(cast: Cast, do: Callable[..., object], experiment: Experiment, **given: Any) -> None:
    with acting(Actor(cast.project.pk, "editor", user_id=cast.bob.pk)):
        do(**names(experiment), **given)


def payers(experiment: Experiment, **filters: Any) -> set[Caller]:
    return {payer_of(experiment, cell) for cell in cells_of(experiment, **filters)}


def test_an_editor_who_extends_an_experiment_pays_for_what_they_add(
    cast: Cast, experiment: Experiment
) -> None:
    as_bob(cast, extend_experiment, experiment, user=cast.bob, repeats=1)
    assert payers(experiment, repeat=1) == {Caller("", cast.alice.pk)}
    assert payers(experiment, repeat=2) == {Caller("", cast.bob.pk)}
    # The runs say so as well, whose judges and searches are charged like them.
    [driven] = steps.claim_experiments("a")
    steps.begin_cells(driven, "a", [cell.pk for cell in cells_of(experiment)])
    runs = {cell.repeat: Run.objects.get(pk=cell.run_id) for cell in cells_of(experiment)}
    assert {repeat: run.person_id for repeat, run in runs.items()} == {
        1: cast.alice.pk,
        2: cast.bob.pk,
    }


def test_who_runs_cells_again_pays_for_these(cast: Cast, experiment: Experiment) -> None:
    lost = cells_of(experiment)[0]
    ExperimentCell.objects.filter(pk=lost.pk).update(state="error")
    as_bob(cast, retry_cells, experiment)
    assert payers(experiment, pk=lost.pk) == {Caller("", cast.bob.pk)}
    assert payers(experiment) == {Caller("", cast.bob.pk), Caller("", cast.alice.pk)}


def test_who_resumes_it_pays_for_the_cells_that_wait(cast: Cast, experiment: Experiment) -> None:
    begun = cells_of(experiment)[0]
    ExperimentCell.objects.filter(pk=begun.pk).update(state="running")
    pause_experiment(**names(experiment))
    as_bob(cast, resume_experiment, experiment)
    assert payers(experiment, state="running") == {Caller("", cast.alice.pk)}
    assert payers(experiment, state="waiting") == {Caller("", cast.bob.pk)}
    # The author takes it back.
    pause_experiment(**names(experiment))
    with acting(Actor(cast.project.pk, "owner", user_id=cast.alice.pk)):
        resume_experiment(**names(experiment))
    assert payers(experiment) == {Caller("", cast.alice.pk)}


def test_who_starts_what_somebody_else_has_made_pays(cast: Cast) -> None:
    experiment = experiment_of(cast, set_of(cast, 1), starts=False)
    with acting(Actor(cast.project.pk, "editor", user_id=cast.bob.pk, key_id="key_1")):
        start_experiment(**names(experiment))
    assert payers(experiment) == {Caller("key_1", cast.bob.pk)}


def test_the_system_changes_no_payer(cast: Cast, experiment: Experiment) -> None:
    as_bob(cast, extend_experiment, experiment, user=cast.bob, repeats=1)
    pause_experiment(**names(experiment))
    resume_experiment(**names(experiment))
    assert payers(experiment, repeat=2) == {Caller("", cast.bob.pk)}
