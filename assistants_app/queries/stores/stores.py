"""Reads of vector stores, their files and batches."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left, Now
from django.utils import timezone

from assistants_app.domain import index_status, limits
from assistants_app.domain.errors import ApiError, InvalidRequest, NotFound
from assistants_app.domain.index_status import FileCounts
from assistants_app.domain.lists import PageParams
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.models import (
    Chunk,
    FileBatch,
    Project,
    Run,
    Thread,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.pages import Page, read_page

SAMPLED_FILES, SAMPLED_CHARACTERS = 20, 1000
FAILURES_READ = 1000  # a store's most frequent reasons are found among this many failed files


@dataclass(frozen=True, slots=True)
class ReindexProgress:
    """How far a store's files have moved to its present embedding model.

    `total` is the number of indexed files. `waiting` ones will get new chunks. `failed` ones keep
    their old chunks, one of them for this `reason`. `other` ones have chunks of another model.
    """

    total: int
    waiting: int
    failed: int
    other: int
    reason: str

    @property
    def done(self) -> int:
        """The number of files that don't wait."""
        return self.total - self.waiting


def get_store(project: Project, store_id: str) -> VectorStore:
    """Return the vector store, even if it has expired. Raises :class:`NotFound`."""
    store = VectorStore.objects.filter(project=project, pk=store_id).first()
    if store is None:
        raise NotFound("vector store", store_id)
    return store


def list_stores(project: Project, page: PageParams) -> Page[VectorStore]:
    return read_page(VectorStore.objects.filter(project=project), page)


def stores_like(project: Project, text: str, *, limit: int) -> list[VectorStore]:
    """Return the newest stores whose name contains `text`, or the one with this ID."""
    rows = VectorStore.objects.filter(project=project)
    rows = rows.filter(Q(name__icontains=text) | Q(pk=text)) if text else rows
    return list(rows.order_by("-pk")[:limit])


def stores_of_other_models(model: str, *, only: list[str]) -> list[str]:
    """Return the ids of stores, in all projects, that use another embedding model.

    If `only` has ids, other stores are left out.
    """
    rows = VectorStore.objects.filter(emptied=False).exclude(embedding_model=model)
    if only:
        rows = rows.filter(pk__in=only)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def stores_by_id(project_id: str, store_ids: Iterable[str]) -> dict[str, VectorStore]:
    """Return the stores that exist, by id, with one query, or none without ids."""
    wanted = set(store_ids)
    if not wanted:
        return {}
    return VectorStore.objects.filter(project=project_id).in_bulk(wanted)


def is_expired(store: VectorStore, now: datetime | None = None) -> bool:
    """Return whether the store has expired, even if the sweeper has not emptied it yet."""
    return store.expires_at is not None and store.expires_at <= (now or timezone.now())


def require_alive(store: VectorStore) -> VectorStore:
    """Return the store. Raises :class:`InvalidRequest` if it has expired."""
    if is_expired(store):
        raise InvalidRequest(
            f"Vector store {store.id} has expired. Create a new one with the same files.",
            code="vector_store_expired",
        )
    return store


def counts_of_stores(store_ids: Iterable[str]) -> dict[str, FileCounts]:
    """Return the counts of each store's files, also of stores without files."""
    wanted = list(store_ids)
    return _count_by_status(VectorStoreFile.objects.filter(store__in=wanted), "store_id", wanted)


def counts_of_batches(batch_ids: Iterable[str]) -> dict[str, FileCounts]:
    """Return the counts of each batch's files that are still in their store."""
    wanted = list(batch_ids)
    return _count_by_status(VectorStoreFile.objects.filter(batch__in=wanted), "batch_id", wanted)


def get_store_file(store: VectorStore, file_id: str) -> VectorStoreFile:
    """Return the file in the store. Raises the 404 of :func:`no_such_file`."""
    row = VectorStoreFile.objects.filter(store=store, file=file_id).first()
    if row is None:
        raise no_such_file(store.id, file_id)
    return row


def list_store_files(
    store: VectorStore, page: PageParams, *, status: str | None, batch: FileBatch | None = None
) -> Page[VectorStoreFile]:
    """Return a page of the store's files, of one status or one batch if given.

    Cursors are ids of files.
    """
    rows = VectorStoreFile.objects.filter(store=store)
    if batch is not None:
        rows = rows.filter(batch=batch)
    if status:
        rows = rows.filter(status=status)
    descending = page.order == "desc"
    for cursor, less in ((page.after, descending), (page.before, not descending)):
        if cursor:
            rows = _beyond_cursor(rows, store, cursor, "lt" if less else "gt")
    backwards = bool(page.before) and not page.after
    found = list(rows.order_by("-pk" if descending != backwards else "pk")[: page.limit + 1])
    items = found[: page.limit]
    if backwards:
        items.reverse()
    return Page(items, has_more=len(found) > page.limit)


def retryable_files(store: VectorStore) -> list[str]:
    """Return the ids of failed files that may succeed now, as many as a batch can have."""
    rows = _failed(store).annotate(code=KeyTextTransform("code", "last_error")).order_by("pk")
    worth = rows.filter(Q(code__isnull=True) | ~Q(code__in=index_status.LASTING))
    return list(worth.values_list("file_id", flat=True)[: limits.FILE_BATCH])


def _failed(store: VectorStore) -> QuerySet[VectorStoreFile]:
    return VectorStoreFile.objects.filter(store=store, status=index_status.FAILED)


def failure_reasons(store: VectorStore, *, kinds: int) -> list[tuple[str, int]]:
    """Return the most frequent reasons why the store's files failed, with their counts."""
    errors = _failed(store).values_list("last_error", flat=True)[:FAILURES_READ]
    return Counter((error or {}).get("message", "") for error in errors).most_common(kinds)


def reindex_progress(store: VectorStore) -> ReindexProgress:
    """Return how far the store's files have moved to its present embedding model."""
    rows = VectorStoreFile.objects.filter(store=store, status=index_status.COMPLETED)
    failed = Q(pending=False, last_error__isnull=False)
    counts = rows.aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=Q(pending=True)),
        failed=Count("pk", filter=failed),
        other=Count("pk", filter=~Q(embedding_model=store.embedding_model)),
    )
    error = rows.filter(failed).values_list("last_error", flat=True).first() or {}
    return ReindexProgress(**counts, reason=error.get("message", ""))


def sample_text(store: VectorStore) -> str:
    """Return the starts of some of the store's files, which show its language."""
    files = VectorStoreFile.objects.filter(store=store, chunk_count__gt=0).order_by("-pk")
    firsts = Chunk.objects.filter(
        store_file__in=list(files.values_list("pk", flat=True)[:SAMPLED_FILES]), index=0
    )
    starts = firsts.annotate(part=Left("text", SAMPLED_CHARACTERS))
    return "\n".join(starts.values_list("part", flat=True))


def get_batch(store: VectorStore, batch_id: str) -> FileBatch:
    """Return the batch. Raises :class:`NotFound`."""
    batch = FileBatch.objects.filter(store=store, pk=batch_id).first()
    if batch is None:
        raise NotFound("file batch", batch_id)
    return batch


def file_text(row: VectorStoreFile, *, start: int = 0, end: int | None = None) -> str:
    """Return the file's text from its chunks, or the characters from `start` to `end` of it.

    Every character is at its original place, but white space between chunks becomes line breaks.
    """
    reached = start
    parts: list[str] = []
    chunks = Chunk.objects.filter(store_file=row, end__gt=start).order_by("index")
    if end is not None:
        chunks = chunks.filter(start__lt=end)
    for chunk_start, chunk_end, text in chunks.values_list("start", "end", "text").iterator():
        # Chunks overlap: each adds only the characters that the previous ones don't have.
        if chunk_end <= reached:
            continue
        if chunk_start > reached:
            parts.append("\n" * (chunk_start - reached))
            reached = chunk_start
        parts.append(text[reached - chunk_start :])
        reached = chunk_end
    whole = "".join(parts)
    return whole if end is None else whole[: end - start]


def chunks_of(row: VectorStoreFile, *, after: int, limit: int) -> list[Chunk]:
    """Return up to `limit` of the file's chunks after index `after`, without their vectors."""
    chunks = Chunk.objects.filter(store_file=row, index__gt=after).order_by("index")
    # These columns are much larger than the text, and are only there to be searched.
    return list(chunks.defer("embedding", "words")[:limit])


def indexed_file(project: Project, file_id: str) -> VectorStoreFile | None:
    """Return the file's row in any store of the project that has its chunks, or None."""
    rows = VectorStoreFile.objects.filter(store__project=project, file=file_id, chunk_count__gt=0)
    return rows.order_by("-pk").first()


def pending_count(*, limit: int) -> int:
    """Return the number of files that no indexer has claimed yet, up to `limit`."""
    rows = VectorStoreFile.objects.filter(pending=True)
    free = rows.filter(Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now()))
    return len(free.values_list("pk")[:limit])


def searchable_files(stores: Iterable[str]) -> int:
    """Return how many different files of these stores are indexed."""
    rows = VectorStoreFile.objects.filter(store__in=list(stores), status=index_status.COMPLETED)
    return rows.values("file_id").distinct().count()


def unfinished_files(store_ids: Iterable[str]) -> int:
    """Return the number of files in these stores that are indexed for the first time."""
    rows = VectorStoreFile.objects.filter(store__in=list(store_ids))
    return rows.filter(status=index_status.IN_PROGRESS).count()


def stores_of_run(run: Run, *, of_assistant: bool = True) -> list[VectorStore]:
    """Return the existing stores that the run searches: its assistant's and its thread's.

    Without `of_assistant`, return the thread's only.
    """
    thread = Thread.objects.filter(pk=run.thread_id).values_list("tool_resources", flat=True)
    ids = store_ids(run.tool_resources) if of_assistant else []
    ids += store_ids(thread.first())
    found = stores_by_id(run.project_id, ids)
    return [found[store_id] for store_id in dict.fromkeys(ids) if store_id in found]


def store_ids(resources: dict[str, dict[str, list[str]]] | None) -> list[str]:
    """Return the ids of the vector stores in tool resources."""
    return list(((resources or {}).get(FILE_SEARCH) or {}).get("vector_store_ids") or [])


def no_such_file(store_id: str, file_id: str) -> ApiError:
    """Return the 404 for a file that is not in the store."""
    return ApiError(
        f"No file found with id '{file_id}' in vector store '{store_id}'.", http_status=404
    )


def _beyond_cursor(
    rows: "QuerySet[VectorStoreFile]", store: VectorStore, cursor: str, side: str
) -> "QuerySet[VectorStoreFile]":
    place = VectorStoreFile.objects.filter(store=store, file=cursor).values_list("pk", flat=True)
    if (pk := place.first()) is not None:
        return rows.filter(**{f"pk__{side}": pk})
    # The file was removed from the store since. Its own id is as good a cursor, as long as files
    # were attached in the order in which they were created.
    return rows.filter(**{f"file_id__{side}": cursor})


def _count_by_status(
    rows: "QuerySet[VectorStoreFile]", by: str, wanted: list[str]
) -> dict[str, FileCounts]:
    counted: dict[str, dict[str, int]] = {key: {"usage_bytes": 0} for key in wanted}
    grouped = rows.values(by, "status").annotate(count=Count("pk"), size=Sum("usage_bytes"))
    for group in grouped.order_by():
        counts = counted[group[by]]
        counts[group["status"]] = group["count"]
        counts["usage_bytes"] += int(group["size"] or 0)
    return {key: FileCounts(**counts) for key, counts in counted.items()}
