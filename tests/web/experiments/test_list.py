"""The list of experiments: filters, verdicts in one line, and what to do without any."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.models import Experiment
from assistants_app.services.experiments.creating import VariantChoice
from assistants_app.services.experiments.verdicts import store_verdicts
from assistants_app.services.runs.frozen import Source
from assistants_app.services.test_sets.sets import add_sample_set
from tests.cast import Cast
from tests.web.experiments.made import cell_at, end, grade, grade_all, make_experiment
from tests.web.pages import project_url, shown, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_a_set_it_leads_to_the_sample_set(cast: Cast) -> None:
    page = shown(cast, "experiments")
    assert f'action="{project_url(cast, "add_sample_set")}"' in page
    add_sample_set(project=cast.project, author=cast.bob)
    page = shown(cast, "experiments")
    assert project_url(cast, "add_sample_set") not in page
    assert page.count(f'href="{project_url(cast, "new_experiment")}"') == 2


def test_it_narrows_to_a_set_an_assistant_and_a_state(cast: Cast) -> None:
    one = make_experiment(cast, name="With models")
    with_assistant = (VariantChoice(Source(cast.assistant.id)), VariantChoice(Source(model="m")))
    two = end(make_experiment(cast, name="With an assistant", variants=with_assistant))
    for query, names in (
        ({}, {"With models", "With an assistant"}),
        ({"set": one.test_set_id}, {"With models"}),
        ({"assistant": cast.assistant.id}, {"With an assistant"}),
        ({"state": "done"}, {"With an assistant"}),
        ({"state": "done", "set": one.test_set_id}, set()),
        ({"state": "nonsense"}, {"With models", "With an assistant"}),
    ):
        page = shown(cast, "experiments", **query)
        assert {
            name for name in ("With models", "With an assistant") if f">{name}</a>" in page
        } == (names), query
    assert two.state == "done"


def test_a_line_has_the_verdict_once_it_is_over(cast: Cast) -> None:
    questions = [f"Question {number}" for number in range(20)]
    experiment = make_experiment(cast, *questions)
    grade_all(experiment, ["fp"] * 20)
    end(experiment)
    store_verdicts(experiment)
    page = squeezed(shown(cast, "experiments"))
    assert "m-two is better than m-one by" in page
    assert "40 of 40" in page
    type(experiment).objects.update(state="running")
    assert "is better than" not in shown(cast, "experiments")


def test_a_line_shows_how_far_an_experiment_is_while_it_runs(cast: Cast) -> None:
    experiment = make_experiment(cast)
    grade(cell_at(experiment, 0, 0))
    running = {"state": "running", "resumed_at": timezone.now(), "ran_seconds": 30}
    Experiment.objects.update(**running)
    page = squeezed(shown(cast, "experiments"))
    assert '<progress max="4" value="1"' in page
    assert "about 2 minutes left" in page
    # The list loads itself again.
    assert "experiments-changed from:body" in page
    end(experiment)
    assert "<progress" not in shown(cast, "experiments")


def test_it_takes_as_many_queries_for_many_experiments(cast: Cast) -> None:
    bob = signed_in(cast.bob)
    counts = []
    for number in (1, 3):
        for _ in range(number):
            experiment = make_experiment(cast)
            grade_all(experiment, ["pp", "pf"])
            store_verdicts(end(experiment))
        with CaptureQueriesContext(connection) as asked:
            assert bob.get(project_url(cast, "experiments")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
