"""Vector stores through the SDK: every method and helper, and what is refused."""

import pytest
from openai import OpenAI

pytestmark = pytest.mark.usefixtures("indexer")

FACTS = {
    "whales.md": "# Whales\n\nThe blue whale is the largest animal that has ever lived.",
    "bridges.txt": "The Forth Bridge was opened in March 1890 and is painted red.",
    "bread.html": "<h1>Bread</h1><p>Sourdough rises with wild yeast and bacteria.</p>",
}


def upload(client: OpenAI, name: str, text: str) -> str:
    return client.files.create(file=(name, text.encode()), purpose="assistants").id


def test_a_store_is_made_filled_and_searched(client: OpenAI) -> None:
    store = client.vector_stores.create(name="Facts", metadata={"a": "b"})
    assert (store.name, store.status, store.metadata) == ("Facts", "completed", {"a": "b"})
    for name, text in FACTS.items():
        row = client.vector_stores.files.create_and_poll(
            upload(client, name, text), vector_store_id=store.id, poll_interval_ms=50
        )
        assert (row.status, row.last_error) == ("completed", None)
        assert row.usage_bytes > len(text)
    page = client.vector_stores.search(store.id, query="Which animal is the biggest?")
    best = page.data[0]
    assert best.filename == "whales.md"
    assert "blue whale" in best.content[0].text
    assert 0 < best.score <= 1
    store = client.vector_stores.retrieve(store.id)
    assert (store.file_counts.completed, store.file_counts.total) == (3, 3)
    assert client.vector_stores.delete(store.id).deleted
