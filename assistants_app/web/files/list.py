"""The file list, uploads, downloads and previews."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app import conf
from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.domain.lists import Sort
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.models import File, Project, VectorStore
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.files.files import (
    get_file,
    matching_files,
    purposes,
    sorted_files,
    used_bytes,
)
from assistants_app.queries.files.use import (
    assistants_by_file,
    drafts_by_file,
    stores_by_file,
    threads_by_file,
)
from assistants_app.queries.pages import size_of
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
)
from assistants_app.web.file_bytes import sort_of as preview_sort
from assistants_app.web.http import author_of, playground_url, project_view, whole_number
from assistants_app.web.stores.context import assistant_links, draft_links, size_context
from assistants_app.web.tables import Column, TableState, ignored_in, selected_ids, sort_of

SHOWN_FILES = 100
SHOWN_USERS = 6
COLUMNS = (
    Column(gettext_lazy("Name"), "name"),
    Column(gettext_lazy("Size"), "size", numeric=True, descends=True),
    Column(gettext_lazy("Purpose"), "purpose"),
    Column(gettext_lazy("Created"), "created", descends=True),
    Column(gettext_lazy("Used by")),
)
NEWEST = Sort("created")
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


@project_view("GET", "PUT", verb={"GET": "read", "PUT": "create_file"})
def files(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: list the project's files. PUT: add the request's body as a file called ``name``, and
    return its chip or a chip with the error. ``for`` is ``list`` for an empty response, ``message``
    for a chip with a choice of its use, or ``value`` for one whose hidden field is ``field`` of
    ``form``.
    """
    if request.method == "GET":
        return render(request, "files/list.html", _list_context(request, project))
    # PUT rather than a form: Django reads a form completely, and into a copy, to check its CSRF
    # token.
    for_message = request.GET.get("for") in ("message", "value")
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
        case "value":
            shown["image"] = is_image_for_model(file)
            shown["value_field"] = request.GET.get("field", "")
            shown["value_form"] = request.GET.get("form", "")
    return render(request, "files/_held.html", shown)


def _list_context(request: HttpRequest, project: Project) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    values = {name: asked.get(name, "").strip() for name in ("name", "purpose")}
    state = TableState(
        reverse("files", args=[project.id]), values, sort_of(asked, COLUMNS, NEWEST), NEWEST
    )
    matching = matching_files(project, **values)
    number = max(whole_number(asked.get("page", "")) or 1, 1)
    page = sorted_files(matching, state.sort, number, SHOWN_FILES)
    if not page.items and number > 1:  # somebody has deleted the files of the last page
        number = 1
        page = sorted_files(matching, state.sort, number, SHOWN_FILES)
    return {
        "project": project,
        "section": "files",
        "rows": _file_rows(request, project, page.items),
        **values,
        "size": size_of(matching),
        "ignored": "" if request.method == "POST" else ignored_in(asked, values, COLUMNS),
        "headings": state.headings(COLUMNS),
        "sort": state.sort_text,
        "page": number,
        "previous": state.url(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        "next": state.url(page=str(number + 1)) if page.has_more else "",
        "purposes": purposes(project),
        "stored": used_bytes(project),
        "quota": conf.FILE_QUOTA_BYTES,
        **size_context(project),
    }


def _file_rows(request: HttpRequest, project: Project, files: list[File]) -> list[FileRow]:
    ids = [file.id for file in files]
    threads, stores = threads_by_file(project, ids), stores_by_file(project, ids)
    assistants, drafts = assistants_by_file(project), drafts_by_file(project)

    def users(file: File) -> list[Link]:
        return [
            *(_store_link(project, store) for store in stores.get(file.id, [])),
            *assistant_links(project, assistants.get(file.id, [])),
            *draft_links(project, drafts.get(file.id, []), author_of(request)),
            *(
                _thread_link(project, number, thread)
                for number, thread in enumerate(threads.get(file.id, []), 1)
            ),
        ]

    return [_file_row(project, file, users(file)) for file in files]


def _file_row(project: Project, file: File, users: list[Link]) -> FileRow:
    shown = attached(project.id, file.id, {})
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


@project_view("POST", verb="delete_file")
def delete(request: HttpRequest, project: Project, file_id: str) -> HttpResponse:
    """Delete a file, also from all vector stores. Return the list of files."""
    try:
        services.delete_file(project=project, file_id=file_id)
    except ApiError as error:
        raise NotFound("file", file_id) from error
    return render(request, "files/_list.html", _list_context(request, project))


@project_view("POST", verb="delete_files")
def delete_selected(request: HttpRequest, project: Project) -> HttpResponse:
    """Delete the files ``id``, or all that the filter finds. Return the list of files."""
    values = {name: request.POST.get(name, "") for name in ("name", "purpose")}
    chosen = selected_ids(request, matching_files(project, **values))
    services.delete_files(project=project, file_ids=chosen)
    return render(request, "files/_list.html", _list_context(request, project))


def _get_file_or_404(project: Project, file_id: str) -> File:
    """Return the file, or raise :class:`NotFound`, which the site shows as a 404."""
    try:
        return get_file(project, file_id)
    except ApiError as error:
        raise NotFound("file", file_id) from error


@project_view("GET", verb="read")
def content(request: HttpRequest, project: Project, file_id: str) -> HttpResponseBase:
    """Return the file's bytes."""
    file = _get_file_or_404(project, file_id)
    return bytes_response(byte_store().read(file.id), file.filename, file.mime_type, file.bytes)


@project_view("GET", verb="read")
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
        sort=preview_sort(request),
    )
    return HttpResponse(preview)
