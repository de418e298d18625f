"""The file list, uploads, downloads and previews."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app import conf
from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.domain.lists import PageParams
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.models import Assistant, File, Project, VectorStore
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.connections import release_connection
from assistants_app.queries.files.files import get_file, list_files, purposes, used_bytes
from assistants_app.queries.files.use import assistants_by_file, stores_by_file, threads_by_file
from assistants_app.rendering.components.links import Link, render_links
from assistants_app.rendering.text.previews import needed_bytes, render_preview
from assistants_app.rendering.threads.messages import attached
from assistants_app.services.files import requests as services
from assistants_app.storage.byte_store import byte_store
from assistants_app.web.file_bytes import (
    IMAGE,
    bytes_response,
    file_of_body,
    is_image_for_model,
    sort_of,
)
from assistants_app.web.http import playground_url, project_view
from assistants_app.web.stores.context import assistant_links, size_context

SHOWN_FILES = 100
SHOWN_USERS = 6
# Suffixes of files that people ask questions about rather than compute with.
PROSE = {".docx", ".epub", ".html", ".md", ".pdf", ".pptx", ".tex", ".txt"}


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of the file list. `users` links to the stores, assistants and threads with the file."""

    id: str
    name: str
    bytes: int
    purpose: str
    created_at: datetime
    users: SafeString
    url: str
    preview_url: str


@project_view("GET", "PUT")
def files(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: list the project's files. PUT: add the request's body as a file called ``name``, and
    return its chip or a chip with the error. ``for`` is ``list`` for an empty response, or
    ``message`` for a chip with a choice of its use.
    """
    if request.method == "GET":
        return render(request, "files/list.html", _list_context(request, project))
    # PUT rather than a form: Django reads a form completely, and into a copy, to check its CSRF
    # token.
    for_message = request.GET.get("for") == "message"
    try:
        file = file_of_body(request, project, for_message=for_message)
    except ApiError as error:
        context = {"name": request.GET.get("name", ""), "error": error.message}
        return render(request, "files/_refused.html", context)
    shown: dict[str, Any] = {"file": file, "bytes": file.bytes}
    match request.GET.get("for"):
        case "list":
            return HttpResponse()
        case "message":
            shown["image"] = is_image_for_model(file)
            shown["tool"] = _use_of(project, request.GET.get("assistant", ""), file)
    return render(request, "files/_held.html", shown)


def _list_context(request: HttpRequest, project: Project) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    name = asked.get("name", "").replace("\0", "").strip()
    purpose, after = asked.get("purpose", "").replace("\0", ""), asked.get("after", "")
    page = list_files(
        project, PageParams(limit=SHOWN_FILES, after=after or None), purpose=purpose, name=name
    )
    ids = [file.id for file in page.items]
    threads = threads_by_file(project, ids)
    stores, assistants = stores_by_file(project, ids), assistants_by_file(project)
    return {
        "project": project,
        "section": "files",
        "rows": [
            _file_row(
                project,
                file,
                stores.get(file.id, []),
                assistants.get(file.id, []),
                threads.get(file.id, []),
            )
            for file in page.items
        ],
        "name": name,
        "purpose": purpose,
        "purposes": purposes(project),
        "after": after,
        "first": urlencode({"name": name, "purpose": purpose}),
        "next": urlencode({"name": name, "purpose": purpose, "after": ids[-1]})
        if page.has_more
        else "",
        "stored": used_bytes(project),
        "quota": conf.FILE_QUOTA_BYTES,
        **size_context(project),
    }


def _file_row(
    project: Project,
    file: File,
    stores: list[VectorStore],
    assistants: list[Assistant],
    threads: list[str],
) -> FileRow:
    shown = attached(project.id, file.id, {})
    users = [
        *(_store_link(project, store) for store in stores),
        *assistant_links(project, assistants),
        *(_thread_link(project, number, thread) for number, thread in enumerate(threads, 1)),
    ]
    return FileRow(
        id=file.id,
        name=file.filename,
        bytes=file.bytes,
        purpose=file.purpose,
        created_at=file.created_at,
        users=render_links(users, most=SHOWN_USERS),
        url=shown.url,
        preview_url=shown.preview_url,
    )


def _store_link(project: Project, store: VectorStore) -> Link:
    return Link(reverse("vector_store", args=[project.id, store.id]), store.name or store.id)


def _thread_link(project: Project, number: int, thread_id: str) -> Link:
    text = _("thread %(number)d") % {"number": number}
    return Link(playground_url(project, t=thread_id), text, title=thread_id)


def _use_of(project: Project, assistant_id: str, file: File) -> str:
    """Return the tool for which a message's file is most likely meant, or that it's an image."""
    if is_image_for_model(file):
        return IMAGE
    try:
        tools = {tool["type"] for tool in get_assistant(project, assistant_id).tools}
    except NotFound:
        tools = set()
    able = [tool for tool in (FILE_SEARCH, CODE_INTERPRETER) if tool in tools]
    if len(able) == 1:
        return able[0]
    suffix = PurePosixPath(file.filename.lower()).suffix
    return FILE_SEARCH if suffix in PROSE else CODE_INTERPRETER


@project_view("POST")
def delete(request: HttpRequest, project: Project, file_id: str) -> HttpResponse:
    """Delete a file, also from all vector stores. Return the list of files."""
    try:
        services.delete_file(project=project, file_id=file_id)
    except ApiError as error:
        raise NotFound("file", file_id) from error
    return render(request, "files/_list.html", _list_context(request, project))


@project_view("POST")
def delete_selected(request: HttpRequest, project: Project) -> HttpResponse:
    """Delete the files ``selected``. Return the list of files."""
    services.delete_files(project=project, file_ids=request.POST.getlist("selected"))
    return render(request, "files/_list.html", _list_context(request, project))


def _get_file_or_404(project: Project, file_id: str) -> File:
    """Return the file, or raise :class:`NotFound`, which the site shows as a 404."""
    try:
        return get_file(project, file_id)
    except ApiError as error:
        raise NotFound("file", file_id) from error


@project_view("GET")
def content(request: HttpRequest, project: Project, file_id: str) -> HttpResponseBase:
    """Return the file's bytes."""
    file = _get_file_or_404(project, file_id)
    # A large file on a slow line can take minutes.
    release_connection()
    return bytes_response(byte_store().read(file.id), file.filename, file.mime_type, file.bytes)


@project_view("GET")
def preview(request: HttpRequest, project: Project, file_id: str) -> HttpResponse:
    """Return a preview of the file, for a dialog."""
    file = _get_file_or_404(project, file_id)
    wanted = needed_bytes(file.filename, file.mime_type, file.bytes)
    head = b"".join(byte_store().read(file.id, end=wanted)) if wanted else b""
    shown = attached(project.id, file.id, {})
    preview = render_preview(
        file.filename,
        file.mime_type,
        file.bytes,
        shown.url,
        head,
        sort_url=f"{shown.preview_url}?sort=",
        sort=sort_of(request),
    )
    return HttpResponse(preview)
