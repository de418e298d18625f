"""A live site with an indexer, and an assistant with a small library."""

import pytest
from openai import OpenAI
from openai.types.beta import Assistant

from tests.browser.stores.library import HARBOUR, SOUP
from tests.conftest import MODEL
from tests.live import LiveSite
from tests.sdk.steps import upload


@pytest.fixture(scope="session", autouse=True)
def indexer(site: LiveSite) -> None:
    """The site's indexer."""
    if not site.indexers:
        site.start_indexer()


@pytest.fixture
def librarian(client: OpenAI) -> Assistant:
    """An assistant with a store of two files."""
    store = client.vector_stores.create(name="Library")
    client.vector_stores.file_batches.create_and_poll(
        vector_store_id=store.id,
        file_ids=[upload(client, "harbour.md", HARBOUR), upload(client, "soup.md", SOUP)],
        poll_interval_ms=50,
    )
    return client.beta.assistants.create(
        model=MODEL,
        name="Librarian",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
