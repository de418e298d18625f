"""A deletion of a project goes on after the worker that carries it out is killed."""

import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.fakes.provider import ScriptedProvider
from tests.live import LiveSite, wait_until
from tests.web.many_rows import FILL

SECONDS = 60.0  # for 10,000 threads, a kill included
FEWER = 8_000  # messages
ENTRIES = """
INSERT INTO audit_entry (id, project_id, created_at, actor, actor_name, verb, target_type,
    target_id, target_name, details, address)
    SELECT 'audit_9' || lpad(n::text, 20, '0'), %(project)s, now(), '', '', 'export', 'thread', '',
        '', '{}', ''
    FROM generate_series(1, 50000) n;
"""
DELETE = """
from assistants_app.models import Project
from assistants_app.services.project.deletion import delete_project
project = Project.objects.get()
delete_project(project=project, name=project.name)
"""


@pytest.fixture
def full_site(the_provider: ScriptedProvider) -> Iterator[LiveSite]:
    """A site without a worker, whose project has 10,000 threads."""
    site = LiveSite(
        "full_project", {"OPENAI_BASE_URL": the_provider.base_url, "OPENAI_API_KEY": "k"}
    )
    try:
        site.start(workers=0)
        with psycopg.connect(site.database_url) as connection:
            for statements in (FILL, ENTRIES):
                cursor = psycopg.ClientCursor(connection)
                cursor.execute(statements, {"project": site.project_id})
        yield site
    finally:
        site.stop()


def count(site: LiveSite, table: str) -> int:
    with psycopg.connect(site.database_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])


def test_a_killed_deletion_goes_on(full_site: LiveSite) -> None:
    full_site._manage("shell", "-v", "0", "-c", DELETE)
    began = time.monotonic()
    worker = full_site.start_worker()
    wait_until(lambda: count(full_site, "message") <= FEWER, seconds=SECONDS)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert count(full_site, "project_deletion") == 1
    full_site.start_worker()
    wait_until(lambda: count(full_site, "project_deletion") == 0, seconds=SECONDS)
    assert time.monotonic() - began < SECONDS
    for table in ("project", "thread", "message", "run", "assistant", "file"):
        assert count(full_site, table) == 0, table
    assert count(full_site, "audit_entry") == 1
