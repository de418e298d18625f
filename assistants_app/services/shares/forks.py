"""Copies of what a share link shows, in a project of the person who makes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from assistants_app.domain import limits, run_status
from assistants_app.domain.configurations.origins import SHARE
from assistants_app.domain.ids import new_id
from assistants_app.domain.search import CITATION_MARK
from assistants_app.events import publish
from assistants_app.models import Citation, File, Message, Project, Share, Thread
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.threads.threads import TITLE
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.stored_bytes import discard_bytes, store_bytes
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.space import require_space
from assistants_app.storage.byte_store import BytesMissing, Stored, byte_store
from assistants_app.wire.threads.messages import file_citation, file_path, refusal_part, text_part

WireObject = Mapping[str, Any]


def copy_shared_thread(*, project: Project, share: Share, shown: WireObject) -> Thread:
    """Copy the messages and files that a link shows into a new thread of the project.

    Only what the link shows is copied. Tool calls belong to runs, which stay where they are.

    Raises :class:`InvalidRequest` if the project has no space for the files, and ``Forbidden``.
    """
    numbers = {number: shown["files"][number]["id"] for number in _used_files(shown["items"])}
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
    copies = [_message(thread, item, ids) for item in _messages(shown)]
    Message.objects.bulk_create([copy for copy in copies if copy.content or copy.attachments])
    Citation.objects.bulk_create(_citations(thread, shown).values())
    publish_on_commit(thread.id, [publish.thread_created(thread)])
    note(
        "fork_shared_thread",
        project=project,
        target_type="thread",
        target_id=thread.id,
        target_name=shown["title"],
    )
    return thread


def _messages(shown: WireObject) -> Iterator[WireObject]:
    return (item for item in shown["items"] if item["kind"] in ("user", "assistant"))


def _used_files(items: Iterable[WireObject]) -> list[str]:
    used: dict[str, None] = {}
    for item in items:
        if item["kind"] == "tool":
            continue
        used |= dict.fromkeys(item["files"])
        for part in item["parts"]:
            used |= dict.fromkeys(link["file"] for link in part.get("links", ()))
            used |= dict.fromkeys([part["file"]] if part.get("file") else [])
    return list(used)


def _purpose(number: str, items: Iterable[WireObject]) -> str:
    # Like images that a person sends, so that models see them.
    parts = (part for item in items if item["kind"] == "user" for part in item["parts"])
    return "vision" if any(part.get("file") == number for part in parts) else "assistants"


def _message(thread: Thread, item: WireObject, ids: Mapping[str, str]) -> Message:
    created_at = datetime.fromtimestamp(item["created_at"], UTC)
    attachments = [
        {"file_id": ids[number], "tools": []} for number in item["files"] if number in ids
    ]
    is_incomplete = item["is_incomplete"]
    return Message(
        thread=thread,
        role=item["kind"],
        created_at=created_at,
        status=run_status.INCOMPLETE if is_incomplete else run_status.COMPLETED,
        incomplete_at=created_at if is_incomplete else None,
        completed_at=None if is_incomplete else created_at,
        content=[content for part in item["parts"] if (content := _content(part, ids))],
        attachments=attachments,
        has_attachments=bool(attachments),
    )


def _content(part: WireObject, ids: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the part as in a message object, or None for an image that was deleted."""
    match part["type"]:
        case "text":
            content = text_part(part["text"])
            content["text"]["annotations"] = _annotations(part, ids)
            return content
        case "refusal":
            return refusal_part(part["text"])
        case "image_url":
            return {"type": "image_url", "image_url": {"url": part["url"], "detail": "auto"}}
        case _ if part["file"] in ids:
            image = {"file_id": ids[part["file"]], "detail": "auto"}
            return {"type": "image_file", "image_file": image}
        case _:
            return None


def _annotations(part: WireObject, ids: Mapping[str, str]) -> list[dict[str, Any]]:
    links = [
        file_path(link["text"], link["start"], _end(link, "text"), ids[link["file"]])
        for link in part["links"]
        if link["file"] in ids
    ]
    citations = [
        file_citation(
            citation["mark"],
            citation["start"],
            _end(citation, "mark"),
            # The cited file stays where it is, so this is the ID of none.
            new_id("file", "-"),
            quote=citation["quote"],
            page=citation["page"],
            score=0.0,
        )
        for citation in part["citations"]
        if citation["quote"]
    ]
    return [*links, *citations]


def _end(item: WireObject, name: str) -> int:
    return int(item["start"]) + len(item[name])


def _citations(thread: Thread, shown: WireObject) -> dict[tuple[int, int], Citation]:
    found = {}
    parts: Sequence[WireObject] = [part for item in _messages(shown) for part in item["parts"]]
    for citation in (one for part in parts for one in part.get("citations", ())):
        mark = CITATION_MARK.fullmatch(citation["mark"])
        if mark is None or not citation["quote"]:
            continue
        number, place = int(mark[1]), int(mark[2])
        found[number, place] = Citation(
            thread=thread,
            number=number,
            place=place,
            file_id=new_id("file", "-"),
            filename=citation["file_name"],
            quote=citation["quote"],
            page=citation["page"],
            start=0,
            end=0,
            score=0.0,
        )
    return found
