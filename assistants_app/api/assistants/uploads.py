"""/v1/uploads"""

from typing import Any

from assistants_app.api.multipart import stored_form
from assistants_app.api.repeats import made_before
from assistants_app.api.request import ApiRequest
from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError
from assistants_app.domain.ids import new_id
from assistants_app.models import Upload, UploadPart
from assistants_app.queries.files.files import get_upload
from assistants_app.services.files import uploads as services
from assistants_app.services.files.stored_bytes import discard_bytes, join_bytes
from assistants_app.wire.files import (
    UploadCompleteParams,
    UploadCreateParams,
    upload_object,
    upload_part_object,
)


def create(request: ApiRequest) -> dict[str, Any]:
    params = request.params(UploadCreateParams)
    return upload_object(services.create_upload(project=request.project, params=params))


def add_part(request: ApiRequest, upload_id: str) -> dict[str, Any]:
    if made := made_before(UploadPart):
        return upload_part_object(made)
    # Checked before the bytes are read, and again when the part's row is inserted.
    services.check_pending(get_upload(request.project, upload_id))
    part_id = new_id("part")
    with stored_form(request, file_field="data", key=part_id, limit=limits.PART_BYTES) as (
        _,
        stored,
    ):
        part = services.add_part(
            project=request.project, upload_id=upload_id, part_id=part_id, stored=stored
        )
    return upload_part_object(part)


def complete(request: ApiRequest, upload_id: str) -> dict[str, Any]:
    if made := made_before(Upload):
        return upload_object(made)
    params = request.params(UploadCompleteParams)
    upload = get_upload(request.project, upload_id)
    services.check_pending(upload)
    part_ids = services.check_parts(upload, params)
    file_id = new_id("file", "-")
    # Joining up to 8 GB can take minutes, in which no lock is held. A request that completes or
    # cancels the upload meanwhile wins.
    stored = join_bytes(key=file_id, sources=part_ids)
    try:
        upload = services.complete_upload(
            project=request.project,
            upload_id=upload_id,
            file_id=file_id,
            stored=stored,
            params=params,
        )
    except ApiError:
        # The upload stays as it was, so the client can try again.
        discard_bytes(keys=[file_id])
        raise
    return upload_object(upload)


def cancel(request: ApiRequest, upload_id: str) -> dict[str, Any]:
    return upload_object(services.cancel_upload(project=request.project, upload_id=upload_id))
