"""The grading queue."""

import re
from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Experiment, ExperimentCell, ExperimentGrade
from tests.cast import Cast
from tests.services.test_sets.sets import rows_of
from tests.web.experiments.made import end, grade_all, make_experiment
from tests.web.pages import project_url, shown, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def experiment(cast: Cast) -> Experiment:
    made = make_experiment(cast)
    grade_all(made, ["pf", "pp"])
    return end(made)


@pytest.fixture
def vera(cast: Cast) -> Client:
    return signed_in(cast.vera)


def post(cast: Cast, client: Client, name: str, experiment: Experiment, **body: Any) -> str:
    answer: Any = client.post(project_url(cast, name, experiment.id), body, follow=True)
    assert answer.status_code == 200
    return squeezed(answer.content.decode().replace("&#x27;", "'"))


def sight_in(page: str) -> dict[str, str]:
    """Return the field that says what the page shows."""
    found = re.search(r'name="sight" value="(\w+)"', page)
    assert found
    return {"sight": found[1]}


def test_a_viewer_grades_row_after_row_without_names(
    cast: Cast, vera: Client, experiment: Experiment
) -> None:
    page = shown(cast, "grading", experiment.id)
    assert "2 rows wait" in page
    assert "Reply A" not in page
    page = post(cast, vera, "grading", experiment)
    assert page.count(' data-grade="') == 5
    assert "Paris, of course." in page
    assert "Rome." in page
    # Neither the names nor the models, nor IDs that other pages show beside them.
    for name in ("m-one", "m-two", *ExperimentCell.objects.values_list("pk", flat=True)):
        assert name not in page
    said = {"row": "0", "repeat": "1", **sight_in(page)}
    page = post(cast, vera, "grade_reply", experiment, **said, place="0", points="4")
    assert "4 of 5" in page
    said |= sight_in(page)
    page = post(cast, vera, "grade_reply", experiment, **said, place="1", points="1")
    assert "1 row waits" in page
    assert "Of Italy?" in page
    said |= {"row": "1", **sight_in(page)}
    page = post(cast, vera, "prefer_reply", experiment, **said, choice="=")
    assert "All replies have been graded." in page
    page = post(cast, vera, "undo_grade", experiment)
    assert "Of Italy?" in page
    assert {grade.name for grade in ExperimentGrade.objects.all()} == {"vera"}
    assert ExperimentGrade.objects.count() == 2


def test_a_row_is_shown_as_it_was_asked(cast: Cast, vera: Client) -> None:
    made = make_experiment(cast, "{{question}}")
    made.rows.update(
        content={
            "turns": [{"role": "user", "content": "{{question}}"}],
            "variables": {"question": "Capital of <France>?"},
            "expected": {"answer": "Paris", "facts": {"city": "Paris"}},
        }
    )
    grade_all(made, ["pf"])
    page = post(cast, vera, "grading", end(made))
    assert ">Capital of &lt;France&gt;?</blockquote>" in page
    assert "{{question}}" not in page
    assert "Expected answer</dt>" in page
    assert "{&quot;city&quot;: &quot;Paris&quot;}" in page
    said = {"row": "0", "repeat": "1", "place": "0", "points": "4", **sight_in(page)}
    page = post(cast, vera, "grade_reply", made, **said)
    assert page.count('aria-pressed="true"') == 1


def test_odd_forms_are_refused_in_words(cast: Cast, vera: Client, experiment: Experiment) -> None:
    page = post(cast, vera, "grading", experiment)
    said = {"row": "0", "repeat": "1", "place": "0", "points": "1", **sight_in(page)}
    wrongs = (
        *({"row": "x"}, {"row": "1"}, {"repeat": ""}, {"place": "-1"}, {"points": "9" * 30}),
        *({"sight": ""}, {"sight": "\ud7ff"}, {"sight": "0" * 32}),
    )
    for wrong in wrongs:
        page = post(cast, vera, "grade_reply", experiment, **{**said, **wrong})
        assert 'class="toast err' in page or "banner err" in page
    assert not ExperimentGrade.objects.exists()
    page = post(cast, vera, "undo_grade", experiment)
    assert "There is nothing to undo." in page


def test_an_editor_corrects_a_reply_and_a_viewer_does_not(
    cast: Cast, vera: Client, experiment: Experiment
) -> None:
    form = {"row": "0", "reply": "Paris."}
    refused = vera.post(project_url(cast, "correct_reply", experiment.id), form)
    assert refused.status_code == 403
    page = post(cast, signed_in(cast.bob), "correct_reply", experiment, **form)
    assert "expects this reply" in page
    test_set = cast.project.test_sets.get()
    assert rows_of(test_set)[0].row.content["expected"] == {"reply": "Paris."}


def test_the_cell_shows_who_said_what(cast: Cast, vera: Client, experiment: Experiment) -> None:
    page = post(cast, vera, "grading", experiment)
    said = {"row": "0", "repeat": "1", **sight_in(page)}
    page = post(cast, vera, "grade_reply", experiment, **said, place="0", points="4")
    said |= sight_in(page)
    post(cast, vera, "prefer_reply", experiment, **said, choice="A")
    answers: list[Any] = [
        vera.get(f"{project_url(cast, 'experiment', experiment.id)}rows/0/{variant}/")
        for variant in (0, 1)
    ]
    page = squeezed("".join(answer.content.decode() for answer in answers))
    for words in ("4 of 5", ": the best reply", ": not the best reply"):
        assert words in page


def test_grades_and_preferences_can_be_the_main_one(
    cast: Cast, vera: Client, experiment: Experiment
) -> None:
    page = shown(cast, "new_experiment")
    assert "Grades that people give" in page
    assert "Replies that people prefer" in page
    # Then the queue asks for nothing else.
    for metric, there, gone in (
        ("people: grade", ' data-grade="', ' data-prefer="'),
        ("people: preference", ' data-prefer="', ' data-grade="'),
    ):
        Experiment.objects.update(main_metric=f"metric:{metric}")
        page = post(cast, vera, "grading", experiment)
        assert there in page
        assert gone not in page
    assert "No verdict yet." in shown(cast, "experiment", experiment.id)
