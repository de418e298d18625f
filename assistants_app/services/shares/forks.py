"""Copies of what a share link shows, in a project of the person who makes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.configurations.origins import SHARE
from assistants_app.domain.ids import new_id
from assistants_app.events import publish
from assistants_app.models import Citation, File, Message, Project, Run, RunStep, Share, Thread
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.threads.threads import TITLE
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.stored_bytes import discard_bytes, store_bytes
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.shares.copied_rows import CopiedRows, used_files
from assistants_app.services.space import require_space
from assistants_app.storage.byte_store import BytesMissing, Stored, byte_store

WireObject = Mapping[str, Any]


def copy_shared_thread(*, project: Project, share: Share, shown: WireObject) -> Thread:
    """Copy the messages and files that a link shows into a new thread of the project.

    Only what the link shows is copied, with its tool calls.

    Raises :class:`InvalidRequest` if the project has no space for the files, and ``Forbidden``.
    """
    numbers = {number: shown["files"][number]["id"] for number in used_files(shown)}
    # Some may have been deleted, or have expired, since the snapshot.
    there = files_by_id(share.project_id, numbers.values())
    ids = {number: new_id("file", "-") for number, one in numbers.items() if one in there}
    stored: dict[str, Stored] = {}
    try:
        # The bytes before their rows: docs/adr/0005-bytes-before-rows.md.
        for number, file_id in list(ids.items()):
            try:
                chunks = byte_store().read(numbers[number])
            except BytesMissing:
                del ids[number]
                continue
            stored[number] = store_bytes(key=file_id, chunks=chunks, limit=limits.FILE_BYTES)
        return fork_shared_thread(project=project, shown=shown, ids=ids, stored=stored)
    except Exception:
        discard_bytes(keys=ids.values())
        raise


@act(require_space)
def fork_shared_thread(
    *, project: Project, shown: WireObject, ids: Mapping[str, str], stored: Mapping[str, Stored]
) -> Thread:
    """Create the thread, once the bytes of its files are `stored` under these `ids`, by number."""
    check_quota(project, sum(one.size for one in stored.values()))
    File.objects.bulk_create(
        File(
            id=ids[number],
            project=project,
            filename=shown["files"][number]["name"],
            purpose=_purpose(number, shown["items"]),
            mime_type=shown["files"][number]["mime_type"],
            bytes=one.size,
            sha256=one.sha256,
        )
        for number, one in stored.items()
    )
    metadata = {TITLE: shown["title"]} if shown["title"] else {}
    thread = Thread.objects.create(project=project, metadata=metadata, origin=SHARE)
    rows = CopiedRows(thread, shown, ids)
    Run.objects.bulk_create(rows.runs)
    Message.objects.bulk_create(rows.messages)
    RunStep.objects.bulk_create(rows.steps)
    Citation.objects.bulk_create(rows.citations)
    publish_on_commit(thread.id, [publish.thread_created(thread)])
    note(
        "fork_shared_thread",
        project=project,
        target_type="thread",
        target_id=thread.id,
        target_name=shown["title"],
    )
    return thread


def _purpose(number: str, items: Iterable[WireObject]) -> str:
    # Like images that a person sends, so that models see them.
    parts = (part for item in items if item["kind"] == "user" for part in item["parts"])
    return "vision" if any(part.get("file") == number for part in parts) else "assistants"
