"""JSON of files and uploads (schemas ``OpenAIFile``, ``Upload``, ``UploadPart``)."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, StringConstraints

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import File, Upload, UploadPart
from assistants_app.wire.common import unix_time
from assistants_app.wire.validation import Params, parse

Purpose = Literal["fine-tune", "assistants", "batch", "user_data", "vision", "evals"]
PURPOSES: tuple[str, ...] = get_args(Purpose)
NESTED_FIELD = re.compile(r"(\w+)\[(\w+)\]")
MIME_TYPE = r"^[\w.+-]+/[\w.+-]+$"


class ExpiresAfter(Params):
    anchor: Literal["created_at"]
    seconds: Annotated[int, Field(ge=limits.FILE_EXPIRY_MIN, le=limits.FILE_EXPIRY_MAX)]


class FileCreateParams(Params):
    purpose: Purpose
    expires_after: ExpiresAfter | None = None


class UploadCreateParams(Params):
    filename: Annotated[str, StringConstraints(min_length=1, max_length=limits.FILE_NAME)]
    purpose: Purpose
    bytes: Annotated[int, Field(ge=1, le=limits.UPLOAD_BYTES)]
    mime_type: Annotated[str, StringConstraints(max_length=255)]
    expires_after: ExpiresAfter | None = None


class UploadCompleteParams(Params):
    part_ids: Annotated[list[str], Field(min_length=1)]
    md5: str | None = None


def file_create_params(fields: Mapping[str, str]) -> FileCreateParams:
    """Return the fields of a multipart form. Raises :class:`InvalidRequest`."""
    # The vendor checks the purpose with other words than everything else. It was seen to answer
    # "'answers' is not one of ['fine-tune', …] - 'purpose'".
    purpose = fields.get("purpose")
    if purpose is None:
        raise missing_property("purpose")
    if purpose not in PURPOSES:
        raise InvalidRequest(f"'{purpose}' is not one of {list(PURPOSES)} - 'purpose'")
    return parse(FileCreateParams, _nest_fields(fields))


def missing_property(name: str) -> InvalidRequest:
    """Return the vendor's error for a form without this field."""
    return InvalidRequest(f"'{name}' is a required property")


def _nest_fields(fields: Mapping[str, str]) -> dict[str, Any]:
    # The SDKs send {"expires_after": {"seconds": 3600}} as a field `expires_after[seconds]`.
    data: dict[str, Any] = {}
    for name, value in fields.items():
        if match := NESTED_FIELD.fullmatch(name):
            outer = data.setdefault(match[1], {})
            if isinstance(outer, dict):
                # A form has only texts. Other digits stay text, which validation then refuses.
                outer[match[2]] = int(value) if re.fullmatch(r"\d{1,18}", value) else value
        else:
            data[name] = value
    return data


def file_object(file: File) -> dict[str, Any]:
    """Return the vendor's ``file`` object."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": unix_time(file.created_at),
        # The vendor's document has no null here, but its service sends one.
        "expires_at": unix_time(file.expires_at),
        "filename": file.filename,
        "purpose": file.purpose,
        "status": file.status,
    }


def deleted_file_object(file_id: str) -> dict[str, Any]:
    """Return the vendor's response to a delete (schema ``DeleteFileResponse``)."""
    # For all other kinds, `object` ends in ".deleted".
    return {"id": file_id, "object": "file", "deleted": True}


def upload_object(upload: Upload) -> dict[str, Any]:
    """Return the vendor's ``upload`` object, which contains the file once it is completed."""
    return {
        "id": upload.id,
        "object": "upload",
        "bytes": upload.bytes,
        "created_at": unix_time(upload.created_at),
        "expires_at": unix_time(upload.expires_at),
        "filename": upload.filename,
        "purpose": upload.purpose,
        "status": upload.status,
        **({"file": file_object(upload.file)} if upload.file else {}),
    }


def upload_part_object(part: UploadPart) -> dict[str, Any]:
    """Return the vendor's ``upload.part`` object."""
    return {
        "id": part.id,
        "object": "upload.part",
        "created_at": unix_time(part.created_at),
        "upload_id": part.upload_id,
    }
