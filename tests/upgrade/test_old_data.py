"""A data folder made by commit 7ba65aa migrates, keeps every row, and works.

`rows_7ba65aa.copy` has the rows of a site of that commit, in the format of PostgreSQL's COPY: an
assistant with two versions, a thread with a function call, and a thread with a file search.
"""

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from openai import OpenAI
from playwright.sync_api import Browser
from psycopg import sql

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite
from tests.sdk.clients import sync_client

ROWS = Path(__file__).with_name("rows_7ba65aa.copy")
PATIENCE = 60.0
NEWEST_MIGRATION = "0015_reasoning_of_runs"  # of commit 7ba65aa


FIND_THREADS = """
from assistants_app.domain.lists import PageParams, ThreadFilter
from assistants_app.models import Project
from assistants_app.queries.threads.threads import list_threads
for words in ("sunny", '"sunny in Oslo"', "harbour"):
    found = list_threads(Project.objects.get(), PageParams(), ThreadFilter(text=words))
    print(words, len(found.items))
"""


def tables() -> Iterator[tuple[str, str, str]]:
    """Yield each table's name, COPY statement and rows."""
    text = ROWS.read_text(encoding="utf-8")
    copies = re.findall(r"^(COPY [^\n]+ FROM STDIN)\n(.*?)^\\\.\n", text, re.MULTILINE | re.DOTALL)
    for statement, rows in copies:
        yield statement.split('"')[1], statement, rows


class UpgradedSite(LiveSite):
    """A site over the rows of the old commit, migrated to the present state."""

    counts: dict[str, int]
    search_index: str  # what the command says after the migration, before a worker runs
    found: str  # how many threads are found then

    def _create_database(self) -> None:
        super()._create_database()  # also collects the static files
        self._empty_database()
        self._manage("migrate", "auth", "-v", "0")
        self._manage("migrate", "assistants", NEWEST_MIGRATION, "-v", "0")
        with psycopg.connect(self.database_url) as connection:
            for _, statement, rows in tables():
                with connection.cursor().copy(statement) as copy:
                    copy.write(rows)
        self._manage("migrate", "-v", "0")
        self.counts = self._count_rows()
        self.search_index = self._manage("search_index")
        self.found = self._manage("shell", "-v", "0", "-c", FIND_THREADS)

    def _empty_database(self) -> None:
        name = sql.Identifier(self.name)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))

    def _count_rows(self) -> dict[str, int]:
        with psycopg.connect(self.database_url) as connection:
            counts = {}
            for table, _, _ in tables():
                query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
                row = connection.execute(query).fetchone()
                assert row is not None
                counts[table] = row[0]
            return counts


@pytest.fixture(scope="module")
def upgraded(the_provider: ScriptedProvider) -> Iterator[UpgradedSite]:
    site = UpgradedSite(
        "upgraded", {"OPENAI_BASE_URL": the_provider.base_url, "OPENAI_API_KEY": "provider-key"}
    )
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.fixture
def old_client(upgraded: UpgradedSite) -> Iterator[OpenAI]:
    """The SDK, with the key that the old site gave out."""
    client, _ = sync_client(upgraded.base_url, API_KEY)
    with client:
        yield client


def test_every_row_is_kept(upgraded: UpgradedSite) -> None:
    assert upgraded.counts == {table: rows.count("\n") for table, _, rows in tables()}
    assert upgraded.counts["message"] == 4


def test_the_people_of_the_old_site_are_owners(upgraded: UpgradedSite) -> None:
    with psycopg.connect(upgraded.database_url) as connection:
        assert connection.execute("SELECT role FROM membership").fetchall() == [("owner",)]
        assert connection.execute("SELECT username FROM auth_user").fetchall() == [("owner",)]


def test_the_old_key_is_a_service_key_with_all_rights(
    upgraded: UpgradedSite, old_client: OpenAI
) -> None:
    with psycopg.connect(upgraded.database_url) as connection:
        keys = connection.execute("SELECT user_id, scope, expires_at FROM api_key").fetchall()
    assert keys == [(None, "all", None)]
    # A write. Not of an assistant: the copied rows of its versions haven't moved their sequence.
    made = old_client.beta.threads.create()
    old_client.beta.threads.delete(made.id)


def test_the_old_key_reads_everything(old_client: OpenAI) -> None:
    [assistant] = old_client.beta.assistants.list().data
    assert (assistant.name, assistant.instructions) == ("Harbour guide", "Be brief and exact.")
    [store] = old_client.vector_stores.list().data
    assert store.file_counts.completed == 1
    [hit] = old_client.vector_stores.search(store.id, query="Who built the harbour?").data
    assert "Ada Quux" in hit.content[0].text


def test_what_the_old_key_made_came_over_the_api(upgraded: UpgradedSite) -> None:
    with psycopg.connect(upgraded.database_url) as connection:
        for table in ("thread", "run"):
            query = sql.SQL("SELECT DISTINCT origin FROM {}").format(sql.Identifier(table))
            assert connection.execute(query).fetchall() == [("api",)]


def test_old_threads_are_found_before_the_search_index_is_updated(upgraded: UpgradedSite) -> None:
    assert upgraded.search_index == "chunk: 0 %\nmessage: 0 %\n"
    assert upgraded.found.splitlines() == ["sunny 1", '"sunny in Oslo" 1', "harbour 1"]


def test_the_workers_update_the_search_index(upgraded: UpgradedSite, old_client: OpenAI) -> None:
    ends = time.monotonic() + PATIENCE
    with psycopg.connect(upgraded.database_url, autocommit=True) as connection:
        while connection.execute("SELECT FROM words_state WHERE version = 0").fetchone():
            assert time.monotonic() < ends, "the search index is still old"
            threading.Event().wait(0.1)
        assert not connection.execute("SELECT FROM message WHERE words IS NULL").fetchone()
        old = connection.execute("SELECT FROM pg_class WHERE relname = 'message_words_before'")
        assert not old.fetchone()
    [store] = old_client.vector_stores.list().data
    [hit] = old_client.vector_stores.search(store.id, query="Who built the harbour?").data
    assert "Ada Quux" in hit.content[0].text


def test_an_old_thread_goes_on(
    upgraded: UpgradedSite, old_client: OpenAI, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply("Still sunny."))
    [assistant] = old_client.beta.assistants.list().data
    thread_id = thread_with(upgraded, "sunny")
    run = old_client.beta.threads.runs.create_and_poll(
        thread_id=thread_id, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.status == "completed", run.last_error
    # The model still sees what it called before the upgrade, and the output that it was given.
    sent = str(provider.completions[-1]["messages"])
    assert "get_weather" in sent
    assert "It is **sunny** in Oslo." in sent


def test_old_threads_open_and_are_found_on_the_page(
    upgraded: UpgradedSite, browser: Browser
) -> None:
    context = browser.new_context()
    try:
        page = context.new_page()
        upgraded.sign_in(page)
        page.goto(f"{upgraded.url}/p/{upgraded.project_id}/threads/?q=sunny")
        page.get_by_role("link", name="Weather in Oslo").first.click()
        page.get_by_text("It is sunny in Oslo.").first.wait_for()
    finally:
        context.close()


def thread_with(site: UpgradedSite, words: str) -> str:
    """Return the id of the old thread that has these words."""
    with psycopg.connect(site.database_url) as connection:
        row = connection.execute(
            "SELECT thread_id FROM message WHERE content::text LIKE %s ORDER BY id LIMIT 1",
            [f"%{words}%"],
        ).fetchone()
    assert row is not None
    return str(row[0])
