"""What workers ask each second takes as long beside many finished cells as beside none."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.models import ExperimentCell
from assistants_app.queries.experiments.driving import cell_of_thread
from assistants_app.services.experiments import cells as steps
from tests.cast import Cast
from tests.queries.experiments.made import large

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(cast: Cast) -> None:
    """20,000 cells with threads. None of them is at work."""
    large(cast, rows=1000, variants=4, repeats=5)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE experiment_cell SET thread_id = 'thread_' || place")
        cursor.execute("ANALYZE experiment_cell")
        cursor.execute("ANALYZE experiment")


def plan_of(ask: Callable[[], object]) -> str:
    """Return the plan of the first query that the call makes."""
    with CaptureQueriesContext(connection) as queries:
        ask()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + queries.captured_queries[0]["sql"])
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.usefixtures("finished")
def test_nothing_reads_all_cells() -> None:
    looks: dict[str, Callable[[], object]] = {
        "experiment_cell_of_thread": lambda: cell_of_thread("thread_77"),
        "experiment_cell_at_work": lambda: steps.claim_grading("a", limit=8),
    }
    for index, ask in looks.items():
        plan = plan_of(ask)
        assert index in plan, plan
        assert not re.search(r"Seq Scan on experiment_cell\b", plan), plan
    plan = plan_of(lambda: steps.claim_experiments("a"))
    assert not re.search(r"Seq Scan on experiment_cell\b", plan), plan
    assert ExperimentCell.objects.count() == 20_000
    found = cell_of_thread("thread_77")
    assert found is not None
    assert cell_of_thread("thread_none") is None
