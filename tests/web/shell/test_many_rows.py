"""Pages of a project with 500 assistants, 10,000 threads and 1,000 files, and of an experiment with
1,000 rows and 4 variants.

They take as many queries as those of a small project. A time would depend on the machine.
"""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.web.many_rows import EXPERIMENT, EXPERIMENT_ID, FILL
from tests.web.pages import project_url, signed_in

PAGES: list[tuple[str, dict[str, str]]] = [
    ("playground", {}),
    ("assistants", {}),
    ("assistants", {"sort": "-cost"}),
    ("assistant_column", {}),
    ("assistant_choices", {}),
    ("threads", {}),
    ("threads", {"sort": "-cost"}),
    ("threads", {"sort": "-active"}),
    ("threads", {"sort": "title"}),
    ("thread_column", {}),
    ("thread_column", {"q": "harb"}),
    ("files", {}),
    ("vector_stores", {}),
    ("usage", {}),
    ("palette", {"q": "harb"}),
]


def count_queries(client: Client, cast: Cast) -> dict[str, int]:
    counts = {}
    for name, query in PAGES:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(project_url(cast, name), query).status_code == 200
        counts[f"{name} {query}"] = len(asked)
    return counts


def test_pages_take_as_many_queries_for_ten_thousand_rows_as_for_few(
    cast: Cast,
) -> None:
    client = signed_in(cast.alice)
    # Each kind of row, so that no query is left out for an empty page.
    fill(cast, FILL.replace("10000", "8").replace("1000", "3").replace("500", "3"))
    before = count_queries(client, cast)
    fill(cast, FILL.replace("_9'", "_8'").replace("-9'", "-8'"))
    assert count_queries(client, cast) == before


def fill(cast: Cast, statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in filter(str.strip, statements.split(";")):
            cursor.execute(statement, {"project": cast.project.id})


def test_a_page_sends_a_part_of_a_long_list(cast: Cast) -> None:
    fill(cast, FILL)
    page = signed_in(cast.alice).get(project_url(cast, "playground")).content.decode()
    assert page.count('class="listed"') == 50
    assert page.count("?a=asst_9") < 200
    assert len(page) < 250_000


def test_an_experiment_takes_as_many_queries_for_a_thousand_rows_as_for_few(cast: Cast) -> None:
    client, url = signed_in(cast.alice), project_url(cast, "experiment", EXPERIMENT_ID)
    counts = []
    for last in ("59", "999"):
        fill(cast, "DELETE FROM experiment_cell; DELETE FROM experiment_row")
        fill(cast, "DELETE FROM experiment_variant; DELETE FROM experiment")
        fill(cast, EXPERIMENT.replace("generate_series(0, 999)", f"generate_series(0, {last})"))
        with CaptureQueriesContext(connection) as asked:
            page = client.get(url, {"show": "worse"}).content.decode()
        counts.append(len(asked))
        assert page.count('role="rowheader"') in (33, 50)
    assert counts[0] == counts[1] < 25
