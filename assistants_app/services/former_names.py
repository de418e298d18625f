"""Keep the names of files that are about to be deleted, within the caller's transaction.

Share links hide them for good (queries/shares/names.py), although nothing else knows them any more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from assistants_app.models import FormerFileName, Message, Thread
from assistants_app.queries.shares.names import known_names, names_of

_INSERT = "INSERT INTO former_file_name (project_id, owner_id, name) "
_ONCE = " ON CONFLICT DO NOTHING"
# Code may call a file otherwise, so a thread keeps the name that it has there.
_OF_FILES = f"""
{_INSERT} SELECT project_id, id, filename FROM file WHERE id = ANY(%(files)s)
UNION
SELECT thread.project_id, thread.id, session_file.name
FROM session_file JOIN thread ON thread.id = thread_id WHERE file_id = ANY(%(files)s) {_ONCE}
"""
_OF_STORES = f"""
{_INSERT} SELECT file.project_id, store_id, file.filename
FROM vector_store_file JOIN file ON file.id = file_id WHERE vector_store_file.id = ANY(%s) {_ONCE}
"""


def keep_names_of_files(file_ids: Collection[str]) -> None:
    """Keep the names of files that will be deleted."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_FILES, {"files": list(file_ids)})


def keep_names_of_store_files(row_ids: Collection[str]) -> None:
    """Keep the names of files that will be removed from their stores."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_STORES, [list(row_ids)])


def keep_names_of_message(project_id: str, message: Message) -> None:
    """Keep the names of the files in a message that will be deleted."""
    files = {item["file_id"] for item in message.attachments if item.get("file_id")}
    for part in message.content:
        if part["type"] == "image_file":
            files.add(part["image_file"]["file_id"])
        for annotation in part["text"].get("annotations") or () if part["type"] == "text" else ():
            if path := annotation.get("file_path"):
                files.add(path["file_id"])
    if files:
        _keep(project_id, message.thread_id, names_of(project_id, files=files))


def keep_names_of_resources(thread: Thread, before: Mapping[str, Any] | None) -> None:
    """Keep the names that the tool resources `before` knew, and those of now don't have."""
    now = thread.tool_resources or {}
    gone: dict[str, dict[str, list[str]]] = {}
    for tool, lists in (before or {}).items():
        for kind, ids in lists.items():
            kept = set((now.get(tool) or {}).get(kind) or ())
            gone.setdefault(tool, {})[kind] = [one for one in ids or () if one not in kept]
    if any(ids for lists in gone.values() for ids in lists.values()):
        _keep(thread.project_id, thread.id, names_of(thread.project_id, resources=[gone]))


def keep_names_of_threads(threads: Sequence[Thread]) -> None:
    """Keep what threads that will be deleted know, for the forks that they have."""
    by_id = {thread.pk: thread for thread in threads}
    projects = {thread.project_id for thread in threads}
    forks = Thread.objects.filter(project__in=projects, forked_from_id__in=list(by_id))
    forked = set(forks.values_list("forked_from_id", flat=True))
    for thread_id, thread in by_id.items():
        if thread_id in forked:
            _keep(thread.project_id, thread_id, known_names(thread))
    rest = by_id.keys() - forked
    FormerFileName.objects.filter(project__in=projects, owner_id__in=rest).delete()


def _keep(project_id: str, owner_id: str, names: Iterable[str]) -> None:
    FormerFileName.objects.bulk_create(
        (FormerFileName(project_id=project_id, owner_id=owner_id, name=name) for name in names),
        ignore_conflicts=True,
        batch_size=1000,
    )
