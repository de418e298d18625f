"""Create and delete files. Their bytes are stored first (:mod:`.stored_bytes`)."""

from django.db import transaction
from django.utils import timezone

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import File, Project
from assistants_app.queries.files.files import no_such_object
from assistants_app.services.act import act
from assistants_app.services.audit import Target, note_each
from assistants_app.services.files.quota import check_quota, expiry
from assistants_app.services.files.removal import remove_files
from assistants_app.storage.byte_store import Stored
from assistants_app.wire.file_names import base_name
from assistants_app.wire.files import FileCreateParams


@act()
def create_file(
    *,
    project: Project,
    file_id: str,
    filename: str,
    mime_type: str,
    stored: Stored,
    params: FileCreateParams,
) -> File:
    """Create the file whose bytes are stored under `file_id`.

    Raises :class:`InvalidRequest` if it is empty or the project has no space for it.
    """
    if not stored.size:
        raise InvalidRequest("File is empty.", param="file")
    check_quota(project, stored.size)
    now = timezone.now()
    seconds = params.expires_after.seconds if params.expires_after else None
    return File.objects.create(
        id=file_id,
        project=project,
        created_at=now,
        expires_at=expiry(now, params.purpose, seconds),
        filename=base_name(filename),
        purpose=params.purpose,
        mime_type=mime_type,
        bytes=stored.size,
        sha256=stored.sha256,
    )


@act()
def delete_file(*, project: Project, file_id: str) -> None:
    """Delete the file, its bytes and its chunks. Raises the vendor's 404."""
    # Locked before its rows in vector stores, in the order of docs/adr/0009.
    file = File.objects.select_for_update().filter(project=project, pk=file_id).first()
    if file is None:
        raise no_such_object("File", file_id)
    _note_deleted(project, [file])
    remove_files([file_id])


@act()
def delete_files(*, project: Project, file_ids: list[str]) -> int:
    """Delete the files that exist, with their bytes and chunks. Return their number."""
    rows = File.objects.select_for_update().filter(project=project, pk__in=file_ids)
    files = list(rows.order_by("pk"))
    ids = [file.pk for file in files]
    _note_deleted(project, files)
    remove_files(ids)
    return len(ids)


def _note_deleted(project: Project, files: list[File]) -> None:
    targets = [Target("file", file.id, file.filename) for file in files]
    note_each("delete_file", project=project, targets=targets)


@transaction.atomic(durable=True)
def delete_expired_files(*, limit: int) -> int:
    """Delete up to `limit` expired files. Return their number."""
    # Every worker sweeps: files that another one deletes are skipped.
    overdue = File.objects.filter(expires_at__lte=timezone.now())
    ids = [file.pk for file in overdue.select_for_update(skip_locked=True).order_by("pk")[:limit]]
    remove_files(ids)
    return len(ids)
