"""Create vector stores, and attach files to them, within the caller's transaction.

Every transaction locks in the same order, so that none waits for another in a circle: store, files,
files in stores (docs/adr/0009).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from assistants_app.domain import index_status, limits
from assistants_app.domain.errors import NotFound
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.gateway.embedders import default_model
from assistants_app.models import (
    Chunk,
    File,
    FileBatch,
    Project,
    Thread,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.files.files import ALIVE, files_by_id
from assistants_app.queries.stores.stores import is_expired, require_alive, store_ids
from assistants_app.services.acting import require_right
from assistants_app.services.former_names import (
    keep_names_of_resources,
    keep_names_of_store_files,
)
from assistants_app.services.publishing import dispatch_indexing_on_commit
from assistants_app.wire.common import InlineVectorStore, chunk_sizes
from assistants_app.wire.stores.stores import StoreFileCreateParams

# What a program can do instead whose key may not change stores. Its request names none of them.
_NO_NEW_STORE = (
    "`vector_stores` would create a vector store, which this key may not do. Name existing ones in "
    "`vector_store_ids`, or use a key with a wider scope."
)
_NO_SEARCH = (
    "A file that a message attaches for `file_search` is added to a vector store, which this key "
    "may not change. Attach the file for `code_interpreter`, or use a key with a wider scope."
)


def new_store(project: Project, *, days: int | None = None, **columns: Any) -> VectorStore:
    """Create a store without files. It expires `days` after its last use.

    Raises :class:`Forbidden` if who acts may not, although something else needs the store.
    """
    require_right("create_store")
    now = timezone.now()
    return VectorStore.objects.create(
        project=project,
        created_at=now,
        last_active_at=now,
        expires_after_days=days,
        expires_at=expiry(now, days),
        embedding_model=default_model(),
        **columns,
    )


def expiry(last_active_at: datetime, days: int | None) -> datetime | None:
    """Return when a store expires that was last used at `last_active_at`, or None for never."""
    return None if days is None else last_active_at + timedelta(days=days)


def record_activity(store: VectorStore) -> None:
    """Record that the locked store is used now, which postpones its expiry."""
    store.last_active_at = timezone.now()
    store.expires_at = expiry(store.last_active_at, store.expires_after_days)
    store.save(update_fields=["last_active_at", "expires_at"])


def attach_files(
    store: VectorStore,
    files: Iterable[StoreFileCreateParams],
    *,
    batch: FileBatch | None = None,
    priority: int = index_status.ORDINARY,
) -> list[VectorStoreFile]:
    """Attach files to the locked store. They wait for an indexer once the transaction is committed.

    A file that is in the store already only gets its new attributes. It is indexed again if its
    chunk sizes differ or if it had failed.

    Raises :class:`NotFound` for the first file that doesn't exist, and :class:`InvalidRequest` for
    a store that has expired, and ``Forbidden`` if who acts may not change stores.
    """
    require_right("attach_file")
    require_alive(store)
    wanted = {item.file_id: item for item in files}
    _lock_files(store.project_id, list(wanted))
    present = {row.file_id: row for row in _lock_rows(store, wanted)}
    now = timezone.now()
    new = [
        VectorStoreFile(
            store=store,
            created_at=now,
            batch=batch,
            priority=priority,
            **_columns_of(item),
        )
        for file_id, item in wanted.items()
        if file_id not in present
    ]
    VectorStoreFile.objects.bulk_create(new, batch_size=1000)
    for file_id, row in present.items():
        _attach_again(row, wanted[file_id], batch)
    record_activity(store)
    dispatch_indexing_on_commit(len(wanted))
    rows = present | {row.file_id: row for row in new}
    return [rows[file_id] for file_id in wanted]


def remove_rows(rows: Iterable[VectorStoreFile]) -> None:
    """Remove locked files from their stores, with their chunks."""
    ids = [row.pk for row in rows]
    keep_names_of_store_files(ids)
    Chunk.objects.filter(store_file__in=ids).delete()
    VectorStoreFile.objects.filter(pk__in=ids).delete()


def remove_from_stores(file_ids: Iterable[str]) -> None:
    """Remove locked files from all stores."""
    rows = VectorStoreFile.objects.select_for_update().filter(file__in=list(file_ids))
    remove_rows(list(rows.order_by("pk")))


def create_inline_store(project: Project, params: InlineVectorStore, *, days: int | None) -> str:
    """Create the store that a request for an assistant or thread describes, and return its id."""
    require_right("create_store", hint=_NO_NEW_STORE)
    store = new_store(project, days=days, metadata=params.metadata or {})
    if params.file_ids:
        files = [
            StoreFileCreateParams(file_id=file_id, chunking_strategy=params.chunking_strategy)
            for file_id in params.file_ids
        ]
        attach_files(store, files, priority=index_status.ORDINARY)
    return store.id


def attach_to_thread(project: Project, thread: Thread, rows: Iterable[dict[str, Any]]) -> None:
    """Make the files that messages attach available to the locked thread's tools."""
    rows = list(rows)
    _attach_for_code(project, thread, _attached_for(CODE_INTERPRETER, rows))
    _attach_for_search(project, thread, _attached_for(FILE_SEARCH, rows))


def _attach_for_code(project: Project, thread: Thread, file_ids: list[str]) -> None:
    resources = thread.tool_resources or {}
    present = list(resources.get(CODE_INTERPRETER, {}).get("file_ids") or [])
    wanted = list(dict.fromkeys([*present, *file_ids]))
    if wanted == present:
        return
    if len(wanted) > limits.CODE_INTERPRETER_FILES:
        there = files_by_id(project.id, wanted)
        wanted = [file_id for file_id in wanted if file_id in there]
    # Files beyond the vendor's limit are not in the list. Code can read them all the same, because
    # their messages have them (queries/runs/code_sessions.py).
    thread.tool_resources = {
        **resources,
        CODE_INTERPRETER: {"file_ids": wanted[: limits.CODE_INTERPRETER_FILES]},
    }
    keep_names_of_resources(thread, resources)
    thread.save(update_fields=["tool_resources"])


def _attach_for_search(project: Project, thread: Thread, file_ids: list[str]) -> None:
    # A new store is created if the thread has none or if it has expired.
    if not file_ids:
        return
    require_right("attach_file", hint=_NO_SEARCH)
    store = None
    # A thread has one store at most, like OpenAI's.
    for store_id in store_ids(thread.tool_resources)[:1]:
        rows = VectorStore.objects.select_for_update(no_key=True)
        store = rows.filter(project=project, pk=store_id).first()
    if store is None or is_expired(store):
        store = new_store(project, days=limits.THREAD_STORE_DAYS)
        before = thread.tool_resources or {}
        thread.tool_resources = {**before, FILE_SEARCH: {"vector_store_ids": [store.id]}}
        keep_names_of_resources(thread, before)
        thread.save(update_fields=["tool_resources"])
    files = [StoreFileCreateParams(file_id=file_id) for file_id in file_ids]
    # A person waits for the answer to the message.
    attach_files(store, files, priority=index_status.URGENT)


def _attached_for(tool: str, rows: Iterable[dict[str, Any]]) -> list[str]:
    return list(
        dict.fromkeys(
            attachment["file_id"]
            for row in rows
            for attachment in row["attachments"]
            if any(item["type"] == tool for item in attachment.get("tools") or [])
        )
    )


def _lock_files(project_id: str, file_ids: list[str]) -> None:
    # The lock keeps files from being deleted while they are attached. The order keeps two requests
    # with the same files from a deadlock.
    rows = File.objects.filter(ALIVE, project=project_id, pk__in=file_ids)
    locked = set(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    for file_id in file_ids:
        if file_id not in locked:
            raise NotFound("file", file_id)


def _lock_rows(store: VectorStore, file_ids: Iterable[str]) -> list[VectorStoreFile]:
    rows = VectorStoreFile.objects.select_for_update(no_key=True).order_by("pk")
    return list(rows.filter(store=store, file__in=list(file_ids)))


def _columns_of(item: StoreFileCreateParams) -> dict[str, Any]:
    most, overlap = chunk_sizes(item.chunking_strategy)
    return {
        "file_id": item.file_id,
        "attributes": item.attributes or {},
        "max_chunk_tokens": most,
        "overlap_tokens": overlap,
    }


def _attach_again(
    row: VectorStoreFile, item: StoreFileCreateParams, batch: FileBatch | None
) -> None:
    if batch is not None:
        row.batch = batch
    if item.attributes is not None:
        row.attributes = item.attributes
    sizes = chunk_sizes(item.chunking_strategy)
    same = item.chunking_strategy is None or sizes == (row.max_chunk_tokens, row.overlap_tokens)
    if not same:
        row.max_chunk_tokens, row.overlap_tokens = sizes
    if row.status in {index_status.FAILED, index_status.CANCELLED} or not same:
        row.status, row.last_error = index_status.IN_PROGRESS, None
        row.pending, row.attempts = True, 0
        # An indexer that holds the file works with the old sizes. Without its lease, it can't
        # store its chunks.
        row.lease_owner, row.lease_expires_at = "", None
    row.save()
