"""Reads of what uses a file or a vector store."""

from collections.abc import Callable, Iterable

from django.db import connection
from django.db.models import Sum, TextField
from django.db.models.functions import Cast

from assistants_app.domain.configurations.origins import LISTED
from assistants_app.domain.tools import CODE_INTERPRETER
from assistants_app.models import (
    Assistant,
    AssistantDraft,
    File,
    Message,
    Project,
    Thread,
    VectorStoreFile,
)
from assistants_app.models.vector_stores import VectorStore
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.stores.stores import store_ids, stores_by_id

Users = dict[str, list[Assistant]]
Drafts = dict[str, list[AssistantDraft]]


def assistants_by_store(project: Project) -> Users:
    """Return the assistants that search each vector store, by the store's id."""
    users: Users = {}
    for assistant in _assistants(project):
        for store_id in store_ids(assistant.tool_resources):
            users.setdefault(store_id, []).append(assistant)
    return users


def assistants_by_file(project: Project) -> Users:
    """Return the assistants whose code interpreter gets each file, by the file's id."""
    users: Users = {}
    for assistant in _assistants(project):
        for file_id in code_files(assistant.tool_resources):
            users.setdefault(file_id, []).append(assistant)
    return users


def drafts_by_store(project: Project) -> Drafts:
    """Return the drafts, of all people, that search a vector store which their assistant doesn't
    search yet, by the store's id.
    """
    return _drafts_by(project, store_ids)


def drafts_by_file(project: Project) -> Drafts:
    """Return the drafts, of all people, that give a file to the code interpreter which their
    assistant doesn't give to it yet, by the file's id.
    """
    return _drafts_by(project, code_files)


def _drafts_by(
    project: Project, ids_of: Callable[[dict[str, dict[str, list[str]]] | None], list[str]]
) -> Drafts:
    users: Drafts = {}
    rows = AssistantDraft.objects.filter(assistant__project=project).order_by("-pk")
    for draft in rows.select_related("assistant", "user"):
        published = ids_of(draft.assistant.tool_resources)
        for key in ids_of(draft.changes.get("tool_resources")):
            if key not in published:
                users.setdefault(key, []).append(draft)
    return users


def code_files(resources: dict[str, dict[str, list[str]]] | None) -> list[str]:
    """Return the ids of the files that tool resources give to the code interpreter."""
    return list(((resources or {}).get(CODE_INTERPRETER) or {}).get("file_ids") or [])


def threads_of_store(store: VectorStore, *, limit: int) -> list[str]:
    """Return the ids of the newest threads in lists that have the store."""
    # As text, because the column is `json` to keep the order of keys (docs/adr/0003), and `json`
    # can't be searched. An id is unique enough for that.
    rows = Thread.objects.filter(project=store.project_id, origin__in=LISTED).alias(
        resources=Cast("tool_resources", TextField())
    )
    using = rows.filter(resources__contains=f'"{store.id}"').order_by("-pk")
    return list(using.values_list("pk", flat=True)[:limit])


def stores_by_file(project: Project, file_ids: Iterable[str]) -> dict[str, list[VectorStore]]:
    """Return the vector stores that have each of these files, by the file's id."""
    rows = VectorStoreFile.objects.filter(store__project=project, file__in=list(file_ids))
    stores: dict[str, list[VectorStore]] = {}
    for row in rows.select_related("store").order_by("pk"):
        stores.setdefault(row.file_id, []).append(row.store)
    return stores


def threads_by_file(project: Project, file_ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the ids of threads whose messages attach each file, newest first, by file id."""
    threads: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT one->>'file_id', m.thread_id FROM message m"
            " JOIN thread t ON t.id = m.thread_id, json_array_elements(m.attachments) one"
            # `has_attachments` has a partial index, so that other messages are not read.
            " WHERE m.has_attachments AND t.project_id = %s AND one->>'file_id' = ANY(%s)"
            " ORDER BY m.thread_id DESC",
            [project.id, list(file_ids)],
        )
        for file_id, thread_id in cursor.fetchall():
            threads.setdefault(file_id, []).append(thread_id)
    return threads


def attached_files(thread: Thread) -> list[File]:
    """Return the existing files that the thread's messages attach, without duplicates."""
    rows = Message.objects.filter(thread=thread, has_attachments=True).order_by("pk")
    ids = [
        item["file_id"]
        for attachments in rows.values_list("attachments", flat=True)
        for item in attachments
        if item.get("file_id")
    ]
    there = files_by_id(thread.project_id, ids)
    return [there[file_id] for file_id in dict.fromkeys(ids) if file_id in there]


def stores_of(project: Project, resources: dict[str, dict[str, list[str]]]) -> list[VectorStore]:
    """Return the vector stores in tool resources that exist."""
    ids = store_ids(resources)
    there = stores_by_id(project.id, ids)
    return [there[store_id] for store_id in ids if store_id in there]


def indexed_bytes(project: Project) -> int:
    """Return the number of bytes that the project's vector stores take."""
    rows = VectorStoreFile.objects.filter(store__project=project)
    return int(rows.aggregate(sum=Sum("usage_bytes"))["sum"] or 0)


def _assistants(project: Project) -> list[Assistant]:
    rows = Assistant.objects.filter(project=project).order_by("-pk")
    return list(rows.only("id", "name", "tool_resources"))
