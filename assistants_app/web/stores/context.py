"""Template contexts of vector stores."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.defaultfilters import date, filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app import conf
from assistants_app.domain import index_status
from assistants_app.domain.errors import NotFound
from assistants_app.domain.ids import new_id
from assistants_app.domain.index_status import FileCounts
from assistants_app.domain.lists import PageParams
from assistants_app.domain.words.languages import is_english
from assistants_app.events.indexing import Progress, progress_of
from assistants_app.gateway.embedders import configured_models, is_for_english, multilingual_model
from assistants_app.models import (
    Assistant,
    AssistantDraft,
    Project,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.files.use import indexed_bytes
from assistants_app.queries.stores.stores import (
    counts_of_stores,
    failure_reasons,
    get_store,
    list_store_files,
    list_stores,
    reindex_progress,
    retryable_files,
    sample_text,
)
from assistants_app.rendering.components.badges import ERR, Badge, index_badge
from assistants_app.rendering.components.links import Link
from assistants_app.retrieval.extract.formats import MEDIA
from assistants_app.web.http import playground_url, whole_number
from assistants_app.web.stores.forms import text_of_value
from assistants_app.web.stores.pace import pace_of
from assistants_app.wire.stores.stores import store_status

SHOWN_FILES = 50
SHOWN_STORES = 100
SHOWN_FAILURES = 3
LONGEST_REASON = 80  # characters
DATE = "j M Y, H:i"
# A file is ready within a second, so a short list is polled often. A long list takes minutes to
# index, and changes less between two polls.
MANY_FILES = 50
POLL_DELAY, POLL_DELAY_OF_MANY = "700ms", "2s"


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A file in a store. `error` says why it couldn't be indexed, and `code` is the API's word."""

    id: str
    name: str
    bytes: int
    status: str
    error: str
    code: str
    chunks: int
    url: str
    remove_url: str
    retry_url: str
    attributes: dict[str, Any]
    progress: Progress | None = None

    @property
    def state(self) -> Badge:
        return index_badge(self.status)

    @property
    def failed(self) -> bool:
        return self.status == index_status.FAILED

    @property
    def can_retry(self) -> bool:
        lasting = self.failed and self.code in index_status.LASTING
        return self.status in (index_status.FAILED, index_status.CANCELLED) and not lasting

    @property
    def reason(self) -> str:
        """Return the error in a few words."""
        return short_reason(self.error)

    @property
    def has_more_to_say(self) -> bool:
        return self.reason != self.error

    @property
    def details(self) -> str:
        """Return the file's size and, once it is indexed, its number of chunks."""
        if self.failed:
            return ""
        size = filesizeformat(self.bytes)
        if self.status != index_status.COMPLETED:
            return " · ".join(filter(None, [size, self._how_far()]))
        chunks = ngettext("%(count)d chunk", "%(count)d chunks", self.chunks)
        return f"{size} · {chunks % {'count': self.chunks}}"

    def _how_far(self) -> str:
        if self.progress is None:
            return ""
        done, total = self.progress
        if not total:
            return _("reading")
        return _("%(done)d of %(total)d chunks") % {"done": done, "total": total}


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store with its counts. `status` is the status in OpenAI's API."""

    store: VectorStore
    counts: FileCounts
    status: str

    @property
    def state(self) -> Badge:
        return index_badge(self.status)

    @property
    def failed(self) -> Badge | None:
        """Return a badge with the number of failed files, or None."""
        if not self.counts.failed:
            return None
        return Badge(_("%(count)d failed") % {"count": self.counts.failed}, ERR)


def size_context(project: Project) -> dict[str, Any]:
    """Return the size of the project's vector stores."""
    return {"indexed": indexed_bytes(project)}


def store_rows(project: Project, *, after: str = "") -> tuple[list[StoreRow], str]:
    """Return a page of the project's stores, newest first, and the next page's cursor or ""."""
    page = list_stores(project, PageParams(limit=SHOWN_STORES, after=after or None))
    counts = counts_of_stores(store.id for store in page.items)
    now = timezone.now()
    rows = [
        StoreRow(store, counts[store.id], store_status(store, counts[store.id], now))
        for store in page.items
    ]
    return rows, page.items[-1].id if page.has_more else ""


def files_context(
    project: Project, store: VectorStore, query: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the context of the store's files, newest first.

    `query` may contain ``status``, to show only these files if there are any, and ``after``, a
    cursor. The context's ``query`` repeats both for links. ``refused`` is the number of files that
    the page lists beside the store's, because they couldn't be added to it. ``had`` and ``began``
    are those of `pace.py`.
    """
    query = query or {}
    counts = counts_of_stores([store.id])[store.id]
    pace = pace_of(query, done=counts.ended)
    refused = whole_number(query.get("refused", "")) or 0
    tabs = _status_tabs(counts, refused)
    status = query.get("status", "")
    status = status if status in {tab for tab, _name, _count in tabs} else ""
    after = query.get("after", "") if status == query.get("status", "") else ""
    page = list_store_files(
        store, PageParams(limit=SHOWN_FILES, after=after or None), status=status or None
    )
    status_of_store = store_status(store, counts, timezone.now())
    return {
        "project": project,
        "store": store,
        "counts": counts,
        "status": status_of_store,
        "state": index_badge(status_of_store),
        "expired": status_of_store == index_status.EXPIRED,
        "summary": _files_summary(counts, refused),
        "refused": refused,
        "failed": counts.failed + refused,
        "unread": " ".join(MEDIA),
        "many_failures": _many_failures(store, counts),
        "can_retry": bool(counts.failed and retryable_files(store)),
        "pace": f"&{pace.query}" if counts.in_progress else "",
        "time_left": pace.time_left(done=counts.ended, left=counts.in_progress),
        "poll_delay": POLL_DELAY_OF_MANY if counts.in_progress > MANY_FILES else POLL_DELAY,
        # The element that polls gets a new ID each time. A morph keeps an element whose ID is
        # unchanged, and its `load` trigger would not fire again.
        "poll": new_id("poll"),
        "only": status,
        "after": after,
        "query": urlencode({"status": status, "after": after}),
        "tabs": tabs,
        "next": page.items[-1].file_id if page.has_more else "",
        "store_files": _store_files(store, page.items),
    }


def _store_files(store: VectorStore, rows: Sequence[VectorStoreFile]) -> list[StoreFile]:
    # A file may be missing: somebody can delete it between the two queries.
    files = files_by_id(store.project_id, (row.file_id for row in rows))
    progress = progress_of([row.pk for row in rows if row.status == index_status.IN_PROGRESS])
    return [
        StoreFile(
            row.file_id,
            files[row.file_id].filename if row.file_id in files else row.file_id,
            files[row.file_id].bytes if row.file_id in files else 0,
            row.status,
            (row.last_error or {}).get("message", ""),
            (row.last_error or {}).get("code", ""),
            row.chunk_count,
            reverse("store_file", args=[store.project_id, store.id, row.file_id]),
            reverse("detach_file", args=[store.project_id, store.id, row.file_id]),
            reverse("retry_file", args=[store.project_id, store.id, row.file_id]),
            row.attributes,
            progress.get(row.pk),
        )
        for row in rows
    ]


def asked_files(request: HttpRequest) -> dict[str, str]:
    """Return the ``query`` for `files_context` of a request that changes the files of a store."""
    return {**request.GET.dict(), "refused": request.POST.get("refused", "")}


def short_reason(message: str) -> str:
    """Return the first sentence of an error, or its beginning."""
    first = re.split(r"(?<=[.!?])\s", message.strip(), maxsplit=1)[0]
    return Truncator(first).chars(LONGEST_REASON)


def _files_summary(counts: FileCounts, refused: int) -> str:
    """Return one line with the number of files in each state, and the size."""
    numbers = (
        (counts.in_progress, _("%(count)d indexing")),
        (counts.completed, _("%(count)d ready")),
        (counts.failed + refused, _("%(count)d failed")),
        (counts.cancelled, _("%(count)d cancelled")),
    )
    parts = [text % {"count": count} for count, text in numbers if count]
    return " · ".join([*parts, filesizeformat(counts.usage_bytes)])


def _many_failures(store: VectorStore, counts: FileCounts) -> list[tuple[str, int]]:
    """Return the most frequent reasons of failures, if they are too many to look at each."""
    if counts.failed <= SHOWN_FAILURES:
        return []
    return [
        (short_reason(why), count) for why, count in failure_reasons(store, kinds=SHOWN_FAILURES)
    ]


def _status_tabs(counts: FileCounts, refused: int) -> list[tuple[str, str, int]]:
    """Return tabs for all files and for each status that has files, as (status, name, count)."""
    tabs = [
        ("", _("All"), counts.total + refused),
        (index_status.IN_PROGRESS, _("Indexing"), counts.in_progress),
        (index_status.COMPLETED, _("Ready"), counts.completed),
        (index_status.FAILED, _("Failed"), counts.failed + refused),
        (index_status.CANCELLED, _("Cancelled"), counts.cancelled),
    ]
    return [tab for tab in tabs if tab[2] or not tab[0]]


def settings_context(project: Project, store: VectorStore) -> dict[str, Any]:
    """Return the context of the form with the store's settings."""
    return {
        "project": project,
        "store": store,
        "expiry": _expiry_text(store),
        "values": {
            "name": store.name,
            "days": "" if store.expires_after_days is None else store.expires_after_days,
            "metadata": list(store.metadata.items()),
        },
    }


def _expiry_text(store: VectorStore) -> str:
    if store.emptied:
        return _("This vector store has expired and can't be used again.")
    if store.expires_at:
        expires = date(store.expires_at, DATE)
        return _("Expires on %(date)s unless it's used before then.") % {"date": expires}
    return _("Leave empty to never expire.")


def reindex_context(
    project: Project, store: VectorStore, query: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the store's embedding model, the models to choose from, and the progress.

    `query` may contain the ``had`` and ``began`` of `pace.py`.
    """
    progress = reindex_progress(store)
    pace = pace_of(query or {}, done=progress.done)
    known = dict.fromkeys([store.embedding_model, *configured_models()])
    return {
        "project": project,
        "store": store,
        "models": list(known),
        "any_model": bool(conf.EMBEDDING_BASE_URL),
        "chosen": store.embedding_model,
        "foreign": is_for_english(store.embedding_model) and not is_english(sample_text(store)),
        "multilingual": multilingual_model(),
        "reindexing": progress,
        "reindex_pace": pace.query,
        "reindex_left": pace.time_left(done=progress.done, left=progress.waiting),
        "poll": new_id("poll"),
    }


def attributes_context(
    project: Project, store: VectorStore, row: VectorStoreFile
) -> dict[str, Any]:
    """Return the context of the form with a file's attributes and chunk sizes."""
    return {
        "project": project,
        "store": store,
        "row": row,
        "state": index_badge(row.status),
        "indexing": index_badge(index_status.IN_PROGRESS),
        "attributes": [(key, text_of_value(value)) for key, value in row.attributes.items()],
    }


def assistant_links(project: Project, assistants: Iterable[Assistant]) -> list[Link]:
    """Return links to assistants in the playground."""
    return [
        Link(playground_url(project, a=assistant.id), assistant.name or assistant.id)
        for assistant in assistants
    ]


def draft_links(project: Project, drafts: Iterable[AssistantDraft], reader: User) -> list[Link]:
    """Return links to the assistants of drafts, which say whose draft each is."""
    return [
        Link(playground_url(project, a=draft.assistant_id), _draft_text(draft, reader))
        for draft in drafts
    ]


def _draft_text(draft: AssistantDraft, reader: User) -> str:
    name = draft.assistant.name or draft.assistant_id
    if draft.user_id == reader.pk:
        return _("your draft of %(name)s") % {"name": name}
    return _("%(user)s's draft of %(name)s") % {"user": draft.user, "name": name}


def panel_context(project: Project, store_id: str) -> dict[str, Any]:
    """Return the stores that an assistant can use, and the chosen store with its files."""
    rows, _next = store_rows(project)
    # An expired store is empty, and can't be used again.
    stores = [row.store for row in rows if row.status != "expired"]
    chosen: VectorStore | None = None
    if store_id:
        try:
            chosen = get_store(project, store_id)
        except NotFound:
            chosen = None
    # A store that is expired or on a later page must not vanish from the form, which would then
    # save the assistant without it.
    if chosen is not None and chosen.id not in {store.id for store in stores}:
        stores.append(chosen)
    context: dict[str, Any] = {"project": project, "stores": stores, "store": chosen}
    return context | files_context(project, chosen) if chosen else context
