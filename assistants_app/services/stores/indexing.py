"""What an indexer does to the file that it holds, and what keeps the files of stores moving.

As with runs, the lease is in the row: `lease_owner` may write until `lease_expires_at`, by the
database's clock.
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
from assistants_app.retrieval.chunk import Chunk as TextChunk
from assistants_app.services.publishing import dispatch_indexing_on_commit

INSERTED_AT_ONCE = 500
FREE = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())


@dataclass(frozen=True, slots=True)
class Indexed:
    """A file's passages with their vectors, all of `model`."""

    chunks: list[TextChunk]
    vectors: list[Vector]
    model: str


@transaction.atomic(durable=True)
def claim_file(*, owner: str) -> VectorStoreFile | None:
    """Take the most urgent file that waits, or one whose indexer was lost. None if there is none.

    One that has been lost too often fails instead.
    """
    while True:
        waiting = VectorStoreFile.objects.filter(FREE, pending=True).order_by("priority", "pk")
        held = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",))
        row = held.select_related("store", "file").first()
        if row is None:
            return None
        if row.attempts < conf.INDEX_ATTEMPTS:
            break
        _end(
            row,
            error=(
                "server_error",
                f"The indexer stopped {row.attempts} times while it read this file.",
            ),
        )
    row.lease_owner, row.attempts = owner, row.attempts + 1
    VectorStoreFile.objects.filter(pk=row.pk).update(
        lease_owner=owner, attempts=row.attempts, lease_expires_at=_in(conf.INDEX_LEASE_SECONDS)
    )
    return row


def renew_lease(*, row_id: str, owner: str) -> bool:
    """Prolong the lease; False if the file was cancelled, removed or taken meanwhile."""
    rows = VectorStoreFile.objects.filter(pk=row_id, lease_owner=owner, pending=True)
    return bool(rows.update(lease_expires_at=_in(conf.INDEX_LEASE_SECONDS)))


@transaction.atomic(durable=True)
def complete_file(*, row_id: str, owner: str, indexed: Indexed) -> bool:
    """Put the file's new passages in the place of the old ones, at once for every reader. False,
    and nothing done, if the file is not the owner's any more.
    """
    row = _held(row_id, owner)
    if row is None:
        return False
    Chunk.objects.filter(store_file=row).delete()
    size = _insert(row, indexed)
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
    """The file cannot be indexed; `code` is one of the vendor's three."""
    row = _held(row_id, owner)
    if row is not None:
        _end(row, error=(code, message))


@transaction.atomic(durable=True)
def put_off_file(*, row_id: str, owner: str, message: str) -> None:
    """Let the file be tried again after a while, since the fault is not its own; after too many
    times it fails with this message.
    """
    row = _held(row_id, owner)
    if row is None:
        return
    if row.attempts >= conf.INDEX_ATTEMPTS:
        _end(row, error=("server_error", message))
        return
    VectorStoreFile.objects.filter(pk=row.pk).update(
        lease_owner="", lease_expires_at=_in(conf.INDEX_RETRY_SECONDS * row.attempts)
    )


@transaction.atomic(durable=True)
def empty_expired_stores(*, limit: int) -> int:
    """Remove the passages of up to `limit` stores whose time is over; how many there were. The
    files stay on their lists, so that a new store can be made of them.
    """
    overdue = VectorStore.objects.filter(emptied=False, expires_at__lte=Now())
    stores = list(overdue.select_for_update(skip_locked=True, no_key=True).order_by("pk")[:limit])
    ids = [store.pk for store in stores]
    rows = VectorStoreFile.objects.select_for_update(no_key=True).filter(store__in=ids)
    held = [row.pk for row in rows.order_by("pk")]
    Chunk.objects.filter(store_file__in=held).delete()
    files = VectorStoreFile.objects.filter(pk__in=held)
    files.filter(status=index_status.IN_PROGRESS).update(status=index_status.CANCELLED)
    files.update(pending=False, lease_owner="", lease_expires_at=None, chunk_count=0, usage_bytes=0)
    VectorStore.objects.filter(pk__in=ids).update(emptied=True)
    return len(ids)


@transaction.atomic(durable=True)
def reindex_store(*, store_id: str, model: str, everything: bool = False) -> int:
    """Embed the store's files anew with this model, while searches go on with what is there; how
    many files that are. With `everything` also those that have passages of this model.
    """
    VectorStore.objects.filter(pk=store_id).update(embedding_model=model)
    # What is in an indexer's hands now was begun with the model of before: it is begun again.
    again = (index_status.COMPLETED, index_status.IN_PROGRESS)
    rows = VectorStoreFile.objects.filter(store=store_id, status__in=again)
    if not everything:
        rows = rows.exclude(embedding_model=model, pending=False)
    held = rows.select_for_update(no_key=True).order_by("pk")
    ids = list(held.values_list("pk", flat=True))
    VectorStoreFile.objects.filter(pk__in=ids).update(
        pending=True,
        last_error=None,
        attempts=0,
        lease_owner="",
        lease_expires_at=None,
        priority=index_status.BULK,
    )
    dispatch_indexing_on_commit(len(ids))
    return len(ids)


def _in(seconds: float) -> Any:
    """That time from now, by the database's clock."""
    return Now() + timedelta(seconds=seconds)


def _held(row_id: str, owner: str) -> VectorStoreFile | None:
    rows = VectorStoreFile.objects.select_for_update(no_key=True)
    return rows.filter(pk=row_id, lease_owner=owner, pending=True).first()


def _end(row: VectorStoreFile, *, error: tuple[str, str]) -> None:
    """Nothing more is tried. A file whose passages were to be replaced keeps the old ones."""
    row.pending, row.lease_owner, row.lease_expires_at = False, "", None
    row.last_error = {"code": error[0], "message": error[1]}
    if row.status != index_status.COMPLETED:
        row.status = index_status.FAILED
    row.save()


def _insert(row: VectorStoreFile, indexed: Indexed) -> int:
    """The bytes that the passages take with their vectors."""
    pairs = list(zip(indexed.chunks, indexed.vectors, strict=True))
    for at in range(0, len(pairs), INSERTED_AT_ONCE):
        _copy(row, pairs[at : at + INSERTED_AT_ONCE])
    return sum(len(chunk.text.encode()) + 4 * len(vector) for chunk, vector in pairs)


def _copy(row: VectorStoreFile, pairs: Iterable[tuple[TextChunk, Vector]]) -> None:
    columns = 'store_id, store_file_id, index, text, start, "end", tokens, page, heading, embedding'
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY chunk ({columns}) FROM STDIN") as copy,
    ):
        for chunk, vector in pairs:
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
                    " > ".join(chunk.headings),
                    "[" + ",".join(f"{number:.6g}" for number in vector) + "]",
                )
            )
