"""Reads of vector stores, the files in them and their batches."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from assistants_app.domain import index_status, limits
from assistants_app.domain.errors import ApiError, InvalidRequest, NotFound
from assistants_app.domain.index_status import FileCounts
from assistants_app.domain.pages import PageParams
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

FAILURES_READ = 1000


@dataclass(frozen=True, slots=True)
class ReindexProgress:
    """Of `total` files with passages, those that `waiting` has will be replaced, and those that
    `failed` keep the old ones, one of them for this `reason`. `other`: files of another model.
    """

    total: int
    waiting: int
    failed: int
    other: int
    reason: str

    @property
    def done(self) -> int:
        """Files that do not wait."""
        return self.total - self.waiting


def get_store(project: Project, store_id: str) -> VectorStore:
    """The vector store of this project. Raises :class:`NotFound`."""
    store = VectorStore.objects.filter(project=project, pk=store_id).first()
    if store is None:
        raise NotFound("vector store", store_id)
    return store


def list_stores(project: Project, page: PageParams) -> Page[VectorStore]:
    """A page of the project's vector stores."""
    return read_page(VectorStore.objects.filter(project=project), page)


def stores_of_other_models(model: str, *, only: list[str]) -> list[str]:
    """Ids of the stores of all projects that are not embedded with this model, out of `only` if
    any are named there.
    """
    rows = VectorStore.objects.filter(emptied=False).exclude(embedding_model=model)
    if only:
        rows = rows.filter(pk__in=only)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def stores_by_id(project_id: str, store_ids: Iterable[str]) -> dict[str, VectorStore]:
    """Those of the stores that are there, with one query; none without ids."""
    wanted = set(store_ids)
    if not wanted:
        return {}
    return VectorStore.objects.filter(project=project_id).in_bulk(wanted)


def is_expired(store: VectorStore, now: datetime | None = None) -> bool:
    """Whether the store's time is over, be it swept or not."""
    return store.expires_at is not None and store.expires_at <= (now or timezone.now())


def require_alive(store: VectorStore) -> VectorStore:
    """The same store. Raises for one that has expired."""
    if is_expired(store):
        raise InvalidRequest(
            f"Vector store {store.id} has expired. Create a new one with the same files.",
            code="vector_store_expired",
        )
    return store


def counts_of_stores(store_ids: Iterable[str]) -> dict[str, FileCounts]:
    """Files and bytes of these stores; one without files has an entry too."""
    wanted = list(store_ids)
    return _counts(VectorStoreFile.objects.filter(store__in=wanted), "store_id", wanted)


def counts_of_batches(batch_ids: Iterable[str]) -> dict[str, FileCounts]:
    """Files of these batches that are still in their stores."""
    wanted = list(batch_ids)
    return _counts(VectorStoreFile.objects.filter(batch__in=wanted), "batch_id", wanted)


def get_store_file(store: VectorStore, file_id: str) -> VectorStoreFile:
    """The file in this store. Raises :class:`NotFound`."""
    row = VectorStoreFile.objects.filter(store=store, file=file_id).first()
    if row is None:
        raise no_such_file(store.id, file_id)
    return row


def list_store_files(
    store: VectorStore, page: PageParams, *, status: str | None, batch: FileBatch | None = None
) -> Page[VectorStoreFile]:
    """A page of the store's files, of one state or of one batch alone if that is given.

    Cursors are ids of files. One that has left the store meanwhile is as good a cursor, as long as
    files were attached in the order of their creation.
    """
    rows = VectorStoreFile.objects.filter(store=store)
    if batch is not None:
        rows = rows.filter(batch=batch)
    if status:
        rows = rows.filter(status=status)
    descending = page.order == "desc"
    for cursor, less in ((page.after, descending), (page.before, not descending)):
        if cursor:
            rows = _beyond(rows, store, cursor, "lt" if less else "gt")
    backwards = bool(page.before) and not page.after
    found = list(rows.order_by("-pk" if descending != backwards else "pk")[: page.limit + 1])
    items = found[: page.limit]
    if backwards:
        items.reverse()
    return Page(items, has_more=len(found) > page.limit)


def file_ids_with_status(store: VectorStore, status: str) -> list[str]:
    """The files of the store in this state, as many as a batch may have."""
    rows = VectorStoreFile.objects.filter(store=store, status=status).order_by("pk")
    return list(rows.values_list("file_id", flat=True)[: limits.FILE_BATCH])


def failure_reasons(store: VectorStore, *, kinds: int) -> list[tuple[str, int]]:
    """Why files of the store failed, and how many for each reason, the commonest first."""
    rows = VectorStoreFile.objects.filter(store=store, status=index_status.FAILED)
    errors = rows.values_list("last_error", flat=True)[:FAILURES_READ]
    return Counter((error or {}).get("message", "") for error in errors).most_common(kinds)


def reindex_progress(store: VectorStore) -> ReindexProgress:
    """How far the store's files are with passages of its present model."""
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


def get_batch(store: VectorStore, batch_id: str) -> FileBatch:
    """The batch of this store. Raises :class:`NotFound`."""
    batch = FileBatch.objects.filter(store=store, pk=batch_id).first()
    if batch is None:
        raise NotFound("file batch", batch_id)
    return batch


def file_text(row: VectorStoreFile, *, start: int = 0, end: int | None = None) -> str:
    """The file's text, put together from its passages: a character stands where its passage says
    that it does. White space between two passages is not kept exactly. With `start` and `end`: of
    these characters alone.
    """
    reached = start
    parts: list[str] = []
    chunks = Chunk.objects.filter(store_file=row, end__gt=start).order_by("index")
    if end is not None:
        chunks = chunks.filter(start__lt=end)
    for begins, ends, text in chunks.values_list("start", "end", "text").iterator():
        if ends <= reached:
            continue
        if begins > reached:
            parts.append("\n" * (begins - reached))
            reached = begins
        parts.append(text[reached - begins :])
        reached = ends
    whole = "".join(parts)
    return whole if end is None else whole[: end - start]


def chunks_of(row: VectorStoreFile, *, after: int, limit: int) -> list[Chunk]:
    """The file's passages behind the place `after`, without their vectors."""
    chunks = Chunk.objects.filter(store_file=row, index__gt=after).order_by("index")
    return list(chunks.defer("embedding", "words")[:limit])


def indexed_file(project: Project, file_id: str) -> VectorStoreFile | None:
    """The file in any store of the project that has its passages."""
    rows = VectorStoreFile.objects.filter(store__project=project, file=file_id, chunk_count__gt=0)
    return rows.order_by("-pk").first()


def pending_count(*, limit: int) -> int:
    """How many files wait for an indexer that nobody has in hand, counted up to `limit`."""
    rows = VectorStoreFile.objects.filter(pending=True)
    free = rows.filter(Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now()))
    return len(free.values_list("pk")[:limit])


def unfinished_files(store_ids: Iterable[str]) -> int:
    """How many files of these stores are being indexed for the first time."""
    rows = VectorStoreFile.objects.filter(store__in=list(store_ids))
    return rows.filter(status=index_status.IN_PROGRESS).count()


def stores_of_run(run: Run, *, of_assistant: bool = True) -> list[VectorStore]:
    """The stores that the run searches: its assistant's and its thread's, or the thread's alone;
    those of them that are there.
    """
    thread = Thread.objects.filter(pk=run.thread_id).values_list("tool_resources", flat=True)
    ids = store_ids(run.tool_resources) if of_assistant else []
    ids += store_ids(thread.first())
    found = stores_by_id(run.project_id, ids)
    return [found[store_id] for store_id in dict.fromkeys(ids) if store_id in found]


def store_ids(resources: dict[str, dict[str, list[str]]] | None) -> list[str]:
    """The vector stores that tool resources name."""
    return list(((resources or {}).get(FILE_SEARCH) or {}).get("vector_store_ids") or [])


def no_such_file(store_id: str, file_id: str) -> ApiError:
    """The 404 for a file that is not in the store."""
    return ApiError(
        f"No file found with id '{file_id}' in vector store '{store_id}'.", http_status=404
    )


def _beyond(
    rows: "QuerySet[VectorStoreFile]", store: VectorStore, cursor: str, side: str
) -> "QuerySet[VectorStoreFile]":
    place = VectorStoreFile.objects.filter(store=store, file=cursor).values_list("pk", flat=True)
    if (pk := place.first()) is not None:
        return rows.filter(**{f"pk__{side}": pk})
    return rows.filter(**{f"file_id__{side}": cursor})


def _counts(rows: "QuerySet[VectorStoreFile]", by: str, wanted: list[str]) -> dict[str, FileCounts]:
    counted: dict[str, dict[str, int]] = {key: {"usage_bytes": 0} for key in wanted}
    grouped = rows.values(by, "status").annotate(count=Count("pk"), size=Sum("usage_bytes"))
    for group in grouped.order_by():
        counts = counted[group[by]]
        counts[group["status"]] = group["count"]
        counts["usage_bytes"] += int(group["size"] or 0)
    return {key: FileCounts(**counts) for key, counts in counted.items()}
