"""Multipart forms with one file, which goes to the storage in chunks while the form is read."""

import mimetypes
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import SuspiciousMultipartForm
from django.http.multipartparser import (  # type: ignore[attr-defined]  # one is not in the stubs
    FIELD,
    FILE,
    RAW,
    ChunkIter,
    InterBoundaryIter,
    LazyStream,
    MultiPartParserError,
    parse_boundary_stream,
)
from django.utils.http import parse_header_parameters

from assistants_app.api.part_names import file_name, readable_header
from assistants_app.api.repeats import identify_form
from assistants_app.api.request import ApiRequest
from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.services.files.stored_bytes import discard_bytes, store_bytes
from assistants_app.storage.byte_store import Stored
from assistants_app.wire.file_names import base_name
from assistants_app.wire.files import MIME_TYPE, missing_property

CHUNK = 256 * 1024  # bytes that are read at once
FIELD_BYTES = 64 * 1024
FIELDS = 100
HEADER_BYTES = 1024  # the limit of Django's parser
NAMED_PART = re.compile(rb"^content-disposition\s*:", re.IGNORECASE | re.MULTILINE)
BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")
# Line breaks and quotes in a file's name, as browsers and clients escape them (HTML standard,
# "multipart form data").
ESCAPED = re.compile(r"%(0A|0D|22)")


@dataclass(slots=True)
class Form:
    """The fields of a form, the file's name and type as its sender gave them, and its bytes."""

    fields: dict[str, str] = field(default_factory=dict)
    filename: str = ""
    mime_type: str = ""
    stored: Stored | None = None


@contextmanager
def stored_form(
    request: ApiRequest, *, file_field: str, key: str, limit: int
) -> Iterator[tuple[Form, Stored]]:
    """Yield the request's form and its file, which is stored under `key`.

    Raises :class:`InvalidRequest` for an invalid form, and :class:`ApiError` with status 413 if the
    file is larger than `limit` bytes.
    """
    form = Form()

    def store(chunks: Iterator[bytes]) -> Stored:
        return store_bytes(key=key, chunks=chunks, limit=limit)

    try:
        _read_form(request, file_field, form, store)
        if form.stored is None:
            raise missing_property(file_field)
        identify_form([form.fields, form.filename, form.mime_type, form.stored.sha256])
        yield form, form.stored
    # Whether the form was refused or what the caller does with it. After any other error it is
    # unknown whether a row has the bytes, so the sweeper decides (docs/adr/0005).
    except ApiError:
        discard_bytes(keys=[key])
        raise


def _read_form(
    request: ApiRequest, file_field: str, form: Form, store: Callable[[Iterator[bytes]], Stored]
) -> None:
    # Django's parser without its upload handlers, which would keep the file in memory or in a
    # temporary file until the whole form is read.
    file: Any = request.file
    file.seek(0)  # after an earlier attempt, which had to wait
    stream = LazyStream(ChunkIter(file, CHUNK))
    closed = False
    try:
        for kind, headers, part in _parts(stream, _read_boundary(request)):
            if kind not in {FIELD, FILE}:
                # Two dashes after a boundary make it the closing one. Anything may follow it.
                closed = part.read(2) == b"--" or closed
                deque(part, maxlen=0)
                continue
            closed = False
            name, filename = _names_in(headers)
            if kind == FILE and name == file_field and form.stored is None:
                _check_encoding(headers)
                form.filename, form.mime_type = filename, _mime_type(headers, filename)
                form.stored = store(part)
            elif kind == FILE or name == file_field:
                raise InvalidRequest(f"Expected one file, in the field '{file_field}'.", param=name)
            else:
                _add_field(form.fields, name, part)
    except (MultiPartParserError, SuspiciousMultipartForm, UnicodeError) as error:
        raise _unreadable(str(error)) from None
    # A form that was cut off would otherwise be taken for one with a shorter file.
    if not closed:
        raise _unreadable("The body ends before its closing boundary.")


def _parts(stream: LazyStream, boundary: bytes) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield kind, headers and content of each part."""
    for part in InterBoundaryIter(stream, b"--" + boundary):
        start = part.read(HEADER_BYTES)
        header, end, content = start.partition(b"\r\n\r\n")
        part.unget(readable_header(header) + end + content if end else start)
        kind, headers, content_stream = parse_boundary_stream(part, HEADER_BYTES)
        if kind == RAW and end and NAMED_PART.search(header):
            raise _unreadable(
                "The Content-Disposition header of a part can't be read. Send the file's name in "
                "UTF-8."
            )
        yield kind, headers, content_stream


def _read_boundary(request: ApiRequest) -> bytes:
    given = request.headers.get("content-type", "")
    try:
        kind, options = parse_header_parameters(given)
    except ValueError:
        kind, options = "", {}
    if kind != "multipart/form-data":
        raise InvalidRequest(
            f"Invalid Content-Type header ({given}), expected multipart/form-data. (HINT: If "
            "you're using curl, you can pass -H 'Content-Type: multipart/form-data')"
        )
    boundary = options.get("boundary", "")
    if not BOUNDARY.fullmatch(boundary):
        raise _unreadable("The Content-Type header has no valid boundary.")
    return boundary.encode("ascii")


def _names_in(headers: dict[str, Any]) -> tuple[str, str]:
    # The names of the field and of the file.
    options = headers["content-disposition"][1]
    name = options.get("name", b"").decode("utf-8", "replace")
    filename = file_name(options.get("filename", b"").decode("utf-8", "replace"))
    filename = base_name(ESCAPED.sub(lambda match: chr(int(match[1], 16)), filename))
    if len(filename) > limits.FILE_NAME:
        raise InvalidRequest(
            f"The file name is too long. The limit is {limits.FILE_NAME} characters.",
            param=name,
        )
    return name, filename


def _mime_type(headers: dict[str, Any], filename: str) -> str:
    # Clients that don't know a file's type send application/octet-stream. The name may say more.
    given = str(headers.get("content-type", ("",))[0]).strip()
    if re.match(MIME_TYPE, given) and given != "application/octet-stream":
        return given[:255]
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _check_encoding(headers: dict[str, Any]) -> None:
    # RFC 7578 deprecates this header. A file in base64 would be stored without being decoded.
    encoding = str(headers.get("content-transfer-encoding", ("binary",))[0]).strip()
    if encoding not in {"binary", "8bit", "7bit"}:
        raise _unreadable(f"The Content-Transfer-Encoding '{encoding}' is not supported.")


def _add_field(fields: dict[str, str], name: str, part: Any) -> None:
    value = part.read(FIELD_BYTES + 1)
    if len(value) > FIELD_BYTES or len(fields) >= FIELDS:
        raise InvalidRequest("The form has too many fields, or one is too large.", param=name)
    fields[name] = value.decode("utf-8", "replace").replace("\0", "")


def _unreadable(reason: str) -> InvalidRequest:
    return InvalidRequest(f"We could not parse the multipart body of your request. ({reason})")
