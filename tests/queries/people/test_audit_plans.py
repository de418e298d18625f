"""A million entries of the audit are filtered and paged as fast as a hundred."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from assistants_app.domain.lists import PageParams
from assistants_app.models import AuditEntry, Project
from assistants_app.queries.people.audit import (
    AuditFilter,
    actors_in_audit,
    each_entry,
    list_entries,
    verbs_in_audit,
)
from tests.queries.plans import nodes_of

ROWS = 1_000_000
LIMIT = 50
# Blocks besides one for each row: the levels of an index, and of the primary key's.
BLOCKS = 60
# A tenth of the acts are those of 49 people and a few keys; the rest are by one person. Only that
# person never did what 5,000 entries are about.
FILL = f"""
INSERT INTO project (id, name, created_at) VALUES ('proj_big', 'big', now());
INSERT INTO audit_entry (id, project_id, created_at, actor, actor_name, verb, target_type,
    target_id, target_name, details, address)
    SELECT 'audit_8E' || lpad(n::text, 22, '0'), 'proj_big', now(),
        CASE WHEN n % 10 = 0 THEN 'user:' || n / 10 % 50 + 2 ELSE 'user:1' END, 'Somebody',
        CASE WHEN n % 200 = 0 THEN 'revoke_api_key' ELSE 'verb_' || n % 20 END, 'thread',
        'thread_' || lpad((n / 4)::text, 24, '0'), 'Thread ' || n / 4, '{{}}', '192.0.2.1'
    FROM generate_series(1, {ROWS}) n;
ANALYZE audit_entry;
"""
EMPTY = "TRUNCATE project CASCADE; TRUNCATE audit_entry"
BIG = Project(id="proj_big")


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"{EMPTY}; {FILL}")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(EMPTY)


def blocks_of(read: Callable[[], Any]) -> tuple[Any, int, list[str]]:
    """Return what `read` finds, and the blocks and nodes of its only query."""
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
    plan = plans[0]["Plan"]
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return found, blocks, [node["Node Type"] for node in nodes_of(plan)]


FILTERS = {
    "all": (AuditFilter(), LIMIT),
    "busy person": (AuditFilter(actor="user:1"), LIMIT),
    "other person": (AuditFilter(actor="user:7"), LIMIT),
    "nobody": (AuditFilter(actor="user:999"), 0),
    "verb": (AuditFilter(verb="verb_3"), LIMIT),
    "rare verb": (AuditFilter(verb="revoke_api_key"), LIMIT),
    "what the busy person never did": (AuditFilter("user:1", "revoke_api_key"), 0),
    "target": (AuditFilter(target=f"thread_{7:024}"), 4),
    "name": (AuditFilter(target="Thread 7"), 4),
    "target of another verb": (AuditFilter(verb="verb_1", target="Thread 7"), 0),
    "days": (AuditFilter(since=datetime(2026, 1, 1, tzinfo=UTC)), LIMIT),
    "later days": (AuditFilter(since=datetime(2390, 1, 1, tzinfo=UTC)), 0),
}


@pytest.mark.parametrize("side", ["first", "after", "before"])
@pytest.mark.parametrize("name", FILTERS)
def test_a_page_reads_only_its_own_rows(db: None, rows: None, name: str, side: str) -> None:
    narrow, count = FILTERS[name]
    middle = {} if side == "first" else {side: f"audit_8E{ROWS // 2:022}"}
    page = PageParams(limit=LIMIT, **middle)
    found, blocks, nodes = blocks_of(lambda: list_entries(BIG, narrow, page))
    if side == "first":
        assert len(found.items) == count
    assert "Seq Scan" not in nodes
    assert blocks <= LIMIT + BLOCKS, nodes


def test_the_choices_of_the_filters_are_found_in_the_index(db: None, rows: None) -> None:
    found, blocks, _ = blocks_of(lambda: verbs_in_audit(BIG))
    assert len(found) == 21
    assert blocks <= 21 * 8
    found, blocks, _ = blocks_of(lambda: actors_in_audit(BIG))
    assert len(found) == 51
    assert found["user:1"] == "Somebody"
    assert blocks <= 51 * 12


def test_all_entries_are_exported_once(db: None, rows: None) -> None:
    entries = each_entry(BIG, AuditFilter(verb="revoke_api_key"))
    ids = [entry.pk for entry in entries]
    assert len(ids) == len(set(ids)) == ROWS // 200
    assert ids == sorted(ids, reverse=True)
    assert AuditEntry.objects.count() == ROWS
