"""Pieces that services share. They run inside the caller's transaction and commit nothing."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from assistants_app.dispatch import dispatch_run
from assistants_app.domain import run_status
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.events.log import NewEvent
from assistants_app.events.publish import publish
from assistants_app.models import Message, Project, Run, Thread
from assistants_app.queries.files import files_by_id
from assistants_app.queries.vector_stores import stores_by_id
from assistants_app.services import store_parts
from assistants_app.wire.common import FileSearchResources, ToolResources
from assistants_app.wire.messages import MessageCreateParams, content_parts
from assistants_app.wire.validation import Params


def publish_on_commit(thread_id: str, events: Iterable[NewEvent]) -> None:
    """Publish in this order once the transaction is committed, and not at all otherwise."""
    if happened := list(events):
        transaction.on_commit(partial(publish, thread_id, happened))


def dispatch_on_commit(run_id: str) -> None:
    """Send the run to the workers once it is committed."""
    transaction.on_commit(partial(dispatch_run, run_id))


def lock_thread(project: Project, thread_id: str) -> Thread:
    """The thread, held for this transaction, so that its messages and runs come one by one."""
    rows = Thread.objects.select_for_update(no_key=True)
    try:  # not `first`, which adds an order: to write that takes longer than to ask
        return rows.get(project=project, pk=thread_id)
    except Thread.DoesNotExist:
        raise NotFound("thread", thread_id) from None


def active_run_id(thread: Thread) -> str | None:
    """The id of the run that the thread is busy with, or of one that waits for its turn."""
    rows = Run.objects.filter(thread=thread, status__in=run_status.ACTIVE)
    return next(iter(rows.values_list("pk", flat=True)[:1]), None)


def add_messages(
    project: Project, thread: Thread, params: Iterable[MessageCreateParams]
) -> list[Message]:
    """Insert messages in this order; files that they attach for file search come into the thread's
    vector store. The thread is held or new. Raises :class:`NotFound` for files that do not exist.
    """
    rows = message_columns(project, params)
    store_parts.add_attachments(project, thread, store_parts.searched_attachments(rows))
    return insert_messages(thread.id, rows)


def insert_messages(thread_id: str, rows: Iterable[dict[str, Any]]) -> list[Message]:
    """Insert messages from their columns, in this order."""
    now = timezone.now()
    fixed: dict[str, Any] = {
        "thread_id": thread_id,
        "created_at": now,
        "completed_at": now,
        "status": run_status.COMPLETED,
    }
    return Message.objects.bulk_create([Message(**fixed, **columns) for columns in rows])


def message_columns(
    project: Project, params: Iterable[MessageCreateParams]
) -> list[dict[str, Any]]:
    """Messages of a request as plain JSON. Raises :class:`NotFound` for files that do not exist."""
    rows = [
        {
            "role": item.role,
            "content": content_parts(item.content),
            "attachments": [attachment.given() for attachment in item.attachments or []],
            "has_attachments": bool(item.attachments),
            "metadata": item.metadata or {},
        }
        for item in params
    ]
    check_files(project, [file_id for row in rows for file_id in _file_ids(row)])
    return rows


def _file_ids(row: dict[str, Any]) -> Iterator[str]:
    for part in row["content"]:
        if part["type"] == "image_file":
            yield part["image_file"]["file_id"]
    for attachment in row["attachments"]:
        yield attachment["file_id"]


def check_files(project: Project, file_ids: list[str]) -> None:
    """Raise :class:`NotFound` for the first of these files that does not exist: one query, or none
    without files.
    """
    there = files_by_id(project.id, file_ids)
    for file_id in file_ids:
        if file_id not in there:
            raise NotFound("file", file_id)


def tool_resources(
    project: Project, resources: ToolResources | None, *, store_days: int | None = None
) -> dict[str, Any]:
    """Tool resources as they are kept; a vector store that they bring along is made, and expires
    `store_days` after its last use. Raises for files and stores that do not exist.
    """
    if resources is None:
        return {}
    file_ids: list[str] = []
    if resources.code_interpreter:
        file_ids = resources.code_interpreter.file_ids or []
        check_files(project, file_ids)
    kept: dict[str, Any] = {}
    if resources.code_interpreter:
        kept["code_interpreter"] = {"file_ids": file_ids}
    if resources.file_search:
        kept["file_search"] = {
            "vector_store_ids": _stores(project, resources.file_search, days=store_days)
        }
    return kept


def _stores(project: Project, given: FileSearchResources, *, days: int | None) -> list[str]:
    """Ids of the stores that are named, and of those that are brought along."""
    named = given.vector_store_ids or []
    if named and given.vector_stores:
        raise InvalidRequest(
            "Only one of 'vector_store_ids' and 'vector_stores' can be given.",
            param="tool_resources.file_search",
            code="mutually_exclusive_parameters",
        )
    there = stores_by_id(project.id, named)
    for store_id in named:
        if store_id not in there:
            raise NotFound("vector store", store_id)
    brought = given.vector_stores or []
    return named + [store_parts.inline_store(project, store, days=days) for store in brought]


def tools(given: Iterable[Params] | None) -> list[dict[str, Any]]:
    """Tools as they are kept and shown. The vendor adds ``strict`` to functions without it."""
    kept = [tool.given() for tool in given or []]
    types = {tool["type"] for tool in kept}
    for index, tool in enumerate(kept):
        if tool["type"] != "function":
            continue
        tool["function"].setdefault("strict", False)
        if (name := tool["function"]["name"]) in types:
            raise InvalidRequest(
                f"Invalid 'tools[{index}].function.name': '{name}' is the name of another tool "
                "of this assistant. Rename the function.",
                param=f"tools[{index}].function.name",
                code="invalid_value",
            )
    return kept
