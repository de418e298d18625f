"""What the parts of the page that show a vector store are given."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from assistants_app.domain.errors import NotFound
from assistants_app.domain.ids import new_id
from assistants_app.domain.index_status import FileCounts
from assistants_app.domain.pages import PageParams
from assistants_app.models import Project, VectorStore
from assistants_app.queries.files import files_by_id
from assistants_app.queries.vector_stores import (
    counts_of_stores,
    get_store,
    list_store_files,
    list_stores,
)
from assistants_app.wire.vector_stores import store_status

SHOWN_FILES = 200
SHOWN_STORES = 100
GIB = 1024**3
DOLLARS_PER_GIB_AND_DAY = 0.10  # what the vendor took for vector stores, the first GB free


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A file in a store. `error`: why it could not be indexed."""

    id: str
    name: str
    bytes: int
    status: str
    error: str
    chunks: int
    url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store with its counts; `status` is the vendor's."""

    store: VectorStore
    counts: FileCounts
    status: str


def dollars_a_day(size: int) -> float:
    """The vendor's price for vector stores of `size` bytes."""
    return max(0, size - GIB) / GIB * DOLLARS_PER_GIB_AND_DAY


def store_rows(project: Project, *, after: str = "") -> tuple[list[StoreRow], str]:
    """A page of the project's stores, newest first, and the cursor of the next page or ""."""
    page = list_stores(project, PageParams(limit=SHOWN_STORES, after=after or None))
    counts = counts_of_stores(store.id for store in page.items)
    now = timezone.now()
    rows = [
        StoreRow(store, counts[store.id], store_status(store, counts[store.id], now))
        for store in page.items
    ]
    return rows, page.items[-1].id if page.has_more else ""


def files_context(project: Project, store: VectorStore, *, after: str = "") -> dict[str, Any]:
    """The store's files, newest first, with their states. `poll`: the name of the part that asks
    again, which is another one each time.
    """
    page = list_store_files(store, PageParams(limit=SHOWN_FILES, after=after or None), status=None)
    files = files_by_id(project.id, (row.file_id for row in page.items))
    counts = counts_of_stores([store.id])[store.id]
    return {
        "project": project,
        "store": store,
        "counts": counts,
        "status": store_status(store, counts, timezone.now()),
        "poll": new_id("poll"),
        "next": page.items[-1].file_id if page.has_more else "",
        "store_files": [
            StoreFile(
                row.file_id,
                files[row.file_id].filename if row.file_id in files else row.file_id,
                files[row.file_id].bytes if row.file_id in files else 0,
                row.status,
                (row.last_error or {}).get("message", ""),
                row.chunk_count,
                reverse("store_file", args=[project.id, store.id, row.file_id]),
                reverse("detach_file", args=[project.id, store.id, row.file_id]),
            )
            for row in page.items
        ],
    }


def panel_context(project: Project, store_id: str) -> dict[str, Any]:
    """The choice of a store in the configuration, and the chosen one with its files."""
    rows, _ = store_rows(project)
    stores = [row.store for row in rows if row.status != "expired"]
    chosen: VectorStore | None = None
    if store_id:
        try:
            chosen = get_store(project, store_id)
        except NotFound:
            chosen = None
    if chosen is not None and chosen.id not in {store.id for store in stores}:
        stores.append(chosen)
    context: dict[str, Any] = {"project": project, "stores": stores, "store": chosen}
    return context | files_context(project, chosen) if chosen else context
