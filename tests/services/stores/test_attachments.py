"""Files of messages are attached to the thread's store, which its runs search."""

import pytest
from django.utils import timezone

from assistants_app.domain.errors import NotFound, RunFailure
from assistants_app.models import VectorStore
from assistants_app.providers.chat import StopSignal
from assistants_app.services.runs import search as run_search
from assistants_app.services.stores import requests as vector_stores
from assistants_app.services.threads.messages import create_message
from assistants_app.services.threads.requests import create_thread
from assistants_app.wire.stores.stores import FileBatchCreateParams
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.threads.threads import ThreadCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, make_file, make_run
from tests.services.stores.indexed import TEXT, index_all, make_store


def attached(cast: Cast, text: bytes) -> MessageCreateParams:
    file = make_file(cast.project, text, filename="a.txt")
    attachment = {"file_id": file.id, "tools": [{"type": "file_search"}]}
    return parse(
        MessageCreateParams, {"role": "user", "content": "Look.", "attachments": [attachment]}
    )


def test_a_run_searches_its_assistants_and_its_threads_stores(cast: Cast) -> None:
    store = make_store(cast, b"Bread rises with wild yeast.")
    new = ThreadCreateParams(messages=[attached(cast, TEXT)])
    thread = create_thread(project=cast.project, params=new)
    resources = {"file_search": {"vector_store_ids": [store.id]}}
    options = {"max_num_results": 1}
    run = make_run(
        cast.project,
        thread,
        cast.assistant,
        tool_resources=resources,
        tools=[{"type": "file_search", "file_search": options}],
    )
    assert not run_search.wait_for_stores(run, StopSignal(), patience=0.1)
    index_all()
    assert run_search.wait_for_stores(run, StopSignal(), patience=0.1)
    [hit] = run_search.search_for_run(run, "largest animal", StopSignal())
    assert (hit.text, hit.filename, hit.start, hit.end) == (TEXT.decode(), "a.txt", 0, len(TEXT))
    [hit] = run_search.search_for_run(run, "yeast", StopSignal())
    assert hit.store_id == store.id
    assert hit.score > 0
    VectorStore.objects.update(expires_at=timezone.now())
    with pytest.raises(RunFailure, match="has expired"):
        run_search.search_for_run(run, "yeast", StopSignal())


def test_a_thread_gets_a_new_store_if_its_store_has_expired(cast: Cast) -> None:
    def create() -> None:
        params = attached(cast, TEXT)
        create_message(project=cast.project, thread_id=cast.thread.id, params=params)

    create()
    VectorStore.objects.update(expires_at=timezone.now())
    create()
    assert VectorStore.objects.exclude(pk=cast.store.pk).count() == 2
    create()
    assert VectorStore.objects.exclude(pk=cast.store.pk).count() == 2


def test_a_batch_with_a_missing_file_attaches_nothing(cast: Cast) -> None:
    store = make_store(cast)
    ids = [make_file(cast.project).id, "file-x"]
    with pytest.raises(NotFound, match="file-x"):
        vector_stores.create_batch(
            project=cast.project, store_id=store.id, params=FileBatchCreateParams(file_ids=ids)
        )
    assert store.files.count() == 0
