"""A cell of the matrix opened, and the configuration of a variant."""

from typing import Any

import pytest

from assistants_app.models import ExperimentCell, Thread
from tests.cast import Cast, make_run
from tests.web.experiments.made import cell_at, fail, grade, make_experiment
from tests.web.pages import project_url, say, shown, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)


def with_run(cast: Cast, cell: ExperimentCell, text: str) -> ExperimentCell:
    """Give the cell a thread with a run that has answered."""
    thread = Thread.objects.create(project=cast.project, origin="experiment")
    say(thread, "Capital of France?")
    run = make_run(cast.project, thread, cast.assistant, status="completed", origin="experiment")
    say(thread, text, "assistant", run_id=run.id)
    run.steps.create(
        thread_id=thread.id,
        assistant_id=cast.assistant.id,
        type="message_creation",
        status="completed",
        step_details={"type": "message_creation", "message_creation": {"message_id": "msg_1"}},
    )
    columns: dict[str, Any] = {"thread_id": thread.id, "run_id": run.id, "run_ids": [run.id]}
    ExperimentCell.objects.filter(pk=cell.pk).update(**columns)
    cell.refresh_from_db()
    return cell


def test_it_shows_thread_checks_runs_and_figures(cast: Cast) -> None:
    experiment = make_experiment(cast)
    cells = [
        with_run(cast, grade(cell_at(experiment, 0, variant), not variant), f"Answer {variant}")
        for variant in (0, 1)
    ]
    page = squeezed(shown(cast, "experiment_cell", experiment.id, "0", "1"))
    for says in (
        "Answer 1",
        "It has none of the texts.",
        "0 of 1 check passed.",
        "100 in, 20 out",
        "1.50 s",
        "Reply",
    ):
        assert says in page, says
    assert "Answer 0" not in page
    runs = [cell.run_id for cell in cells]
    assert f'href="{project_url(cast, "divergence", *runs)}"' in page
    assert f'href="{project_url(cast, "run_trace", runs[1])}"' in page
    assert f"?t={cells[1].thread_id}" in page


def test_its_repeats_are_tabs(cast: Cast) -> None:
    experiment = make_experiment(cast, repeats=2)
    grade(cell_at(experiment, 0, 0, repeat=1))
    grade(cell_at(experiment, 0, 0, repeat=2), False)
    first = shown(cast, "experiment_cell", experiment.id, "0", "0")
    second = shown(cast, "experiment_cell", experiment.id, "0", "0", repeat="2")
    assert "It has Paris." in first
    assert "It has none of the texts." in second
    # One that doesn't exist leads to the first.
    assert "It has Paris." in shown(cast, "experiment_cell", experiment.id, "0", "0", repeat="9")


def test_a_deleted_thread_leaves_the_result(cast: Cast) -> None:
    experiment = make_experiment(cast)
    cell = with_run(cast, grade(cell_at(experiment, 0, 0)), "Paris")
    Thread.objects.filter(pk=cell.thread_id).delete()
    page = shown(cast, "experiment_cell", experiment.id, "0", "0")
    assert "The thread was deleted." in page
    assert "Paris, of course." in page
    assert "It has Paris." in page


def test_a_cell_without_a_result_says_why(cast: Cast) -> None:
    experiment = make_experiment(cast)
    assert "hasn&#x27;t begun" in shown(cast, "experiment_cell", experiment.id, "0", "0").replace(
        "hasn't", "hasn&#x27;t"
    )
    fail(cell_at(experiment, 0, 0))
    page = shown(cast, "experiment_cell", experiment.id, "0", "0")
    assert "The model&#x27;s server failed." in page


def test_there_is_no_cell_beyond_the_last(cast: Cast) -> None:
    experiment = make_experiment(cast)
    for place in (("9", "0"), ("0", "9"), ("9" * 9, "0")):
        answer: Any = signed_in(cast.bob).get(
            project_url(cast, "experiment_cell", experiment.id, *place)
        )
        assert answer.status_code == 404


def test_a_variant_shows_what_was_frozen(cast: Cast) -> None:
    experiment = make_experiment(cast)
    page = shown(cast, "experiment_variant", experiment.id, "1")
    assert "m-two" in page
    assert experiment.variants.get(position=1).digest in page
    missing: Any = signed_in(cast.bob).get(
        project_url(cast, "experiment_variant", experiment.id, "2")
    )
    assert missing.status_code == 404
