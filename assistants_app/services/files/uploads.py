"""Uploads: files that are sent in parts. Their bytes are stored first (:mod:`.stored_bytes`)."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import File, Project, Upload, UploadPart
from assistants_app.queries.files.files import no_such_object, upload_parts
from assistants_app.services.act import act
from assistants_app.services.files.quota import check_quota, expiry
from assistants_app.services.files.stored_bytes import discard_on_commit
from assistants_app.services.space import require_space
from assistants_app.storage.byte_store import Stored
from assistants_app.wire.file_names import base_name
from assistants_app.wire.files import UploadCompleteParams, UploadCreateParams


@act(require_space)
def create_upload(*, project: Project, params: UploadCreateParams) -> Upload:
    """Create an upload, which accepts parts for an hour.

    Raises :class:`InvalidRequest` if the project has no space for its bytes.
    """
    check_quota(project, params.bytes)
    now = timezone.now()
    return Upload.objects.create(
        project=project,
        created_at=now,
        expires_at=now + timedelta(seconds=limits.UPLOAD_SECONDS),
        filename=base_name(params.filename),
        purpose=params.purpose,
        mime_type=params.mime_type,
        bytes=params.bytes,
        file_expires_after=params.expires_after.seconds if params.expires_after else None,
    )


@act()
def add_part(*, project: Project, upload_id: str, part_id: str, stored: Stored) -> UploadPart:
    """Create the part whose bytes are stored under `part_id`. Parts may be sent in parallel.

    Raises the vendor's 404, and :class:`InvalidRequest` for an empty part or a closed upload.
    """
    check_quota(project, stored.size)
    upload = _lock_pending(project, upload_id)
    if not stored.size:
        raise InvalidRequest("The part is empty.", param="data")
    return UploadPart.objects.create(id=part_id, upload=upload, bytes=stored.size)


@act()
def complete_upload(
    *,
    project: Project,
    upload_id: str,
    file_id: str,
    stored: Stored,
    params: UploadCompleteParams,
) -> Upload:
    """Turn the upload into a file, whose joined bytes are stored under `file_id`.

    Raises the vendor's 404, and :class:`InvalidRequest` for wrong parts, a wrong checksum or a
    closed upload. After an error, the upload can be completed again.
    """
    upload = _lock_pending(project, upload_id)
    # Checked before the bytes were joined, and again now that the row is locked.
    check_parts(upload, params)
    if params.md5 is not None and params.md5.lower() != stored.md5:
        raise InvalidRequest(
            f"The MD5 checksum of the uploaded bytes is {stored.md5}, not {params.md5}.",
            param="md5",
            code="invalid_checksum",
        )
    now = timezone.now()
    upload.file = File.objects.create(
        id=file_id,
        project=project,
        created_at=now,
        expires_at=expiry(now, upload.purpose, upload.file_expires_after),
        filename=upload.filename,
        purpose=upload.purpose,
        mime_type=upload.mime_type,
        bytes=stored.size,
        sha256=stored.sha256,
    )
    _end_upload(upload, "completed")
    return upload


@act()
def cancel_upload(*, project: Project, upload_id: str) -> Upload:
    """Cancel the upload and remove its parts."""
    upload = _lock_pending(project, upload_id)
    _end_upload(upload, "cancelled")
    return upload


@transaction.atomic(durable=True)
def expire_uploads(*, limit: int) -> int:
    """End up to `limit` uploads whose hour is over. Return their number."""
    overdue = Upload.objects.filter(status="pending", expires_at__lte=timezone.now())
    uploads = list(overdue.select_for_update(skip_locked=True).order_by("pk")[:limit])
    for upload in uploads:
        _end_upload(upload, "expired")
    return len(uploads)


def check_pending(upload: Upload) -> None:
    """Raise :class:`InvalidRequest` if the upload accepts no more parts."""
    expired = upload.status == "pending" and upload.expires_at <= timezone.now()
    status = "expired" if expired else upload.status
    if status != "pending":
        raise InvalidRequest(f"Upload {upload.id} has status '{status}' and cannot be changed.")


def check_parts(upload: Upload, params: UploadCompleteParams) -> list[str]:
    """Return the ids of the parts in the order of the request.

    Raises :class:`InvalidRequest` if a part is missing or listed twice, or if together they don't
    have the upload's size.
    """
    parts = upload_parts(upload, params.part_ids)
    present = {part.id for part in parts}
    if missing := [part_id for part_id in params.part_ids if part_id not in present]:
        raise InvalidRequest(f"No such Part in this Upload: {missing[0]}", param="part_ids")
    if len(present) < len(parts):
        raise InvalidRequest("A Part is listed twice.", param="part_ids")
    size = sum(part.bytes for part in parts)
    if size != upload.bytes:
        raise InvalidRequest(
            f"The Upload was created for {upload.bytes} bytes, but its Parts have {size}.",
            param="part_ids",
        )
    return [part.id for part in parts]


def _lock_pending(project: Project, upload_id: str) -> Upload:
    rows = Upload.objects.select_for_update(no_key=True)
    upload = rows.filter(project=project, pk=upload_id).first()
    if upload is None:
        raise no_such_object("Upload", upload_id)
    check_pending(upload)
    return upload


def _end_upload(upload: Upload, status: str) -> None:
    upload.status = status
    upload.save(update_fields=["status", "file"])
    # The file of a completed upload has joined bytes of its own.
    discard_on_commit(upload.parts.values_list("pk", flat=True))
    upload.parts.all().delete()
