"""Query plans show that lists are as fast at the end of a million rows as at the start."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import pytest
from django.db import connection
from django.db.models import F
from pytest_django import DjangoDbBlocker

from assistants_app.domain.lists import PageParams, Sort, ThreadFilter
from assistants_app.models import Assistant, File, Message, Project, Run, Thread
from assistants_app.queries.assistants import lists
from assistants_app.queries.assistants.assistants import get_assistant, list_assistants
from assistants_app.queries.files import files
from assistants_app.queries.files.files import get_file, matching_files, sorted_files
from assistants_app.queries.pages import Page
from assistants_app.queries.project.usage import UsageFilter
from assistants_app.queries.runs.runs import (
    abandoned_runs,
    free_threads_with_waiting_runs,
    get_run,
    get_run_step,
    list_run_steps,
    list_runs,
)
from assistants_app.queries.threads import runs_table, tables
from assistants_app.queries.threads.prompt_messages import prompt_messages
from assistants_app.queries.threads.runs_table import RunsOfDays
from assistants_app.queries.threads.tables import sorted_threads
from assistants_app.queries.threads.threads import (
    NO_FILTER,
    active_run,
    get_message,
    get_thread,
    last_question,
    list_messages,
    list_threads,
)
from tests.queries.plans import nodes_of

PROJECT_ROWS = 1_000_000
THREAD_ROWS = 100_000
RUN_ROWS = 20_000
FILE_ROWS = 100_000
# Blocks that a page may read besides one for each row, such as the levels of its index.
PAGE_BLOCKS = 40
RARE_BLOCKS = 1000  # reading all threads takes about twenty times as many

# `replica` skips the checks of foreign keys, which would take longer than the rows.
FILL = f"""
SET session_replication_role = replica;
INSERT INTO project (id, name, created_at) VALUES ('proj_big', 'big', now());
INSERT INTO assistant
    (id, project_id, created_at, model, tools, tool_resources, metadata)
    SELECT 'asst_' || lpad(n::text, 24, '0'), 'proj_big', now(), 'm', '[]', '{{}}', '{{}}'
    FROM generate_series(1, {PROJECT_ROWS}) n;
INSERT INTO thread (id, project_id, created_at, tool_resources, metadata)
    SELECT 'thread_' || lpad(n::text, 24, '0'), 'proj_big', now(), '{{}}', '{{}}'
    FROM generate_series(1, {PROJECT_ROWS}) n;
INSERT INTO message
    (id, thread_id, created_at, role, status, content, attachments, has_attachments, metadata,
     run_id)
    SELECT 'msg_' || lpad(n::text, 24, '0'), 'thread_' || lpad('7', 24, '0'), now(), 'user',
        'completed', '[]', '[]', false, '{{}}', 'run_' || lpad((n / 2)::text, 24, '0')
    FROM generate_series(1, {THREAD_ROWS}) n;
INSERT INTO run
    (id, project_id, thread_id, assistant_id, created_at, status, model, instructions, tools,
     tool_resources, metadata, response_format, tool_choice, parallel_tool_calls,
     truncation_strategy, usage, expires_at, lease_owner, attempts)
    SELECT 'run_' || lpad(n::text, 24, '0'), 'proj_big', 'thread_' || lpad('7', 24, '0'), 'asst_1',
        now() - ({RUN_ROWS} - n) * interval '1 second', 'completed', 'm', '', '[]', '{{}}', '{{}}',
        '"auto"', '"auto"', true, '{{}}', '{{}}', now(), '', 0
    FROM generate_series(1, {RUN_ROWS}) n;
INSERT INTO file
    (id, project_id, created_at, filename, purpose, bytes, mime_type, sha256, status)
    SELECT 'file-' || lpad(n::text, 24, '0'), 'proj_big', now(), 'file' || n || '.txt',
        'assistants', 100, 'text/plain', '', 'processed'
    FROM generate_series(1, {FILE_ROWS}) n;
INSERT INTO run_step
    (id, run_id, thread_id, assistant_id, created_at, type, status, step_details, metadata, usage,
     shown_to_model)
    SELECT 'step_' || lpad(n::text, 24, '0'), 'run_' || lpad('7', 24, '0'),
        'thread_' || lpad('7', 24, '0'), 'asst_1', now(), 'tool_calls', 'completed', '{{}}', '{{}}',
        '{{}}', '{{}}'
    FROM generate_series(1, {RUN_ROWS}) n;
INSERT INTO run_step
    (id, run_id, thread_id, assistant_id, created_at, type, status, step_details, metadata, usage,
     shown_to_model)
    SELECT 'step_called', 'run_called', 'thread_' || lpad('9', 24, '0'), 'asst_1', now(),
        'tool_calls', 'completed',
        '{{"tool_calls": [{{"type": "function", "function": {{"name": "get_weather"}}}}]}}', '{{}}',
        '{{}}', '{{}}';
INSERT INTO run
    (id, project_id, thread_id, assistant_id, created_at, status, model, instructions, tools,
     tool_resources, metadata, response_format, tool_choice, parallel_tool_calls,
     truncation_strategy, usage, expires_at, lease_owner, attempts)
    SELECT 'run_zz', 'proj_big', 'thread_' || lpad('9', 24, '0'), 'asst_1', now(), 'failed', 'm',
        '', '[]', '{{}}', '{{}}', '"auto"', '"auto"', true, '{{}}', '{{}}', now(), '', 0;
SET session_replication_role = DEFAULT;
ANALYZE assistant, thread, message, run, run_step, file;
"""
# 1,000 rows x 4 variants x 5 repeats, newer than all other threads.
EXPERIMENT = """
INSERT INTO thread (id, project_id, created_at, tool_resources, metadata, origin)
SELECT 'thread_zz' || lpad(n::text, 22, '0'), 'proj_big', now(), '{}', '{}', 'experiment'
FROM generate_series(1, 20000) n
"""
EMPTY = "TRUNCATE project CASCADE"


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The tables of a site that has been in use for a long time."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # Rows that other tests left would add reads to the plans.
        cursor.execute(f"{EMPTY}; {FILL}")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(EMPTY)


def number(prefix: str, value: int) -> str:
    return f"{prefix}_{value:024}"


@dataclass(frozen=True)
class Listing:
    """A list, the prefix of its ids and its number of rows."""

    read: Callable[[PageParams], Page[Any]]
    prefix: str
    rows: int


LISTINGS = {
    "assistants": Listing(
        lambda page: list_assistants(Project(id="proj_big"), page), "asst", PROJECT_ROWS
    ),
    "threads": Listing(
        lambda page: list_threads(Project(id="proj_big"), page), "thread", PROJECT_ROWS
    ),
    "messages": Listing(
        lambda page: list_messages(Thread(id=number("thread", 7)), page), "msg", THREAD_ROWS
    ),
    "runs": Listing(lambda page: list_runs(Thread(id=number("thread", 7)), page), "run", RUN_ROWS),
    "run steps": Listing(
        lambda page: list_run_steps(Run(id=number("run", 7)), page), "step", RUN_ROWS
    ),
}


Found = TypeVar("Found")


def plan_of(read: Callable[[], Found]) -> tuple[Found, dict[str, Any]]:
    """Return what the only query of `read` finds, and the query's plan."""
    queries: list[tuple[str, Any]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        found = read()
    [(sql, params)] = queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        [explained] = cursor.fetchone()
    plans = json.loads(explained) if isinstance(explained, str) else explained
    return found, plans[0]["Plan"]


def check_bounded(plan: dict[str, Any], limit: int, *, above: Sequence[str] = ()) -> None:
    """Check that an index in the page's order reads only the page's rows.

    `above` are the steps that get these rows.
    """
    nodes = list(nodes_of(plan))
    assert [node["Node Type"] for node in nodes] == [*above, "Limit", "Index Scan"], nodes
    for node in nodes:
        assert node["Actual Rows"] <= limit + 1
        # `FILL` adds one run and one step of another thread that are newer than all others.
        assert node.get("Rows Removed by Filter", 0) <= 1, node
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= limit + PAGE_BLOCKS


@pytest.mark.parametrize("limit", [1, 20, 100])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("side", ["first page", "after", "before"])
@pytest.mark.parametrize("name", LISTINGS)
def test_a_page_reads_only_its_own_rows(
    db: None, rows: None, name: str, side: str, order: str, limit: int
) -> None:
    listing = LISTINGS[name]
    deep = number(listing.prefix, listing.rows // 2)
    cursor = {} if side == "first page" else {side: deep}
    page, plan = plan_of(lambda: listing.read(PageParams(limit=limit, order=order, **cursor)))
    assert len(page.items) == limit
    assert page.has_more
    check_bounded(plan, limit)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("run", [1, THREAD_ROWS // 4, THREAD_ROWS * 2])
def test_the_messages_of_a_run_are_found_by_an_index(
    db: None, rows: None, order: str, run: int
) -> None:
    run_id = number("run", run)
    thread = Thread(id=number("thread", 7))
    page, plan = plan_of(lambda: list_messages(thread, PageParams(order=order), run_id=run_id))
    expected = Message.objects.filter(run_id=run_id).count()
    assert len(page.items) == expected == (2 if run < THREAD_ROWS else 0)
    check_bounded(plan, 20)


@pytest.mark.parametrize(
    "narrow",
    [ThreadFilter(status="failed"), ThreadFilter(tool="get_weather"), ThreadFilter(tool="rare")],
    ids=str,
)
def test_a_rare_status_or_tool_is_found_without_reading_all_threads(
    db: None, rows: None, narrow: ThreadFilter
) -> None:
    project = Project(id="proj_big")
    page, plan = plan_of(lambda: list_threads(project, PageParams(limit=25), narrow))
    assert len(page.items) == (0 if narrow.tool == "rare" else 1)
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < RARE_BLOCKS


def test_a_list_passes_over_a_large_experiment(db: None, rows: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(EXPERIMENT)
    page, plan = plan_of(lambda: list_threads(Project(id="proj_big"), PageParams(limit=25)))
    assert [thread.origin for thread in page.items] == ["api"] * 25
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < RARE_BLOCKS


TABLES: dict[str, Callable[[Sort], Page[Any]]] = {
    "files": lambda sort: sorted_files(matching_files(Project(id="proj_big")), sort, 1, 50),
    "threads": lambda sort: sorted_threads(Project(id="proj_big"), NO_FILTER, sort, 1, 50),
    "runs": lambda sort: RunsOfDays(
        Project(id="proj_big"), date(2026, 1, 1), date(2027, 12, 31), UsageFilter()
    ).page(sort, 1),
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_by_time_reads_only_its_own_rows(
    db: None, rows: None, name: str, descending: bool
) -> None:
    page, plan = plan_of(lambda: TABLES[name](Sort("created", descending)))
    assert len(page.items) == 50
    # An empty table, such as that of the steps here, is read as a whole.
    nodes = [node for node in nodes_of(plan) if node.get("Relation Name") != "run_step"]
    assert not {"Seq Scan", "Sort"} & {node["Node Type"] for node in nodes}
    scans = [node for node in nodes if node.get("Relation Name") == name.removesuffix("s")]
    assert scans
    for node in scans:
        assert node["Actual Rows"] * node["Actual Loops"] <= 60


def column_of(value: Any) -> str:
    return str(value.name)


@pytest.mark.parametrize("sorts", [files.SORTS, lists.SORTS, tables.SORTS, runs_table.SORTS])
def test_plain_columns_of_tables_are_never_null(sorts: dict[str, Any]) -> None:
    # `order_of` relies on it.
    models = {
        id(files.SORTS): File,
        id(lists.SORTS): Assistant,
        id(tables.SORTS): Thread,
        id(runs_table.SORTS): Run,
    }
    columns = [column_of(value) for value in sorts.values() if isinstance(value, F)]
    assert columns
    for column in columns:
        assert not models[id(sorts)]._meta.get_field(column).null


ROWS: dict[str, Callable[[], Any]] = {
    "thread": lambda: get_thread(Project(id="proj_big"), number("thread", PROJECT_ROWS // 2)),
    "message": lambda: get_message(
        Project(id="proj_big"), number("thread", 7), number("msg", THREAD_ROWS // 2)
    ),
    "run": lambda: get_run(Project(id="proj_big"), number("thread", 7), number("run", RUN_ROWS)),
    "step": lambda: get_run_step(Run(id=number("run", 7)), number("step", RUN_ROWS // 2)),
    "assistant": lambda: get_assistant(Project(id="proj_big"), number("asst", PROJECT_ROWS // 2)),
    "file": lambda: get_file(Project(id="proj_big"), f"file-{FILE_ROWS // 2:024}"),
    "active run": lambda: active_run(number("thread", 7)),
    "last question": lambda: last_question(Thread(id=number("thread", 7))),
    "abandoned runs": abandoned_runs,
    "waiting runs": free_threads_with_waiting_runs,
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_found_by_an_index(db: None, rows: None, name: str) -> None:
    _, plan = plan_of(ROWS[name])
    assert "Seq Scan" not in {node["Node Type"] for node in nodes_of(plan)}
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= PAGE_BLOCKS


def test_a_prompt_reads_only_the_newest_messages(db: None, rows: None) -> None:
    page, plan = plan_of(lambda: next(prompt_messages(number("thread", 7))))
    assert [page[0].id, page[-1].id] == [number("msg", THREAD_ROWS), number("msg", 99_901)]
    check_bounded(plan, 100, above=["Sort", "Subquery Scan", "Subquery Scan"])
