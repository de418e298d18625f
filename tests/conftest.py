"""Fixtures that tests share: a scripted provider, a live site, and the SDK's clients."""

import shutil
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

# First, or programs that import this file outside of pytest meet a circle within Django.
from django.db import models  # noqa: F401
from django.db.backends.postgresql.operations import DatabaseOperations
from openai import AsyncOpenAI, OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Browser, sync_playwright

from tests.fakes.provider import ScriptedProvider
from tests.live import API_KEY, LiveSite
from tests.sdk.clients import async_client, sync_client

pytest_plugins = ["tests.cast", "tests.contract.plugin"]

MODEL = "scripted-1"
BROWSERS = ("chromium", "google-chrome", "chromium-browser")
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Bytes of a table from which on TRUNCATE is faster than DELETE.
LARGE_TABLE = 2_000_000
_truncate = DatabaseOperations.sql_flush


def chromium() -> str:
    """Return the path of the machine's own Chromium, which `make test` installs."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert program, "The browser tests need Chromium: apt install chromium"
    return program


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with browser tests last."""
    # Playwright keeps an event loop running in this thread, so asyncio tests can't start their own.
    last = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path in last)


@pytest.fixture(autouse=True, scope="session")
def quick_flush() -> Iterator[None]:
    """Empty only what a test with transactions has filled, which is nine times as fast."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _delete)
        # It would insert the content types and permissions again, which nothing uses.
        name = "django.core.management.commands.flush.emit_post_migrate_signal"
        patch.setattr(name, lambda *args, **kwargs: None)
        yield


def _delete(
    operations: DatabaseOperations, style: Any, tables: list[str], **options: bool
) -> list[str]:
    """Return the statements that empty these tables, in a transaction."""
    sizes = " UNION ALL ".join(
        f"SELECT '{table}', pg_relation_size('{table}') WHERE EXISTS (SELECT FROM {table})"
        for table in tables
    )
    with operations.connection.cursor() as cursor:
        cursor.execute(sizes)
        filled = dict(cursor.fetchall())
    if max(filled.values(), default=0) > LARGE_TABLE:
        return _truncate(operations, style, tables, **options)
    # Without foreign keys, any order of the tables works.
    unchecked = "SET LOCAL session_replication_role = replica"
    return [unchecked, *(f"DELETE FROM {table}" for table in filled)]


@pytest.fixture(scope="session")
def the_provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as provider:
        yield provider


@pytest.fixture
def provider(the_provider: ScriptedProvider) -> ScriptedProvider:
    """The scripted provider, without the script and history of earlier tests."""
    the_provider.reset()
    return the_provider


@pytest.fixture(scope="session")
def site(the_provider: ScriptedProvider) -> Iterator[LiveSite]:
    """A running site, whose models are those of the scripted provider."""
    site = LiveSite(
        "live", {"OPENAI_BASE_URL": the_provider.base_url, "OPENAI_API_KEY": "provider-key"}
    )
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.fixture(scope="session")
def indexer(site: LiveSite) -> None:
    """Make the live site index files."""
    if not site.indexers:
        site.start_indexer()


@pytest.fixture
def client(site: LiveSite, provider: ScriptedProvider) -> Iterator[OpenAI]:
    """The SDK's client, which checks each response against the vendor's OpenAPI document."""
    client, _ = sync_client(site.base_url, API_KEY)
    with client:
        yield client


@pytest.fixture
async def aclient(site: LiveSite, provider: ScriptedProvider) -> AsyncIterator[AsyncOpenAI]:
    """The SDK's asynchronous client, with the same checks."""
    client, _ = async_client(site.base_url, API_KEY)
    async with client:
        yield client


@pytest.fixture
def assistant(client: OpenAI) -> Assistant:
    """An assistant with one function."""
    return client.beta.assistants.create(
        model=MODEL,
        name="Math tutor",
        instructions="You are a personal math tutor.",
        tools=[
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "parameters": {
                        "type": "object",
                        "properties": {"location": {"type": "string"}},
                    },
                },
            }
        ],
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, headless."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=[*CHROMIUM_OPTIONS])
