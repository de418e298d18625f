"""The page of an experiment: verdict, progress, and the matrix in pages."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.models import Experiment
from assistants_app.web.experiments.page import TURNED
from tests.cast import Cast
from tests.web.experiments.made import (
    cell_at,
    end,
    fail,
    grade,
    grade_all,
    make_experiment,
)
from tests.web.pages import HTMX, project_url, shown, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = "<script>alert(1)</script>"


def page_of(cast: Cast, experiment: Experiment, **query: str) -> str:
    return squeezed(shown(cast, "experiment", experiment.id, **query))


def rows_in(page: str) -> list[int]:
    """Return the places of the rows that the matrix shows."""
    return [int(number) - 1 for number in re.findall(r'class="num hint">(\d+)<', page)]


@pytest.fixture
def finished(cast: Cast) -> Experiment:
    """Row 0 is the same, 1 better, 2 worse, 3 without a result, 4 better, 5 worse in part."""
    questions = [f"Question {number}" for number in range(6)]
    experiment = make_experiment(cast, *questions, repeats=2, tags={1: ["easy"], 2: ["easy", "b"]})
    grade_all(experiment, ["pp", "fp", "pf", "pe", "fp", "pp"])
    grade(cell_at(experiment, 5, 1, repeat=2), False)
    return end(experiment)


def test_regressions_come_first(cast: Cast, finished: Experiment) -> None:
    assert rows_in(page_of(cast, finished)) == [2, 5, 0, 1, 4, 3]
    assert rows_in(page_of(cast, finished, order="set")) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("show", "rows"),
    [
        ("worse", [2, 5]),
        ("better", [1, 4]),
        ("failed", [1, 2, 4, 5]),
        ("disagreeing", [5]),
        ("without", [3]),
        ("nonsense", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_rows_can_be_chosen(cast: Cast, finished: Experiment, show: str, rows: list[int]) -> None:
    page = page_of(cast, finished, show=show, order="set")
    assert rows_in(page) == rows
    if show != "nonsense":
        [chosen] = re.findall(r'aria-current="true"> ?([^<]*) ?</a>', page)
        assert chosen.replace("\xa0", " ").replace("&nbsp;", " ").split()[-1] == str(len(rows))


def test_a_tag_and_a_text_narrow_the_matrix(cast: Cast, finished: Experiment) -> None:
    assert rows_in(page_of(cast, finished, tag="easy", order="set")) == [1, 2]
    assert rows_in(page_of(cast, finished, tag="easy", show="worse")) == [2]
    assert rows_in(page_of(cast, finished, q="question 4")) == [4]
    assert "No rows match." in page_of(cast, finished, q="100%", tag="none")


def test_cells_say_in_words_what_they_came_to(cast: Cast, finished: Experiment) -> None:
    page = page_of(cast, finished)
    for key, says in (
        ("3-B", ("0 of 2 passed", "worse, −100", "Rome.")),
        ("6-B", ("1 of 2 passed", "worse, −50")),
        ("2-B", ("2 of 2 passed", "better, +100")),
        ("4-B", ("2 errors",)),
        ("1-A", ("2 of 2 passed", "Paris, of course.")),
    ):
        cell = page.split(f'id="cell-{key}"')[1].split("</a>")[0]
        assert all(words in cell for words in says), key


def test_there_is_no_verdict_before_the_end(cast: Cast) -> None:
    experiment = make_experiment(cast)
    Experiment.objects.update(state="running", started_at=timezone.now())
    page = page_of(cast, experiment)
    assert "No verdict while it runs" in page
    assert "is better than" not in page
    assert page.count('hx-trigger="every') == 2
    grade_all(experiment, ["pp", "pp"])
    end(experiment)
    page = page_of(cast, experiment)
    assert 'hx-trigger="every' not in page
    assert 'id="verdict-1"' in page


def test_a_cancelled_experiment_and_one_variant_have_none(cast: Cast) -> None:
    experiment = end(make_experiment(cast), "cancelled")
    assert "was cancelled" in page_of(cast, experiment)


def test_progress_counts_cells_and_money(cast: Cast) -> None:
    experiment = make_experiment(cast, repeats=2)
    Experiment.objects.update(
        state="running",
        cap=1,
        spent="0.25",
        reserved="0.05",
        resumed_at=timezone.now(),
        ran_seconds=60,
    )
    grade(cell_at(experiment, 0, 0))
    fail(cell_at(experiment, 0, 1), "over_budget")
    fail(cell_at(experiment, 1, 0), "running")
    fail(cell_at(experiment, 1, 1), "waiting_for_person")
    answer: Any = signed_in(cast.vera).get(
        project_url(cast, "experiment_progress", experiment.id), headers=HTMX
    )
    page = squeezed(answer.content.decode())
    for says in (
        "2 of 8 cells",
        "1 running",
        "1 waiting for a person",
        "4 waiting",
        "1 over budget",
        "$0.2500 of $1.00 used",
        "about 3 minutes left",
    ):
        assert says in page, says


def test_the_page_loads_the_verdict_as_soon_as_the_experiment_is_over(cast: Cast) -> None:
    experiment = make_experiment(cast)
    Experiment.objects.update(state="running")
    assert f"{TURNED} from:body" in page_of(cast, experiment)
    address = f"{project_url(cast, 'experiment_progress', experiment.id)}?was=running"
    vera = signed_in(cast.vera)
    assert "HX-Trigger" not in vera.get(address, headers=HTMX)
    end(experiment)
    assert vera.get(address, headers=HTMX)["HX-Trigger"] == TURNED


def test_pages_have_fifty_rows_and_the_url_is_the_state(cast: Cast) -> None:
    experiment = make_experiment(cast, *[f"Question {number}" for number in range(51)])
    grade_all(experiment, ["pp"] * 51)
    end(experiment)
    first = page_of(cast, experiment, order="set", q="question")
    assert rows_in(first) == list(range(50))
    [following] = re.findall(r'rel="next" href="([^"]+)"', first)
    second: Any = signed_in(cast.bob).get(following.replace("&amp;", "&"))
    page = squeezed(second.content.decode())
    assert rows_in(page) == [50]
    assert 'aria-rowindex="52"' in page
    assert 'aria-rowcount="52"' in page
    assert 'value="question"' in page


def test_what_people_wrote_is_escaped(cast: Cast) -> None:
    experiment = make_experiment(cast, HOSTILE, name=HOSTILE, tags={0: [HOSTILE]})
    grade(cell_at(experiment, 0, 0), reply=HOSTILE)
    assert HOSTILE not in shown(cast, "experiment", experiment.id)
    assert HOSTILE not in shown(cast, "experiments")
    assert HOSTILE not in shown(cast, "experiment_cell", experiment.id, "0", "0")


def test_more_rows_take_no_more_queries(cast: Cast) -> None:
    counts = []
    for number in (2, 40):
        experiment = make_experiment(cast, *[f"Question {at}" for at in range(number)], repeats=2)
        grade_all(experiment, ["pp", "pf"] * (number // 2))
        end(experiment)
        with CaptureQueriesContext(connection) as asked:
            shown(cast, "experiment", experiment.id)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_charts_have_the_cells_with_a_result(cast: Cast, finished: Experiment) -> None:
    page = shown(cast, "experiment_charts", finished.id)
    assert "1.50 s" in page
    assert "$0.0020" in page
