"""/v1/files"""

from typing import Any

from django.utils.http import content_disposition_header

from assistants_app.api.file_streams import read_in_threads
from assistants_app.api.multipart import stored_form
from assistants_app.api.repeats import made_before
from assistants_app.api.request import ApiRequest
from assistants_app.api.responses import StreamedResponse
from assistants_app.domain import limits
from assistants_app.domain.ids import new_id
from assistants_app.models import File
from assistants_app.queries.files import files as queries
from assistants_app.services.files import requests as services
from assistants_app.storage.byte_store import byte_store
from assistants_app.wire.common import list_object
from assistants_app.wire.file_names import base_name
from assistants_app.wire.files import deleted_file_object, file_create_params, file_object
from assistants_app.wire.lists import id_filter, page_params


def create(request: ApiRequest) -> dict[str, Any]:
    if made := made_before(File):
        return file_object(made)
    # The bytes are stored before the row is inserted (docs/adr/0005), under the row's future id.
    file_id = new_id("file", "-")
    with stored_form(request, file_field="file", key=file_id, limit=limits.FILE_BYTES) as (
        form,
        stored,
    ):
        file = services.create_file(
            project=request.project,
            file_id=file_id,
            filename=form.filename,
            mime_type=form.mime_type,
            stored=stored,
            params=file_create_params(form.fields),
        )
    return file_object(file)


def list_(request: ApiRequest) -> dict[str, Any]:
    # The vendor's limits for files differ from those of all other lists.
    params = page_params(
        request.query, default=limits.FILES_PAGE_MAX, maximum=limits.FILES_PAGE_MAX
    )
    page = queries.list_files(request.project, params, purpose=id_filter(request.query, "purpose"))
    return list_object([file_object(item) for item in page.items], has_more=page.has_more)


def retrieve(request: ApiRequest, file_id: str) -> dict[str, Any]:
    return file_object(queries.get_file(request.project, file_id))


def delete(request: ApiRequest, file_id: str) -> dict[str, Any]:
    services.delete_file(project=request.project, file_id=file_id)
    return deleted_file_object(file_id)


def content(request: ApiRequest, file_id: str) -> StreamedResponse:
    # Whatever the file's purpose. The vendor refuses to return files for assistants, but here they
    # are the operator's own.
    file = queries.get_file(request.project, file_id)
    name = base_name(file.filename)
    return StreamedResponse(
        read_in_threads(byte_store().read(file.id)),
        content_type=file.mime_type,
        headers={
            "Content-Length": str(file.bytes),
            # Always a download, and never of a guessed type: HTML in a file must not run on this
            # site.
            "Content-Disposition": content_disposition_header(True, name) or "",
            "X-Content-Type-Options": "nosniff",
        },
    )
