"""Files: uploads from the page, their bytes, and a look at them."""

import mimetypes
import re
from collections.abc import Iterator
from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest, NotFound
from assistants_app.domain.ids import new_id
from assistants_app.models import File, Project
from assistants_app.queries.connections import release_connection
from assistants_app.queries.files import get_file
from assistants_app.rendering.messages import attached
from assistants_app.rendering.previews import (
    HEAD_BYTES,
    RASTER_IMAGES,
    needs_head,
    render_preview,
)
from assistants_app.services import files as services
from assistants_app.services.file_bytes import discard_bytes, store_bytes
from assistants_app.storage.byte_store import Chunks, byte_store
from assistants_app.storage.streams import in_threads
from assistants_app.web.http import project_view
from assistants_app.wire.files import MIME_TYPE, FileCreateParams

CHUNK = 256 * 1024


@project_view("PUT")
def upload(request: HttpRequest, project: Project) -> HttpResponse:
    """The request's body as a file of the project, called ``name``. The answer is its chip, or one
    that says why there is no such file.

    PUT, and no form around the file: Django's check of the token would read one into a copy.
    """
    try:
        file = _stored(request, project)
    except ApiError as error:
        context = {"name": request.GET.get("name", ""), "error": error.message}
        return render(request, "files/_refused.html", context)
    return render(request, "files/_held.html", {"file": file, "bytes": file.bytes})


def _stored(request: HttpRequest, project: Project) -> File:
    name = request.GET.get("name", "").replace("\0", "")
    if not name or len(name) > limits.FILE_NAME:
        raise InvalidRequest(_("The file needs a name that is not too long."), param="name")
    file_id = new_id("file", "-")
    release_connection()
    chunks: Iterator[bytes] = iter(partial(request.read, CHUNK), b"")
    try:
        stored = store_bytes(key=file_id, chunks=chunks, limit=limits.FILE_BYTES)
        return services.create_file(
            project=project,
            file_id=file_id,
            filename=name,
            mime_type=_mime_type(request, name),
            stored=stored,
            params=FileCreateParams(purpose="assistants"),
        )
    except ApiError:
        discard_bytes(keys=[file_id])
        raise


def _mime_type(request: HttpRequest, name: str) -> str:
    given = request.headers.get("Content-Type", "").partition(";")[0].strip()
    if re.match(MIME_TYPE, given) and given != "application/octet-stream":
        return given[:255]
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _file(project: Project, file_id: str) -> File:
    """Raises :class:`NotFound`, as the site's views do."""
    try:
        return get_file(project, file_id)
    except ApiError as error:
        raise NotFound("file", file_id) from error


@project_view("GET")
def content(request: HttpRequest, project: Project, file_id: str) -> HttpResponseBase:
    """The file's bytes."""
    file = _file(project, file_id)
    release_connection()
    return bytes_response(byte_store().read(file.id), file.filename, file.mime_type, file.bytes)


@project_view("GET")
def preview(request: HttpRequest, project: Project, file_id: str) -> HttpResponse:
    """A look at the file, for a dialog."""
    file = _file(project, file_id)
    head = b""
    if needs_head(file.mime_type):
        head = b"".join(byte_store().read(file.id, end=min(HEAD_BYTES, file.bytes)))
    url = attached(project.id, file.id, {}).url
    return HttpResponse(render_preview(file.filename, file.mime_type, file.bytes, url, head))


def bytes_response(
    chunks: Chunks, name: str, mime_type: str, size: int | None
) -> StreamingHttpResponse:
    """Bytes that others wrote: images are shown, everything else is saved, and nothing of it runs
    as a page of this site. `size`: None if the bytes themselves tell.
    """
    shown = mime_type in RASTER_IMAGES
    response = StreamingHttpResponse(in_threads(chunks), content_type=mime_type)
    if size is not None:
        response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(not shown, name) or "inline"
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=600"
    return response
