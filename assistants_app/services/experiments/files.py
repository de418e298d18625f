"""The files of rows as runs need them: copied once per revision, and shared by all cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from assistants_app.domain import index_status, limits
from assistants_app.domain.errors import NotFound
from assistants_app.domain.experiments import states
from assistants_app.domain.ids import new_id
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.models import (
    Experiment,
    ExperimentRow,
    File,
    Project,
    RowFiles,
    TestFile,
    TestRow,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.removal import remove_files
from assistants_app.services.files.stored_bytes import (
    discard_bytes,
    discard_on_commit,
    store_bytes,
)
from assistants_app.services.stores import attachments
from assistants_app.storage.byte_store import BytesMissing, Stored, byte_store
from assistants_app.wire.stores.stores import StoreFileCreateParams

PURPOSE = "assistants"


@dataclass(frozen=True, slots=True)
class _Copy:
    # Bytes in the storage that no row has yet, and what the row of the test set says of them.
    file_id: str
    entry: Mapping[str, Any]
    stored: Stored


def prepare_files(experiment: Experiment, row: ExperimentRow) -> bool:
    """Return whether the row's files are ready, and copy them if nobody has yet.

    Raises :class:`NotFound` if the test set with their bytes was deleted before, and
    :class:`InvalidRequest` without space for them.
    """
    entries = row.content.get("files") or []
    if not entries:
        return True
    found = RowFiles.objects.filter(row_id=row.row_id).first()
    if found is not None and not _is_whole(found):
        # Somebody has deleted a part of it: later cells would run without, and nobody would know.
        _forget(found.pk)
        found = None
    if found is None:
        copies = _copy_bytes(experiment, row, entries)
        try:
            found = _insert(experiment, row, copies)
        except BaseException:
            discard_bytes(keys=[copy.file_id for copy in copies])
            raise
    waiting = VectorStoreFile.objects.filter(
        store_id=found.store_id, status=index_status.IN_PROGRESS
    )
    return not found.store_id or not waiting.exists()


def _is_whole(found: RowFiles) -> bool:
    ids = [one["file_id"] for one in found.files]
    if File.objects.filter(pk__in=ids).count() < len(ids):
        return False
    searched = sum(one["tool"] == FILE_SEARCH for one in found.files)
    attached = VectorStoreFile.objects.filter(store_id=found.store_id)
    return not searched or attached.count() == searched


@transaction.atomic(durable=True)
def _forget(row_files_id: int) -> None:
    _remove(list(RowFiles.objects.select_for_update().filter(pk=row_files_id)))


def _copy_bytes(
    experiment: Experiment, row: ExperimentRow, entries: Sequence[Mapping[str, Any]]
) -> list[_Copy]:
    known = dict(
        TestFile.objects.filter(
            test_set=experiment.test_set_id, sha256__in=[one["sha256"] for one in entries]
        ).values_list("sha256", "pk")
    )
    copies: list[_Copy] = []
    try:
        for entry in entries:
            file_id = new_id("file", "-")
            try:
                chunks = byte_store().read(known[entry["sha256"]])
                stored = store_bytes(key=file_id, chunks=chunks, limit=limits.FILE_BYTES)
            except (KeyError, BytesMissing):
                raise NotFound("file of the test set", entry["name"]) from None
            copies.append(_Copy(file_id, entry, stored))
    except BaseException:
        discard_bytes(keys=[copy.file_id for copy in copies])
        raise
    return copies


@transaction.atomic(durable=True)
def _insert(experiment: Experiment, row: ExperimentRow, copies: Sequence[_Copy]) -> RowFiles:
    project = experiment.project
    # Locked, so that two workers can't both find that nobody has copied them.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if there := RowFiles.objects.filter(row_id=row.row_id).first():
        discard_on_commit([copy.file_id for copy in copies])
        return there
    check_quota(project, sum(copy.stored.size for copy in copies))
    File.objects.bulk_create(
        File(
            id=copy.file_id,
            project=project,
            filename=copy.entry["name"],
            purpose=PURPOSE,
            mime_type=copy.entry["mime_type"],
            bytes=copy.stored.size,
            sha256=copy.stored.sha256,
        )
        for copy in copies
    )
    searched = [copy.file_id for copy in copies if copy.entry["tool"] == FILE_SEARCH]
    store_id = ""
    if searched:
        store = attachments.new_store(project, name=f"Row {row.key}"[: limits.NAME])
        params = [StoreFileCreateParams(file_id=file_id) for file_id in searched]
        attachments.attach_files(store, params)
        store_id = store.pk
    return RowFiles.objects.create(
        project=project,
        row_id=row.row_id,
        store_id=store_id,
        files=[
            {"file_id": copy.file_id, "tool": copy.entry["tool"], "name": copy.entry["name"]}
            for copy in copies
        ],
    )


@transaction.atomic(durable=True)
def remove_unused_files(*, limit: int) -> int:
    """Delete copies for up to `limit` revisions that are gone and that no cell needs any more.

    Return their number.
    """
    needed = Experiment.objects.filter(
        rows__row_id=OuterRef("row_id"), state__in=(states.READY, states.RUNNING, states.PAUSED)
    )
    there = TestRow.objects.filter(pk=OuterRef("row_id"))
    unused = RowFiles.objects.select_for_update(skip_locked=True).filter(
        ~Exists(needed), ~Exists(there)
    )
    rows = list(unused.order_by("pk")[:limit])
    _remove(rows)
    return len(rows)


def _remove(rows: Sequence[RowFiles]) -> None:
    """Delete these locked rows with their files and stores."""
    ids = [one["file_id"] for row in rows for one in row.files]
    list(VectorStore.objects.select_for_update().filter(pk__in=[row.store_id for row in rows]))
    files = File.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    ids = [file.pk for file in files]
    remove_files(ids)
    VectorStore.objects.filter(pk__in=[row.store_id for row in rows if row.store_id]).delete()
    RowFiles.objects.filter(pk__in=[row.pk for row in rows]).delete()
