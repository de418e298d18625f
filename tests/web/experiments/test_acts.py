"""What is done with an experiment as a whole."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Experiment, ExperimentCell
from tests.cast import Cast
from tests.web.experiments.made import cell_at, end, fail, grade_all, make_experiment
from tests.web.pages import project_url, shown, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob(cast: Cast) -> Client:
    return signed_in(cast.bob)


def post(cast: Cast, client: Client, act: str, experiment: Experiment, **body: str) -> str:
    answer: Any = client.post(project_url(cast, act, experiment.id), body, follow=True)
    assert answer.status_code == 200
    experiment.refresh_from_db()
    return squeezed(answer.content.decode())


def test_it_starts_pauses_resumes_and_is_cancelled(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast)
    states = []
    for name in ("start", "pause", "resume", "cancel"):
        page = post(cast, bob, f"{name}_experiment", experiment)
        states.append(experiment.state)
        assert "banner err" not in page
    assert states == ["running", "paused", "running", "cancelled"]
    assert set(ExperimentCell.objects.values_list("state", flat=True)) == {"skipped"}


def test_buttons_fit_the_state_and_a_late_one_says_why_it_was_refused(
    cast: Cast, bob: Client
) -> None:
    experiment = make_experiment(cast)
    page = shown(cast, "experiment", experiment.id)
    offered = [name for name in ("start", "pause", "resume", "cancel") if f"/{name}/" in page]
    assert offered == ["start", "cancel"]
    assert "isn't running" in post(cast, bob, "pause_experiment", experiment).replace("&#x27;", "'")


def test_cells_without_a_result_run_again(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast)
    grade_all(experiment, ["pp", "pp"])
    fail(cell_at(experiment, 0, 1), passed=None, figure=None)
    end(experiment)
    assert "/retry/" in shown(cast, "experiment", experiment.id)
    post(cast, bob, "retry_cells", experiment)
    assert experiment.state == "running"
    assert cell_at(experiment, 0, 1).state == "waiting"
    assert cell_at(experiment, 0, 0).state == "done"


def test_it_is_extended_by_repeats_and_new_rows(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast)
    grade_all(experiment, ["pp", "pp"])
    end(experiment)
    for typed in ("x", "-1", "9" * 30, "0"):
        assert "banner err" in post(cast, bob, "extend_experiment", experiment, repeats=typed)
        assert experiment.state == "done"
    post(cast, bob, "extend_experiment", experiment, repeats="1")
    assert (experiment.state, experiment.repeats) == ("running", 2)
    assert ExperimentCell.objects.count() == 8


def test_its_budget_is_raised_and_lowered(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast)
    assert "/budget/" not in shown(cast, "experiment", experiment.id)
    assert "began without a budget" in post(cast, bob, "change_budget", experiment, cap="1")
    Experiment.objects.update(cap=Decimal("0.5"))
    assert 'value="0.5"' in shown(cast, "experiment", experiment.id)
    for typed, cap in (("1,000", 1000), ("$0.000001", Decimal("0.000001")), ("0", 0)):
        assert "banner err" not in post(cast, bob, "change_budget", experiment, cap=typed)
        assert experiment.cap == cap
    for typed in ("", "x", "-1", "7,50", "1e3", "NaN", "9" * 30):
        assert "banner err" in post(cast, bob, "change_budget", experiment, cap=typed)
        assert experiment.cap == 0


def test_pages_of_others_hear_that_it_has_started(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast)
    page = shown(cast, "experiment", experiment.id)
    assert 'hx-trigger="experiments-changed from:body"' in page
    assert 'hx-trigger="experiment-turned from:body"' in page
    address = project_url(cast, "experiment_progress", experiment.id)
    assert f'hx-get="{address}?was=ready"' in page
    quiet: Any = bob.get(address, {"was": "ready"})
    assert "HX-Trigger" not in quiet
    post(cast, bob, "start_experiment", experiment)
    heard: Any = bob.get(address, {"was": "ready"})
    assert heard["HX-Trigger"] == "experiment-turned"
    assert f'hx-get="{address}?was=running"' in squeezed(heard.content.decode())
    assert 'hx-trigger="every 1s"' in heard.content.decode()


def test_it_is_renamed(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast)
    post(cast, bob, "rename_experiment", experiment, name="Mine")
    assert experiment.name == "Mine"
    assert "banner err" in post(cast, bob, "rename_experiment", experiment, name=" ")
    assert experiment.name == "Mine"


def test_it_is_deleted_after_its_name_was_typed(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast, name="A  name")
    assert "banner err" in post(cast, bob, "delete_experiment", experiment, confirm="name")
    assert project_url(cast, "experiment", experiment.id) in shown(cast, "experiments")
    answer: Any = bob.post(
        project_url(cast, "delete_experiment", experiment.id), {"confirm": "A name"}
    )
    assert answer["Location"] == project_url(cast, "experiments")
    assert project_url(cast, "experiment", experiment.id) not in shown(cast, "experiments")
    gone: Any = bob.get(project_url(cast, "experiment", experiment.id))
    assert gone.status_code == 404
