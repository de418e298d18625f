"""Experiments are started, paused, extended and deleted by acts."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import (
    AuditEntry,
    Experiment,
    ExperimentCell,
    ExperimentRow,
    Run,
    Tape,
    Thread,
)
from assistants_app.queries.experiments.experiments import get_experiment
from assistants_app.services.experiments import cells as steps
from assistants_app.services.experiments.deletion import delete_cells
from assistants_app.services.experiments.extending import extend_experiment
from assistants_app.services.experiments.lifecycle import (
    cancel_experiment,
    delete_experiment,
    pause_experiment,
    rename_experiment,
    resume_experiment,
    retry_cells,
    start_experiment,
)
from assistants_app.services.runs.tapes import record_tape
from assistants_app.services.test_sets.rows import edit_test_cells
from assistants_app.services.test_sets.sets import delete_test_set
from tests.cast import Cast
from tests.services.experiments.made import cells_of, experiment_of, set_of
from tests.services.test_sets.sets import add_row, edit_of, rows_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("endpoint")]


def test_each_state_allows_what_it_should(cast: Cast) -> None:
    experiment = experiment_of(cast, set_of(cast, 1), starts=False)
    names: dict[str, Any] = {"project": cast.project, "experiment_id": experiment.pk}
    acts: dict[str, Callable[..., object]] = {
        "start": start_experiment,
        "pause": pause_experiment,
        "resume": resume_experiment,
        "cancel": cancel_experiment,
    }

    def refused() -> set[str]:
        problems = set()
        for name, act in acts.items():
            before = Experiment.objects.filter(pk=experiment.pk).values().get()
            try:
                act(**names)
            except InvalidRequest:
                problems.add(name)
            Experiment.objects.filter(pk=experiment.pk).update(**before)
            ExperimentCell.objects.update(state="waiting")
        return problems

    assert refused() == {"pause", "resume"}
    start_experiment(**names)
    assert refused() == {"start", "resume"}
    pause_experiment(**names)
    assert refused() == {"start", "pause"}
    resume_experiment(**names)
    assert refused() == {"start", "resume"}
    cancel_experiment(**names)
    assert refused() == {"start", "pause", "resume", "cancel"}


def test_the_clock_runs_only_while_the_experiment_does(cast: Cast) -> None:
    experiment = experiment_of(cast, set_of(cast, 1))
    names: dict[str, Any] = {"project": cast.project, "experiment_id": experiment.pk}
    assert experiment.resumed_at is not None
    paused = pause_experiment(**names)
    assert paused.resumed_at is None
    ran = paused.ran_seconds
    assert 0 < ran < 60
    assert resume_experiment(**names).ran_seconds == ran
    assert cancel_experiment(**names).ran_seconds > ran


def end_all(experiment: Experiment) -> None:
    ExperimentCell.objects.filter(experiment=experiment).update(state="done", passed=True, figure=1)
    assert steps.finish_if_done(experiment.pk)


def test_repeats_are_added_after_all_others_and_recorded(cast: Cast) -> None:
    experiment = experiment_of(cast, set_of(cast, 2))
    end_all(experiment)
    extended = extend_experiment(
        project=cast.project, experiment_id=experiment.pk, user=cast.bob, repeats=2
    )
    assert (extended.state, extended.finished_at, extended.repeats) == ("running", None, 3)
    assert Counter(cell.state for cell in cells_of(experiment)) == {"done": 4, "waiting": 8}
    assert [cell.place for cell in cells_of(experiment, state="waiting")] == list(range(4, 12))
    assert {cell.repeat for cell in cells_of(experiment, state="waiting")} == {2, 3}
    [record] = extended.extensions
    assert {name: record[name] for name in ("repeats", "rows", "looked", "person_id")} == {
        "repeats": 2,
        "rows": 0,
        "looked": True,
        "person_id": cast.bob.pk,
    }


def test_new_rows_of_the_set_are_added(cast: Cast) -> None:
    test_set = set_of(cast, 2)
    experiment = experiment_of(cast, test_set)
    add_row(cast, test_set, "New")
    extended = extend_experiment(
        project=cast.project, experiment_id=experiment.pk, user=None, new_rows=True
    )
    assert (extended.set_version, len(cells_of(experiment))) == (2, 6)
    assert not extended.extensions[0]["looked"]
    with pytest.raises(InvalidRequest, match="Nothing was added"):
        extend_experiment(
            project=cast.project, experiment_id=experiment.pk, user=None, new_rows=True
        )
    assert Experiment.objects.get().extensions == extended.extensions


def test_rows_that_were_left_out_are_not_new(cast: Cast) -> None:
    test_set = set_of(cast, 3)
    keys = frozenset(row.key for row in rows_of(test_set)[:2])
    experiment = experiment_of(cast, test_set, keys=keys)
    assert experiment.left_out == 1
    names: dict[str, Any] = {"project": cast.project, "experiment_id": experiment.pk, "user": None}
    with pytest.raises(InvalidRequest, match="Nothing was added"):
        extend_experiment(**names, new_rows=True)
    add_row(cast, test_set, "New")
    extend_experiment(**names, new_rows=True)
    asked = ExperimentRow.objects.order_by("position").values_list("content", flat=True)
    assert [content["turns"][0]["content"] for content in asked] == [
        "Question 0?",
        "Question 1?",
        "New",
    ]


def test_rows_that_have_changed_are_not_mixed(cast: Cast) -> None:
    test_set = set_of(cast, 2)
    experiment = experiment_of(cast, test_set)
    first = rows_of(test_set)[0]
    edit_test_cells(
        project=cast.project,
        set_id=test_set.pk,
        edits=[edit_of(first, "message", "Other?", "Question 0?")],
        author=cast.bob,
    )
    add_row(cast, test_set, "New")
    with pytest.raises(InvalidRequest, match=first.key):
        extend_experiment(
            project=cast.project, experiment_id=experiment.pk, user=None, new_rows=True
        )
    assert ExperimentRow.objects.count() == 2


def test_only_cells_without_a_result_are_run_again(cast: Cast) -> None:
    experiment = experiment_of(cast, set_of(cast, 2))
    cells = cells_of(experiment)
    for cell, state in zip(cells, ("done", "error", "skipped", "over_budget"), strict=True):
        ExperimentCell.objects.filter(pk=cell.pk).update(state=state)
    names: dict[str, Any] = {"project": cast.project, "experiment_id": experiment.pk}
    assert retry_cells(**names, cell_ids=frozenset([cells[0].pk, cells[1].pk])) == 1
    assert retry_cells(**names) == 2
    assert Counter(cell.state for cell in cells_of(experiment)) == {"done": 1, "waiting": 3}
    ExperimentCell.objects.update(state="done")
    with pytest.raises(InvalidRequest, match="no cell"):
        retry_cells(**names)


def test_a_deleted_experiment_is_gone_at_once_and_its_threads_soon(cast: Cast) -> None:
    experiment = experiment_of(cast, set_of(cast, 3))
    steps.claim_experiments("a")
    steps.begin_cells(experiment.pk, "a", [cell.pk for cell in cells_of(experiment)])
    assert Thread.objects.filter(origin="experiment").count() == 6
    names: dict[str, Any] = {"project": cast.project, "experiment_id": experiment.pk}
    with pytest.raises(InvalidRequest, match="as it is shown") as caught:
        delete_experiment(**names, name="Other")
    assert caught.value.param == "confirm"
    delete_experiment(**names, name=f" {experiment.name} ")
    with pytest.raises(NotFound):
        get_experiment(cast.project, experiment.pk)
    with pytest.raises(NotFound):
        resume_experiment(**names)
    entry = AuditEntry.objects.get(verb="delete_experiment")
    assert (entry.target_id, entry.details) == (experiment.pk, {"cells": 6})
    assert [delete_cells(limit=4) for _ in range(4)] == [4, 2, 1, 0]
    assert not Experiment.objects.exists()
    assert not Thread.objects.filter(origin="experiment").exists()
    assert not Run.objects.filter(origin="experiment").exists()


def test_a_tape_of_a_row_lives_as_long_as_the_experiment(cast: Cast) -> None:
    test_set = set_of(cast, 0)
    tape = record_tape(project=cast.project, run_ids=[cast.run.id])
    add_row(cast, test_set, "With a tape", tape=tape.id)
    experiment = experiment_of(cast, test_set, starts=False)
    delete_test_set(project=cast.project, set_id=test_set.pk)
    assert experiment.rows.get().tape == tape
    delete_experiment(project=cast.project, experiment_id=experiment.pk, name=experiment.name)
    while delete_cells(limit=100):
        pass
    assert not Tape.objects.exists()


def test_renaming(cast: Cast) -> None:
    experiment = experiment_of(cast, set_of(cast, 1))
    names: dict[str, Any] = {"project": cast.project, "experiment_id": experiment.pk}
    assert rename_experiment(**names, name=" New ").name == "New"
    with pytest.raises(InvalidRequest):
        rename_experiment(**names, name=" ")
    with pytest.raises(NotFound):
        rename_experiment(project=cast.other_project, experiment_id=experiment.pk, name="New")
