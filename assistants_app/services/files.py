"""Create and delete files. Their bytes are stored before (:mod:`.file_bytes`)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.models import File, Project
from assistants_app.queries.files import no_such_object, stored_bytes
from assistants_app.services.file_bytes import discard_on_commit
from assistants_app.storage.byte_store import Stored
from assistants_app.wire.files import FileCreateParams

NEVER_EXPIRES = None


@transaction.atomic(durable=True)
def create_file(
    *,
    project: Project,
    file_id: str,
    filename: str,
    mime_type: str,
    stored: Stored,
    params: FileCreateParams,
) -> File:
    """The file whose bytes are stored under `file_id`. Raises for an empty one, and when the
    project's files take too much.
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
        filename=filename,
        purpose=params.purpose,
        mime_type=mime_type,
        bytes=stored.size,
        sha256=stored.sha256,
    )


@transaction.atomic(durable=True)
def delete_file(*, project: Project, file_id: str) -> None:
    """Delete the file; its bytes go with it."""
    file = File.objects.select_for_update().filter(project=project, pk=file_id).first()
    if file is None:
        raise no_such_object("File", file_id)
    file.delete()
    discard_on_commit([file_id])


def check_quota(project: Project, more: int) -> None:
    """Raise if the project has no room for `more` bytes. The project is held for the transaction,
    so that two uploads at once cannot both take the last room.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    left = conf.FILE_QUOTA_BYTES - stored_bytes(project)
    if more > left:
        raise ApiError(
            f"The files of this project may take {conf.FILE_QUOTA_BYTES} bytes, of which "
            f"{max(left, 0)} are left. Delete files that are not needed.",
            code="storage_quota_exceeded",
            http_status=400,
        )


def expiry(created_at: datetime, purpose: str, seconds: int | None) -> datetime | None:
    """When a file expires: as asked for; those for batches after 30 days; others never."""
    if seconds is None and purpose == "batch":
        seconds = limits.FILE_EXPIRY_MAX
    return NEVER_EXPIRES if seconds is None else created_at + timedelta(seconds=seconds)
