"""Writes of indexers, re-indexing, and cleaning up expired stores.

A file's lease is in its row, like that of a run: only `lease_owner` may write, until
`lease_expires_at` by the database's clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.domain import index_status
from assistants_app.domain.embeddings import Vector
from assistants_app.models import Chunk, VectorStore, VectorStoreFile
from assistants_app.models.vector_stores import words_of_chunk
from assistants_app.queries.stores.waiting import Shares, Turns, next_waiting_file
from assistants_app.retrieval.chunk import Chunk as TextChunk
from assistants_app.services.publishing import dispatch_indexing_on_commit

INSERTED_AT_ONCE = 500  # chunks per COPY
FREE = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())


@dataclass(frozen=True, slots=True)
class Indexed:
    """A file's chunks and their vectors, all of the same embedding model."""

    chunks: list[TextChunk]
    vectors: list[Vector]
    model: str


@transaction.atomic(durable=True)
def claim_file(
    *, owner: str, turns: Turns | None = None, shares: Shares | None = None
) -> VectorStoreFile | None:
    """Claim the next file that waits or has lost its indexer. Return None without one.

    Projects take turns, and so do the stores of a project. `shares` are those of the free threads.
    Files that have lost too many indexers are marked as failed.
    """
    taken: list[str] = []
    turns, shares = turns or Turns(), shares or Shares()
    while row_id := next_waiting_file(turns, shares, without=taken):
        taken.append(row_id)
        # Indexers that claim at the same time get different files instead of waiting.
        free = VectorStoreFile.objects.filter(FREE, pk=row_id, pending=True)
        locked = free.select_for_update(skip_locked=True, no_key=True, of=("self",))
        row = locked.select_related("store", "file").first()
        if row is None:
            continue
        if row.attempts < conf.INDEX_ATTEMPTS:
            return _claimed(row, owner)
        # The file may be what kills its indexers.
        _give_up(
            row,
            error=(
                "server_error",
                f"The indexer stopped {row.attempts} times while it read this file.",
            ),
        )
    return None


def _claimed(row: VectorStoreFile, owner: str) -> VectorStoreFile:
    row.lease_owner, row.attempts = owner, row.attempts + 1
    VectorStoreFile.objects.filter(pk=row.pk).update(
        lease_owner=owner,
        attempts=row.attempts,
        lease_expires_at=_from_now(conf.INDEX_LEASE_SECONDS),
    )
    return row


def renew_lease(*, row_id: str, owner: str) -> bool:
    """Extend the lease. Return False if the file was cancelled, removed or taken over."""
    rows = VectorStoreFile.objects.filter(pk=row_id, lease_owner=owner, pending=True)
    return bool(rows.update(lease_expires_at=_from_now(conf.INDEX_LEASE_SECONDS)))


@transaction.atomic(durable=True)
def complete_file(*, row_id: str, owner: str, indexed: Indexed) -> bool:
    """Replace the file's chunks. Return False, without a change, if the lease was lost."""
    # In one transaction: a search never sees half a file, or old and new chunks side by side.
    row = _lock_claimed(row_id, owner)
    if row is None:
        return False
    Chunk.objects.filter(store_file=row).delete()
    size = _insert_chunks(row, indexed)
    row.chunk_count, row.usage_bytes = len(indexed.chunks), size
    row.embedding_model = indexed.model
    row.embedding_dimension = len(indexed.vectors[0]) if indexed.vectors else 0
    row.status, row.last_error = index_status.COMPLETED, None
    row.pending, row.attempts = False, 0
    row.lease_owner, row.lease_expires_at = "", None
    row.save()
    return True


@transaction.atomic(durable=True)
def fail_file(*, row_id: str, owner: str, code: str, message: str) -> None:
    """Mark the file as failed; `code` is one of the vendor's three."""
    row = _lock_claimed(row_id, owner)
    if row is not None:
        _give_up(row, error=(code, message))


@transaction.atomic(durable=True)
def put_off_file(*, row_id: str, owner: str, message: str) -> None:
    """Postpone the file after an error that isn't its own, such as an unavailable model.

    After `INDEX_ATTEMPTS` it fails with this message.
    """
    row = _lock_claimed(row_id, owner)
    if row is None:
        return
    if row.attempts >= conf.INDEX_ATTEMPTS:
        _give_up(row, error=("server_error", message))
        return
    # A lease without an owner: no indexer takes the file until it has expired.
    VectorStoreFile.objects.filter(pk=row.pk).update(
        lease_owner="", lease_expires_at=_from_now(conf.INDEX_RETRY_SECONDS * row.attempts)
    )


@transaction.atomic(durable=True)
def empty_expired_stores(*, limit: int) -> int:
    """Remove the chunks of up to `limit` expired stores. Return the number of stores.

    The stores keep their lists of files, so that a new store can be created from them.
    """
    overdue = VectorStore.objects.filter(emptied=False, expires_at__lte=Now())
    stores = list(overdue.select_for_update(skip_locked=True, no_key=True).order_by("pk")[:limit])
    ids = [store.pk for store in stores]
    rows = VectorStoreFile.objects.select_for_update(no_key=True).filter(store__in=ids)
    locked = [row.pk for row in rows.order_by("pk")]
    Chunk.objects.filter(store_file__in=locked).delete()
    files = VectorStoreFile.objects.filter(pk__in=locked)
    files.filter(status=index_status.IN_PROGRESS).update(status=index_status.CANCELLED)
    files.update(pending=False, lease_owner="", lease_expires_at=None, chunk_count=0, usage_bytes=0)
    VectorStore.objects.filter(pk__in=ids).update(emptied=True)
    return len(ids)


@transaction.atomic(durable=True)
def reindex_store(*, store_id: str, model: str, everything: bool = False) -> int:
    """Embed the store's files again with this model. Return the number of files.

    Searches use the old chunks until the new ones are there. Files that have chunks of this model
    already are left out, unless `everything` is set.
    """
    VectorStore.objects.filter(pk=store_id).update(embedding_model=model)
    # Also files that are being indexed: their indexers started with the previous model.
    again = (index_status.COMPLETED, index_status.IN_PROGRESS)
    rows = VectorStoreFile.objects.filter(store=store_id, status__in=again)
    if not everything:
        rows = rows.exclude(embedding_model=model, pending=False)
    locked = rows.select_for_update(no_key=True).order_by("pk")
    ids = list(locked.values_list("pk", flat=True))
    VectorStoreFile.objects.filter(pk__in=ids).update(
        pending=True,
        last_error=None,
        attempts=0,
        lease_owner="",
        lease_expires_at=None,
        priority=index_status.BACKGROUND,
    )
    dispatch_indexing_on_commit(len(ids))
    return len(ids)


def _from_now(seconds: float) -> Any:
    # By the database's clock, because those of indexers differ.
    return Now() + timedelta(seconds=seconds)


def _lock_claimed(row_id: str, owner: str) -> VectorStoreFile | None:
    rows = VectorStoreFile.objects.select_for_update(no_key=True)
    return rows.filter(pk=row_id, lease_owner=owner, pending=True).first()


def _give_up(row: VectorStoreFile, *, error: tuple[str, str]) -> None:
    row.pending, row.lease_owner, row.lease_expires_at = False, "", None
    row.last_error = {"code": error[0], "message": error[1]}
    # A file that was indexed before keeps its old chunks, and stays searchable.
    if row.status != index_status.COMPLETED:
        row.status = index_status.FAILED
    row.save()


def _insert_chunks(row: VectorStoreFile, indexed: Indexed) -> int:
    # Returns the bytes that the chunks take: their text, and four for each number of a vector.
    pairs = list(zip(indexed.chunks, indexed.vectors, strict=True))
    for at in range(0, len(pairs), INSERTED_AT_ONCE):
        _copy_chunks(row, pairs[at : at + INSERTED_AT_ONCE])
    return sum(len(chunk.text.encode()) + 4 * len(vector) for chunk, vector in pairs)


def _copy_chunks(row: VectorStoreFile, pairs: Iterable[tuple[TextChunk, Vector]]) -> None:
    # COPY instead of the ORM, because a large file has thousands of chunks.
    columns = 'store_id, store_file_id, index, text, start, "end", tokens, page, heading'
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY chunk ({columns}, embedding, words) FROM STDIN") as copy,
    ):
        for chunk, vector in pairs:
            heading = " > ".join(chunk.headings)
            copy.write_row(
                (
                    row.store_id,
                    row.pk,
                    chunk.index,
                    chunk.text,
                    chunk.start,
                    chunk.end,
                    chunk.tokens,
                    chunk.page,
                    heading,
                    "[" + ",".join(f"{number:.6g}" for number in vector) + "]",
                    words_of_chunk(store_id=row.store_id, heading=heading, text=chunk.text),
                )
            )
