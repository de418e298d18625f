"""What is done with an experiment as a whole."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

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
    for _ in "ab":
        post(cast, bob, "extend_experiment", experiment, repeats="1", form_id="form_1")
    assert (experiment.state, experiment.repeats) == ("running", 2)
    assert ExperimentCell.objects.count() == 8


def test_its_budget_is_raised(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast)
    # Without a budget, and after a cancel, there is nothing to raise.
    assert "/budget/" not in shown(cast, "experiment", experiment.id)
    grade_all(experiment, ["pp", "pp"])
    fail(cell_at(experiment, 0, 1), "over_budget", passed=None, figure=None)
    end(experiment)
    Experiment.objects.update(cap=2)
    assert "open>" in shown(cast, "experiment", experiment.id).split('id="raise-budget"')[1][:60]
    post(cast, bob, "raise_budget", experiment, budget=" $1,000.50 ")
    assert (experiment.state, experiment.cap) == ("running", Decimal("1000.5"))
    assert cell_at(experiment, 0, 1).state == "waiting"
    end(experiment, "cancelled")
    assert "/budget/" not in shown(cast, "experiment", experiment.id)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "more than the present budget of $2."),
        ("1.5", "more than the present budget of $2."),
        ("2,5", "Enter a number."),
        ("9" * 40, "Enter $1,000,000 or less."),
        ("<b>", "Enter a number."),
    ],
)
def test_what_is_no_raise_stays_with_the_error_under_its_field(
    cast: Cast, bob: Client, typed: str, said: str
) -> None:
    experiment = make_experiment(cast)
    Experiment.objects.update(cap=2, state="running")
    url = project_url(cast, "raise_budget", experiment.id)
    answer: Any = bob.post(url, {"budget": typed})
    assert answer.status_code == 422
    form = squeezed(answer.content.decode()).split('id="raise-budget"')[1].split("</form>")[0]
    assert said in form.split('id="e-budget">')[1]
    assert "open>" in form[:60]
    assert f'value="{escape(typed)}"' in answer.content.decode()
    experiment.refresh_from_db()
    assert experiment.cap == 2


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
