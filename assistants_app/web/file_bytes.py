"""File uploads and downloads of the site: request bodies as files, and files as responses."""

import base64
import mimetypes
import re
from collections.abc import Callable, Iterator
from functools import partial

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.ids import new_id
from assistants_app.models import File, Project
from assistants_app.queries.files.files import files_by_id
from assistants_app.rendering.text.previews import RASTER_IMAGES
from assistants_app.services.files import requests as services
from assistants_app.services.files.stored_bytes import discard_bytes, store_bytes
from assistants_app.storage.byte_store import Chunks, byte_store
from assistants_app.storage.streams import in_threads
from assistants_app.wire.file_names import base_name
from assistants_app.wire.files import MIME_TYPE, FileCreateParams

IMAGE = "image"  # the use of a message's file that the model sees
CHUNK = 256 * 1024  # bytes


def file_of_body(request: HttpRequest, project: Project, *, for_message: bool = False) -> File:
    """Store the request's body as a file called ``name``. For a message, an image gets the purpose
    of images that models see.

    Raises :class:`ApiError` for a bad name, or if the body is too large or exceeds the quota.
    """
    given = request.GET.get("name", "")
    name = base_name(given)
    if not given or len(name) > limits.FILE_NAME:
        problem = _("The file needs a name with at most %(limit)d characters.")
        raise InvalidRequest(problem % {"limit": limits.FILE_NAME}, param="name")
    file_id = new_id("file", "-")
    chunks: Iterator[bytes] = iter(partial(request.read, CHUNK), b"")
    mime_type = _mime_type(request, name)
    is_image = for_message and mime_type in RASTER_IMAGES
    try:
        stored = store_bytes(key=file_id, chunks=chunks, limit=limits.FILE_BYTES)
        return services.create_file(
            project=project,
            file_id=file_id,
            filename=name,
            mime_type=mime_type,
            stored=stored,
            params=FileCreateParams(purpose="vision" if is_image else "assistants"),
        )
    except ApiError:
        # Refused, so the bytes have no row: docs/adr/0005-bytes-before-rows.md.
        discard_bytes(keys=[file_id])
        raise


def is_image_for_model(file: File) -> bool:
    """Return whether models can see the file: an image, and not too large."""
    return file.mime_type in RASTER_IMAGES and file.bytes <= limits.IMAGE_BYTES


def sort_of(request: HttpRequest) -> int:
    """Return the column by which a preview's table is sorted; see ``render_preview``."""
    given = request.GET.get("sort", "")
    return int(given) if re.fullmatch(r"-?[0-9]{1,4}", given) else 0


def pictures_of(project: Project) -> Callable[[str], str]:
    """Return a function that returns an image of the project as a data URL, by its file's ID, or ""
    if there is no such image.
    """

    def picture(file_id: str) -> str:
        file = files_by_id(project.id, [file_id]).get(file_id)
        if file is None or not is_image_for_model(file):
            return ""
        try:
            data = b"".join(byte_store().read(file.id))
        except OSError:
            return ""
        return f"data:{file.mime_type};base64,{base64.b64encode(data).decode('ascii')}"

    return picture


def _mime_type(request: HttpRequest, name: str) -> str:
    given = request.headers.get("Content-Type", "").partition(";")[0].strip()
    # Browsers send this type for files that they don't know. The name may say more.
    if re.match(MIME_TYPE, given) and given != "application/octet-stream":
        return given[:255]
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def bytes_response(
    chunks: Chunks, name: str, mime_type: str, size: int | None
) -> StreamingHttpResponse:
    """Return a response with bytes that anybody may have written: browsers show images and save
    everything else. `size` is None if it isn't known before the bytes are read.
    """
    shown = mime_type in RASTER_IMAGES
    response = StreamingHttpResponse(in_threads(chunks), content_type=mime_type)
    if size is not None:
        response["Content-Length"] = str(size)
    response["Content-Disposition"] = (
        content_disposition_header(not shown, base_name(name)) or "inline"
    )
    # An uploaded page must not run scripts with the session of the person who opens it.
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    # "private", because a shared cache would give the file to people who may not see it.
    response["Cache-Control"] = "private, max-age=600"
    return response
