"""The matrix shows regressions first, in pages."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Experiment, ExperimentCell, ExperimentRow
from assistants_app.queries.experiments.matrix import (
    AS_IN_SET,
    BETTER,
    FAILED,
    WITHOUT,
    WORSE,
    MatrixView,
    matrix_page,
    matrix_row,
)
from tests.cast import Cast
from tests.queries.experiments.made import large, small

pytestmark = pytest.mark.django_db


def keys(experiment: Experiment, rows: int = 50, **view: object) -> list[str]:
    page = matrix_page(experiment, MatrixView(**view), rows=rows)  # type: ignore[arg-type]
    return [item.row.key for item in page.items]


@pytest.fixture
def experiment(cast: Cast) -> Experiment:
    """Rows by what the repeats of the baseline and of two variants got."""
    return small(
        cast,
        {
            "same": ([1, 1], [1, 1], [1, 1]),
            "better": ([0, 0], [1, 1], [0, 0]),
            "worse": ([1, 1], [1, 1], [1, 0]),
            "much-worse": ([1, 1], [0, 0], [1, 1]),
            "none": ([None, None], [1, 1], [1, 1]),
        },
    )


def test_regressions_come_first_and_rows_without_a_comparison_last(experiment: Experiment) -> None:
    assert keys(experiment) == ["much-worse", "worse", "same", "better", "none"]
    assert keys(experiment, sort=AS_IN_SET) == ["same", "better", "worse", "much-worse", "none"]


def test_rows_are_filtered(experiment: Experiment) -> None:
    assert keys(experiment, shown=WORSE) == ["much-worse", "worse"]
    assert keys(experiment, shown=BETTER) == ["better"]
    assert keys(experiment, shown=FAILED) == ["much-worse", "worse", "better"]
    assert keys(experiment, shown=WITHOUT) == ["none"]
    assert keys(experiment, text="WORSE") == ["much-worse", "worse"]
    assert keys(experiment, text="question of same") == ["same"]
    assert keys(experiment, text="user") == keys(experiment, text="content") == []
    ExperimentRow.objects.filter(key="none").update(
        content={
            "description": "Greeting 1",
            "turns": [{"role": "user", "content": 'Say "hi" in {{city}}'}],
            "variables": {"city": "Zürich", "n": 5},
        }
    )
    for text in ('"HI"', "greeting", "zürich"):
        assert keys(experiment, text=text) == ["none"]
    assert keys(experiment, text='city"') == []
    assert keys(experiment, text="%") == keys(experiment, text="\0") == []


def test_a_row_has_a_group_for_each_variant(experiment: Experiment) -> None:
    row = matrix_row(experiment, "worse")
    assert row is not None
    assert row.question == "Question of worse"
    assert [group.variant.position for group in row.groups] == [0, 1, 2]
    assert [(group.passed, group.results) for group in row.groups] == [(2, 2), (2, 2), (1, 2)]
    assert [group.figure for group in row.groups] == [1.0, 1.0, 0.5]
    assert [group.change for group in row.groups] == [None, 0.0, -0.5]
    assert [cell.repeat for cell in row.groups[2].cells] == [1, 2]
    assert matrix_row(experiment, "nobody") is None
    none = matrix_row(experiment, "none")
    assert none is not None
    assert none.groups[0].in_states("error") == 2
    assert none.groups[1].change is None


def test_pages_are_counted(experiment: Experiment) -> None:
    page = matrix_page(experiment, MatrixView(page=2), rows=2)
    assert (page.number, page.rows, page.pages) == (2, 5, 3)
    assert [item.row.key for item in page.items] == ["same", "better"]
    beyond = matrix_page(experiment, MatrixView(page=99), rows=2)
    assert (beyond.number, [item.row.key for item in beyond.items]) == (3, ["none"])
    empty = matrix_page(experiment, MatrixView(page=9, text="nothing"))
    assert (empty.number, empty.rows, empty.pages, empty.items) == (1, 0, 1, [])
    assert matrix_page(experiment, MatrixView(page=-4), rows=2).number == 1


def test_other_experiments_do_not_count(cast: Cast, experiment: Experiment) -> None:
    other = small(cast, {"other": ([1], [0], [0])})
    assert keys(other) == ["other"]
    assert "other" not in keys(experiment)


def test_a_large_matrix_opens_with_a_few_queries(cast: Cast) -> None:
    experiment = large(cast, rows=1000, variants=4, repeats=5)
    assert ExperimentCell.objects.count() == 20_000
    assert ExperimentRow.objects.count() == 1000
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE experiment_cell; ANALYZE experiment_row")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = matrix_page(experiment, MatrixView())
    assert (len(page.items), page.rows) == (50, 1000)
    assert len(queries) == 4
    took = []
    for _ in range(3):
        began = time.perf_counter()
        matrix_page(experiment, MatrixView(page=7))
        took.append(time.perf_counter() - began)
    # 300 ms is what the whole page may take. The bound leaves room for a busy machine.
    assert min(took) < 1.0, took
