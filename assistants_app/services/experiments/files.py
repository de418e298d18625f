"""The files of rows as runs need them: copied once per revision, and shared by all cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from assistants_app.domain import index_status, limits
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.experiments import states
from assistants_app.domain.ids import new_id
from assistants_app.domain.test_sets.rows import TOOLS_OF_FILES
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.models import (
    Experiment,
    ExperimentRow,
    File,
    HeldFile,
    Project,
    RowFiles,
    TestFile,
    TestRow,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.stores.stores import is_expired
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.removal import remove_files
from assistants_app.services.files.stored_bytes import (
    discard_bytes,
    discard_on_commit,
    store_bytes,
)
from assistants_app.services.stores import attachments
from assistants_app.services.stores.attachments import remove_rows
from assistants_app.storage.byte_store import BytesMissing, Stored, byte_store
from assistants_app.wire.stores.stores import StoreFileCreateParams

PURPOSE = "assistants"
_KEYS = ("sha256", "pk")
_WITHOUT_CHUNKS = (index_status.FAILED, index_status.CANCELLED)


@dataclass(frozen=True, slots=True)
class _Copy:
    # Bytes in the storage that no row has yet, and what the row of the test set says of them.
    file_id: str
    entry: Mapping[str, Any]
    stored: Stored


def prepare_files(experiment: Experiment, row: ExperimentRow) -> bool:
    """Return whether the row's files are ready, and copy them if nobody has yet.

    The copies are files and a vector store like others, so somebody may have deleted or changed
    them since. Then they are made whole again. Raises :class:`NotFound` if the bytes are nowhere
    any more, and :class:`InvalidRequest` without space for them, or for a file that can't be
    searched.
    """
    entries = row.content.get("files") or []
    if not entries:
        return True
    found = RowFiles.objects.filter(row_id=row.row_id).first()
    if found is None or not _is_whole(found, len(entries)):
        found = _copied(experiment, row, entries, found)
    if not found.store_id:
        return True
    in_store = VectorStoreFile.objects.filter(store_id=found.store_id)
    if failed := in_store.filter(status__in=_WITHOUT_CHUNKS).select_related("file").first():
        _let_index_again(found.store_id)
        why = (failed.last_error or {}).get("message") or "its indexing was cancelled."
        raise InvalidRequest(f"“{failed.file.filename}” can't be searched: {why}")
    return not in_store.filter(status=index_status.IN_PROGRESS).exists()


def _is_whole(found: RowFiles, count: int) -> bool:
    if len(found.files) != count or not _ids(found) <= _alive(found):
        return False
    if not found.store_id:
        return True
    store = VectorStore.objects.filter(pk=found.store_id).first()
    if store is None or is_expired(store):
        return False
    searched = {one["file_id"] for one in found.files if one["tool"] == FILE_SEARCH}
    return set(store.files.values_list("file_id", flat=True)) == searched


def _ids(found: RowFiles) -> set[str]:
    return {one["file_id"] for one in found.files}


def _alive(found: RowFiles) -> set[str]:
    return set(files_by_id(found.project_id, _ids(found)))


@transaction.atomic(durable=True)
def _let_index_again(store_id: str) -> None:
    # The next cell of the row, or the next experiment, adds a missing file, so it is indexed again.
    list(VectorStore.objects.select_for_update().filter(pk=store_id))
    rows = VectorStoreFile.objects.filter(store_id=store_id, status__in=_WITHOUT_CHUNKS)
    remove_rows(list(rows.select_for_update().order_by("pk")))


def _copied(
    experiment: Experiment,
    row: ExperimentRow,
    entries: Sequence[Mapping[str, Any]],
    found: RowFiles | None,
) -> RowFiles:
    there = _places_of(found, len(entries))
    copies = _copy_bytes(
        experiment, {at: entry for at, entry in enumerate(entries) if not there[at]}
    )
    try:
        return _store(experiment, row, copies)
    except BaseException:
        discard_bytes(keys=[copy.file_id for copy in copies.values()])
        raise


def _places_of(found: RowFiles | None, count: int) -> list[dict[str, Any] | None]:
    """Return what is noted of each of the row's files, or None if there is no copy of it."""
    if found is None or len(found.files) != count:
        return [None] * count
    alive = _alive(found)
    return [one if one["file_id"] in alive else None for one in found.files]


def _copy_bytes(
    experiment: Experiment, entries: Mapping[int, Mapping[str, Any]]
) -> dict[int, _Copy]:
    hashes = [entry["sha256"] for entry in entries.values() if "sha256" in entry]
    # The set may have been deleted since. What its experiments need was kept then.
    of_set = TestFile.objects.filter(test_set=experiment.test_set_id, sha256__in=hashes)
    held = HeldFile.objects.filter(set_id=experiment.test_set_id, sha256__in=hashes)
    known = {**dict(held.values_list(*_KEYS)), **dict(of_set.values_list(*_KEYS))}
    copies: dict[int, _Copy] = {}
    try:
        for at, entry in entries.items():
            name, tool = entry.get("name", ""), entry.get("tool")
            if tool not in TOOLS_OF_FILES:
                raise InvalidRequest(f"Nothing says what “{name}” is for. Attach it again.")
            file_id = new_id("file", "-")
            try:
                chunks = byte_store().read(known[entry.get("sha256", "")])
                stored = store_bytes(key=file_id, chunks=chunks, limit=limits.FILE_BYTES)
            except (KeyError, BytesMissing):
                raise NotFound("file of the test set", name) from None
            copies[at] = _Copy(file_id, entry, stored)
    except BaseException:
        discard_bytes(keys=[copy.file_id for copy in copies.values()])
        raise
    return copies


@transaction.atomic(durable=True)
def _store(experiment: Experiment, row: ExperimentRow, copies: Mapping[int, _Copy]) -> RowFiles:
    project = experiment.project
    # Locked, so that two workers can't both find that nobody has copied them.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    found = RowFiles.objects.filter(row_id=row.row_id).first()
    places = _places_of(found, len(row.content["files"]))
    used = {at: copy for at, copy in copies.items() if places[at] is None}
    discard_on_commit([copy.file_id for at, copy in copies.items() if at not in used])
    check_quota(project, sum(copy.stored.size for copy in used.values()))
    File.objects.bulk_create(_file_of(project, copy) for copy in used.values())
    for at, copy in used.items():
        name, tool = copy.entry["name"], copy.entry["tool"]
        places[at] = {"file_id": copy.file_id, "tool": tool, "name": name}
    made = found or RowFiles(project=project, row_id=row.row_id)
    # One that was deleted a moment ago is missing until the next round.
    made.files = [one for one in places if one]
    searched = [one["file_id"] for one in made.files if one["tool"] == FILE_SEARCH]
    name = f"Row {row.key}"[: limits.NAME]
    made.store_id = _store_with(project, made.store_id, name, searched) if searched else ""
    made.save()
    return made


def _file_of(project: Project, copy: _Copy) -> File:
    return File(
        id=copy.file_id,
        project=project,
        filename=copy.entry["name"],
        purpose=PURPOSE,
        mime_type=copy.entry.get("mime_type") or "application/octet-stream",
        bytes=copy.stored.size,
        sha256=copy.stored.sha256,
    )


def _store_with(project: Project, store_id: str, name: str, file_ids: Sequence[str]) -> str:
    """Return the ID of a store with these files and no others: this one, if it is still there."""
    stores = VectorStore.objects.select_for_update(no_key=True)
    store = stores.filter(project=project, pk=store_id).first()
    if store is None or is_expired(store):
        store = attachments.new_store(project, name=name)
    others = VectorStoreFile.objects.filter(store=store).exclude(file__in=file_ids)
    remove_rows(list(others.select_for_update().order_by("pk")))
    params = [StoreFileCreateParams(file_id=file_id) for file_id in file_ids]
    attachments.attach_files(store, params)
    return store.pk


@transaction.atomic(durable=True)
def remove_unused_files(*, limit: int) -> int:
    """Delete copies for up to `limit` revisions that are gone and that no cell needs any more.

    Return their number.
    """
    needed = Experiment.objects.filter(rows__row_id=OuterRef("row_id"), state__in=states.UNFINISHED)
    there = TestRow.objects.filter(pk=OuterRef("row_id"))
    unused = RowFiles.objects.select_for_update(skip_locked=True).filter(
        ~Exists(needed), ~Exists(there)
    )
    rows = list(unused.order_by("pk")[:limit])
    ids = [one["file_id"] for row in rows for one in row.files]
    list(VectorStore.objects.select_for_update().filter(pk__in=[row.store_id for row in rows]))
    files = File.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    ids = [file.pk for file in files]
    remove_files(ids)
    VectorStore.objects.filter(pk__in=[row.store_id for row in rows if row.store_id]).delete()
    RowFiles.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


@transaction.atomic(durable=True)
def release_held_files(*, limit: int) -> int:
    """Delete up to `limit` files of deleted sets that no experiment needs any more.

    Return their number.
    """
    needed = Experiment.objects.filter(
        test_set_id=OuterRef("set_id"), state__in=states.UNFINISHED, deleted_at=None
    )
    files = HeldFile.objects.select_for_update(skip_locked=True).filter(~Exists(needed))
    keys = list(files.order_by("pk").values_list("pk", flat=True)[:limit])
    HeldFile.objects.filter(pk__in=keys).delete()
    discard_on_commit(keys)
    return len(keys)
