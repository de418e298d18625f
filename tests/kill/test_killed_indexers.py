"""Every file of a vector store is indexed or fails with a reason, whatever process is killed."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite, wait_until
from tests.sdk.clients import sync_client

TAKE_OVER_SECONDS = 40.0  # for a lease, a sweep and the start of a process


@pytest.fixture(scope="module")
def mortal_site(the_provider: ScriptedProvider) -> Iterator[LiveSite]:
    """A site whose indexers may be killed, with embeddings from the scripted provider."""
    environment = {
        "OPENAI_BASE_URL": the_provider.base_url,
        "OPENAI_API_KEY": "k",
        "EMBEDDING_MODEL": "scripted-1",
    }
    site = LiveSite("mortal_indexers", environment)
    try:
        yield site.start(workers=0)
    finally:
        site.stop()


@pytest.fixture
def mortal(mortal_site: LiveSite, provider: ScriptedProvider) -> Iterator[OpenAI]:
    client, _ = sync_client(mortal_site.base_url, API_KEY)
    with client:
        yield client


def kill_indexers(site: LiveSite) -> None:
    for indexer in site.indexers:
        indexer.send_signal(signal.SIGKILL)
        indexer.wait()
    site.indexers.clear()


def batch_of(client: OpenAI, count: int) -> tuple[str, str]:
    """Create a store and a batch of `count` files in it, and return their ids."""
    store = client.vector_stores.create().id
    ids = [
        client.files.create(file=(f"{number}.txt", b"x" * (number + 1)), purpose="assistants").id
        for number in range(count)
    ]
    return store, client.vector_stores.file_batches.create(store, file_ids=ids).id


def counts(client: OpenAI, store: str) -> Any:
    return client.vector_stores.retrieve(store).file_counts


def test_files_of_a_killed_indexer_are_taken_over(
    mortal_site: LiveSite, mortal: OpenAI, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(hang="headers"))
    mortal_site.start_indexer(concurrency=1)
    store, _ = batch_of(mortal, 6)
    provider.wait_held()
    kill_indexers(mortal_site)
    assert counts(mortal, store).in_progress == 6
    mortal_site.start_indexer(concurrency=1)
    wait_until(lambda: counts(mortal, store).completed == 6, seconds=TAKE_OVER_SECONDS)
    asked = [request.body["input"] for request in provider.history]
    # Only the file that was being indexed is read twice.
    assert sorted(map(tuple, asked))[:2] == [("x",), ("x",)]
    assert len(asked) == 7
    kill_indexers(mortal_site)


def test_a_batch_is_cancelled_while_an_indexer_works(
    mortal_site: LiveSite, mortal: OpenAI, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(hang="headers"))
    mortal_site.start_indexer(concurrency=1)
    store, batch = batch_of(mortal, 3)
    provider.wait_held()
    cancelled = mortal.vector_stores.file_batches.cancel(batch, vector_store_id=store)
    assert (cancelled.status, cancelled.file_counts.cancelled) == ("cancelled", 3)
    kill_indexers(mortal_site)
    mortal_site.start_indexer(concurrency=1)
    store, _ = batch_of(mortal, 1)
    wait_until(lambda: counts(mortal, store).completed == 1, seconds=TAKE_OVER_SECONDS)
    row = mortal.vector_stores.file_batches.list_files(
        batch, vector_store_id=cancelled.vector_store_id
    )
    assert {item.status for item in row} == {"cancelled"}
    kill_indexers(mortal_site)


def test_a_batch_with_more_files_than_tasks_is_indexed_completely(
    mortal_site: LiveSite, mortal: OpenAI
) -> None:
    store, _ = batch_of(mortal, 30)
    mortal_site.start_indexer(concurrency=2)
    wait_until(lambda: counts(mortal, store).completed == 30, seconds=2 * TAKE_OVER_SECONDS)
    # The scripted vectors depend on the length of the text, so a query of three letters is closest
    # to the file with three.
    [best] = mortal.vector_stores.search(store, query="yyy", max_num_results=1).data
    assert best.filename == "2.txt"
    kill_indexers(mortal_site)
