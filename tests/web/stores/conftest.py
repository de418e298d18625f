"""A vector store of alice's."""

import pytest

from assistants_app.models import Assistant, Chunk, Thread, VectorStore, VectorStoreFile
from tests.cast import Cast


@pytest.fixture
def store(cast: Cast) -> VectorStore:
    """A store with one file of one chunk, which alice's assistant and thread use."""
    store = VectorStore.objects.create(project=cast.project, name="Secret <b>", embedding_model="m")
    row = VectorStoreFile.objects.create(
        store=store, file=cast.file, status="completed", chunk_count=1, pending=False
    )
    Chunk.objects.create(
        store_id=store.id,
        store_file=row,
        index=0,
        text="Secret passage",
        start=3,
        end=17,
        tokens=77,
        page=2,
        heading="Part <1>",
        embedding=[1.0, 0.0],
    )
    resources = {"file_search": {"vector_store_ids": [store.id]}}
    Assistant.objects.filter(pk=cast.assistant.id).update(
        tools=[{"type": "file_search"}], tool_resources=resources
    )
    Thread.objects.filter(pk=cast.thread.id).update(tool_resources=resources)
    return store
