"""A budget that was too small is raised, and the cells that it kept from running go on."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from assistants_app.domain.errors import Forbidden, InvalidRequest
from assistants_app.gateway.prices import forget_prices
from assistants_app.models import AuditEntry, Experiment, ExperimentCell, ModelPrice
from assistants_app.services.acting import Actor, acting
from assistants_app.services.experiments import cells as steps
from assistants_app.services.experiments.lifecycle import cancel_experiment, pause_experiment
from assistants_app.services.experiments.raising import raise_budget
from tests.cast import Cast
from tests.services.experiments.made import MODELS, cells_of, experiment_of, set_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def priced(cast: Cast, endpoint: None) -> None:
    for values in MODELS:
        ModelPrice.objects.create(
            project=cast.project, model=values["model"], prompt=1, cached=1, completion=1
        )
    forget_prices(cast.project.pk)


@pytest.fixture
def experiment(cast: Cast) -> Experiment:
    """An experiment that runs with a budget of 2 dollars, with two of four cells over it."""
    made = experiment_of(cast, set_of(cast, 2), cap=Decimal(2))
    for cell, state in zip(
        cells_of(made), ("done", "error", "over_budget", "over_budget"), strict=True
    ):
        ExperimentCell.objects.filter(pk=cell.pk).update(state=state, attempts=3)
    return made


def raised(experiment: Experiment, cap: str | None = "2.5") -> Experiment:
    return raise_budget(
        project=experiment.project,
        experiment_id=experiment.pk,
        cap=None if cap is None else Decimal(cap),
    )


def states_of(experiment: Experiment) -> Counter[str]:
    return Counter(cell.state for cell in cells_of(experiment))


def test_an_experiment_that_is_done_goes_on_with_the_cells_over_budget(
    experiment: Experiment,
) -> None:
    assert steps.finish_if_done(experiment.pk)
    found = raised(experiment)
    assert (found.state, found.finished_at, found.cap) == ("running", None, Decimal("2.5"))
    assert found.resumed_at is not None
    assert states_of(experiment) == {"done": 1, "error": 1, "waiting": 2}
    assert {cell.attempts for cell in cells_of(experiment, state="waiting")} == {0}
    # Nobody has seen a result of these cells, so that the verdict asks for no more certainty.
    assert found.extensions == []


def test_it_is_noted_in_the_activity(experiment: Experiment) -> None:
    raised(experiment, "1000")
    entry = AuditEntry.objects.get(verb="raise_budget")
    assert (entry.target_type, entry.target_id) == ("experiment", experiment.pk)
    assert entry.target_name == experiment.name
    assert entry.details == {"from": "$2", "to": "$1000", "cells": 2}


def test_one_that_runs_goes_on_and_a_paused_one_waits(experiment: Experiment) -> None:
    assert raised(experiment).state == "running"
    pause_experiment(project=experiment.project, experiment_id=experiment.pk)
    ExperimentCell.objects.filter(state="waiting").update(state="over_budget")
    assert raised(experiment, "3").state == "paused"
    assert states_of(experiment)["waiting"] == 2


def test_without_a_cell_over_budget_only_the_budget_changes(experiment: Experiment) -> None:
    ExperimentCell.objects.filter(state="over_budget").update(state="done")
    assert steps.finish_if_done(experiment.pk)
    found = raised(experiment)
    assert (found.state, found.cap) == ("done", Decimal("2.5"))


@pytest.mark.parametrize(
    ("cap", "message"),
    [
        (None, r"more than the present budget of \$2\."),
        ("2", r"more than the present budget of \$2\."),
        ("1.99", r"more than the present budget of \$2\."),
        ("NaN", "more than"),
        ("Infinity", "more than"),
        ("1000000.01", "from 0 to 1,000,000 dollars"),
    ],
)
def test_only_a_larger_amount_is_a_raise(
    experiment: Experiment, cap: str | None, message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        raised(experiment, cap)
    assert caught.value.param == "budget"
    experiment.refresh_from_db()
    assert experiment.cap == 2
    assert states_of(experiment)["over_budget"] == 2
    assert not AuditEntry.objects.filter(verb="raise_budget").exists()


def test_there_is_nothing_to_raise_without_a_budget_or_after_the_end(
    cast: Cast, experiment: Experiment
) -> None:
    free = experiment_of(cast, set_of(cast, 1))
    with pytest.raises(InvalidRequest, match="no budget"):
        raised(free)
    cancel_experiment(project=cast.project, experiment_id=experiment.pk)
    with pytest.raises(InvalidRequest, match="was cancelled"):
        raised(experiment)


def test_viewers_may_not(cast: Cast, experiment: Experiment) -> None:
    viewer: dict[str, Any] = {"role": "viewer", "user_id": cast.vera.pk}
    with acting(Actor(cast.project.pk, **viewer)), pytest.raises(Forbidden):
        raised(experiment)
