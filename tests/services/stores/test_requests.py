"""Vector stores: indexing, leases, counts, expiry and deletion."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assistants_app import conf
from assistants_app.dispatch import INDEX_WAKE_UPS
from assistants_app.domain import index_status
from assistants_app.domain.errors import InvalidRequest
from assistants_app.engine import indexing as engine
from assistants_app.engine.recovery import sweep_stores
from assistants_app.events.indexing import note_progress, progress_of
from assistants_app.models import Chunk, File, VectorStore, VectorStoreFile
from assistants_app.queries.stores.stores import counts_of_stores, file_text
from assistants_app.services.files import requests as files
from assistants_app.services.stores import indexing
from assistants_app.services.stores import requests as vector_stores
from assistants_app.wire.stores.stores import (
    FileBatchCreateParams,
    StoreFileCreateParams,
    VectorStoreModifyParams,
)
from assistants_app.wire.validation import parse
from tests.cast import Cast, make_file
from tests.services.stores.indexed import SMALL, TEXT, ask, index_all, make_store


def test_each_file_is_claimed_once_and_urgent_files_first(cast: Cast) -> None:
    store = make_store(cast)
    order: list[str] = []
    for priority in (index_status.BULK, index_status.ORDINARY, index_status.URGENT):
        file = make_file(cast.project, TEXT, filename="a.txt")
        row = VectorStoreFile.objects.create(store=store, file=file, priority=priority)
        order.insert(0, row.pk)
    claimed = [indexing.claim_file(owner=f"owner {number}") for number in range(4)]
    assert [row and row.pk for row in claimed] == [*order, None]


def test_a_task_indexes_several_files_and_sends_another_for_the_rest(
    cast: Cast, no_broker: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(cast, TEXT, b"Bread rises.", b"Whales sing.")
    no_broker.clear()
    monkeypatch.setattr(engine, "TASK_SECONDS", 0.0)
    engine.index_files()
    assert (counts_of_stores([store.id])[store.id].completed, no_broker) == (1, [1])
    monkeypatch.setattr(engine, "TASK_SECONDS", 60.0)
    engine.index_files()
    assert (counts_of_stores([store.id])[store.id].completed, no_broker) == (3, [1])


def test_the_indexer_says_how_many_chunks_of_a_file_are_done(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(cast, TEXT * 60, chunking_strategy=SMALL)
    row = VectorStoreFile.objects.get(store=store)
    said: list[tuple[int, int]] = []

    def note(row_id: str, done: int, total: int) -> None:
        note_progress(row_id, done, total)
        said.append(progress_of([row_id, "vsf_other"])[row_id])

    monkeypatch.setattr(engine, "note_progress", note)
    monkeypatch.setattr(engine, "EMBEDDED_AT_ONCE", 2)
    assert index_all() == 1
    row.refresh_from_db()
    total = row.chunk_count
    assert total > 2
    assert said == [(0, 0), *((done, total) for done in range(0, total, 2))]
    assert progress_of([row.pk]) == {}


def test_counts_and_bytes_are_sums_over_the_files(cast: Cast) -> None:
    store = make_store(cast, TEXT, b"\x00\x01", b"   ", b"Bread rises.")
    assert index_all() == 4
    counts = counts_of_stores([store.id])[store.id]
    assert (counts.completed, counts.failed, counts.total) == (2, 2, 4)
    stored = Chunk.objects.filter(store_id=store.id)
    size = sum(len(chunk.text.encode()) + 4 * 384 for chunk in stored)
    assert counts.usage_bytes == size
    row = VectorStoreFile.objects.filter(store=store, status="completed").first()
    assert row
    vector_stores.detach_file(project=cast.project, store_id=store.id, file_id=row.file_id)
    counts = counts_of_stores([store.id])[store.id]
    assert (counts.total, counts.usage_bytes) == (3, size - row.usage_bytes)


def test_the_text_of_a_file_is_complete_with_any_number_of_chunks(cast: Cast) -> None:
    text = " ".join(f"Sentence {number} is this." for number in range(200))
    store = make_store(cast, text.encode(), chunking_strategy=SMALL)
    index_all()
    [row] = VectorStoreFile.objects.filter(store=store)
    assert row.chunk_count > 5
    assert file_text(row).split() == text.split()
    assert [file_text(row, start=at, end=at + 60).split() for at in (0, 1000, 3000)] == [
        text[at : at + 60].split() for at in (0, 1000, 3000)
    ]


def test_a_file_fails_after_too_many_lost_indexers(cast: Cast) -> None:
    store = make_store(cast, TEXT)
    for number in range(conf.INDEX_ATTEMPTS):
        row = indexing.claim_file(owner=str(number))
        assert row
        assert indexing.claim_file(owner="another") is None
        VectorStoreFile.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert indexing.claim_file(owner="last") is None
    [row] = VectorStoreFile.objects.filter(store=store)
    assert (row.status, row.pending) == ("failed", False)
    assert row.last_error["code"] == "server_error"


def test_an_indexer_that_lost_its_file_writes_nothing(cast: Cast) -> None:
    make_store(cast, TEXT)
    row = indexing.claim_file(owner="slow")
    assert row
    nothing = indexing.Indexed([], [], "m")
    VectorStoreFile.objects.update(lease_owner="quick")
    assert not indexing.renew_lease(row_id=row.pk, owner="slow")
    assert not indexing.complete_file(row_id=row.pk, owner="slow", indexed=nothing)
    row.delete()
    assert not indexing.complete_file(row_id=row.pk, owner="quick", indexed=nothing)


def test_a_file_waits_for_an_unavailable_embedding_model(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(cast, TEXT)
    VectorStore.objects.update(embedding_model="text-embedding-none")
    monkeypatch.setattr(conf, "INDEX_RETRY_SECONDS", 0.0)
    assert index_all() == conf.INDEX_ATTEMPTS
    [row] = VectorStoreFile.objects.filter(store=store)
    assert row.status == "failed"
    assert "EMBEDDING_BASE_URL" in row.last_error["message"]


def test_a_large_batch_wakes_few_indexers(
    cast: Cast, no_broker: list[int], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    store = make_store(cast)
    ids = [
        File.objects.create(project=cast.project, filename=f"{number}.txt", bytes=1).id
        for number in range(600)
    ]
    with django_capture_on_commit_callbacks(execute=True):
        vector_stores.create_batch(
            project=cast.project,
            store_id=store.id,
            params=FileBatchCreateParams(file_ids=ids),
        )
    assert len(no_broker) == INDEX_WAKE_UPS
    no_broker.clear()
    sweep_stores()
    assert len(no_broker) == INDEX_WAKE_UPS


def test_a_file_is_found_while_it_is_indexed_again(cast: Cast) -> None:
    store = make_store(cast, TEXT)
    index_all()
    [row] = VectorStoreFile.objects.filter(store=store)
    again = parse(StoreFileCreateParams, {"file_id": row.file_id, "chunking_strategy": SMALL})
    row = vector_stores.attach_file(project=cast.project, store_id=store.id, params=again)
    assert (row.status, row.max_chunk_tokens) == ("in_progress", 100)
    assert ask(store) == [TEXT.decode()]
    claimed = indexing.claim_file(owner="reader")
    assert claimed
    assert ask(store) == [TEXT.decode()]
    VectorStoreFile.objects.update(lease_expires_at=None)
    index_all()
    assert ask(store) == [TEXT.decode()]
    same = parse(StoreFileCreateParams, {"file_id": row.file_id, "attributes": {"a": 1}})
    row = vector_stores.attach_file(project=cast.project, store_id=store.id, params=same)
    assert (row.status, row.attributes) == ("completed", {"a": 1})


def test_stores_expire_after_their_last_use(cast: Cast) -> None:
    store = make_store(cast, TEXT, expires_after={"anchor": "last_active_at", "days": 2})
    index_all()
    past = timezone.now() - timedelta(days=1)
    VectorStore.objects.update(last_active_at=past, expires_at=past + timedelta(days=2))
    assert ask(store)
    store.refresh_from_db()
    assert store.expires_at
    assert store.expires_at - store.last_active_at == timedelta(days=2)
    assert timezone.now() - store.last_active_at < timedelta(minutes=1)
    VectorStore.objects.update(expires_at=past)
    sweep_stores()
    store.refresh_from_db()
    assert (store.emptied, Chunk.objects.count()) == (True, 0)
    assert VectorStoreFile.objects.filter(store=store).count() == 1
    file = make_file(cast.project, TEXT)
    with pytest.raises(InvalidRequest, match="has expired"):
        vector_stores.attach_file(
            project=cast.project, store_id=store.id, params=StoreFileCreateParams(file_id=file.id)
        )
    kept = vector_stores.update_store(
        project=cast.project,
        store_id=store.id,
        params=parse(VectorStoreModifyParams, {"name": "Late", "expires_after": None}),
    )
    assert (kept.name, kept.expires_at) == ("Late", past)


def test_a_deleted_file_leaves_no_chunks(cast: Cast) -> None:
    store = make_store(cast, TEXT)
    index_all()
    [row] = VectorStoreFile.objects.filter(store=store)
    files.delete_file(project=cast.project, file_id=row.file_id)
    assert (Chunk.objects.count(), store.files.count()) == (0, 0)
    store = make_store(cast, TEXT)
    File.objects.update(expires_at=timezone.now())
    index_all()
    files.delete_expired_files(limit=10)
    assert (Chunk.objects.count(), VectorStoreFile.objects.count()) == (0, 0)
