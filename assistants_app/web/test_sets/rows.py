"""The page of a row, which works without scripts and on a phone, and its files."""

import json
import mimetypes
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, Conflict, InvalidRequest, NotFound
from assistants_app.domain.test_sets.editing import (
    CHECKS,
    DESCRIPTION,
    EXPECTED,
    MESSAGE,
    REPEATS,
    TAGS,
    THRESHOLD,
    VARIABLE,
    cell_text,
)
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.models import Project, TestSet, WorkingRow
from assistants_app.queries.test_sets.sets import (
    column_names,
    file_of,
    get_test_set,
    get_working_row,
)
from assistants_app.services.test_sets import files
from assistants_app.services.test_sets import rows as services
from assistants_app.services.test_sets.revisions import RowChanged
from assistants_app.services.test_sets.rows import CellEdit
from assistants_app.storage.byte_store import byte_store
from assistants_app.web.file_bytes import bytes_response
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.wire.file_names import base_name
from assistants_app.wire.json_bodies import read_json

TOOLS = ("file_search", "code_interpreter", "image")
FIXED = (MESSAGE, CHECKS, TAGS, DESCRIPTION, REPEATS, THRESHOLD)
NEW = "new"
"""The key in the URL of a row that doesn't exist yet."""


@project_view("GET", "POST", verb={"GET": "read", "POST": "edit_test_cells"})
def row(request: HttpRequest, project: Project, set_id: str, row_key: str) -> HttpResponse:
    """GET: show the row, or an empty form for the key ``new``. POST: save the fields."""
    test_set = get_test_set(project, set_id)
    working = None if row_key == NEW else get_working_row(test_set, row_key)
    if request.method == "GET":
        return _render(request, test_set, working)
    columns = _columns(test_set)
    sent = {name: _sent(request, name) for name in columns if name in request.POST}
    before = {name: _sent(request, f"before:{name}") for name in sent}
    # What nobody has touched, somebody else may have changed.
    cells = {name: text for name, text in sent.items() if text != before[name]}
    added = _sent(request, "new-name").strip()
    if added:
        prefix = EXPECTED if request.POST.get("new-kind") == "expected" else VARIABLE
        cells[f"{prefix}{added}"] = _sent(request, "new-value")
    revision = whole_number(request.POST.get("revision", "")) or 0
    edit = CellEdit(working.key if working else "", revision, cells, before)
    try:
        [saved] = services.edit_test_cells(
            project=project, set_id=set_id, edits=[edit], author=author_of(request)
        )
    except RowChanged as conflict:
        theirs = cell_text(conflict.row.content, conflict.column)
        said = {"conflict": conflict.message, "theirs": theirs}
        return _render(request, test_set, working, said, status=409, typed=sent)
    except InvalidRequest as error:
        return _render(request, test_set, working, {"error": error.message}, status=422, typed=sent)
    messages.success(request, _("Saved."))
    return redirect("test_row", project.id, set_id, saved.key)


def _sent(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n")


def _columns(test_set: TestSet) -> list[str]:
    variables, expected = column_names(test_set)
    named = [
        *(f"{VARIABLE}{name}" for name in variables),
        *(f"{EXPECTED}{name}" for name in expected),
    ]
    return [*FIXED, *named]


def _render(
    request: HttpRequest,
    test_set: TestSet,
    working: WorkingRow | None,
    more: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:
    content = working.row.content if working else {}
    shown = {name: cell_text(content, name) for name in _columns(test_set)}
    texts = {**shown, **(typed or {})}
    context = {
        "project": test_set.project,
        "section": "tests",
        "set": test_set,
        "working": working,
        "key": working.key if working else NEW,
        "fixed": {name: (texts[name], shown[name]) for name in FIXED},
        "variables": _named(texts, shown, VARIABLE),
        "expected": _named(texts, shown, EXPECTED),
        "files": list(enumerate(content.get("files", []))),
        "tools": TOOLS,
        "reasons": not_run(content),
        "json": json.dumps(content, indent=2, ensure_ascii=False),
        **(more or {}),
    }
    return render(request, "tests/row.html", context, status=status)


def _named(
    texts: dict[str, str], shown: dict[str, str], prefix: str
) -> list[tuple[str, str, str, str]]:
    return [
        (name, name.removeprefix(prefix), text, shown[name])
        for name, text in texts.items()
        if name.startswith(prefix)
    ]


@project_view("POST", verb="replace_test_row")
def replace(request: HttpRequest, project: Project, set_id: str, row_key: str) -> HttpResponse:
    """Save the row as the JSON that was typed in ``json``."""
    test_set = get_test_set(project, set_id)
    working = get_working_row(test_set, row_key)
    try:
        services.replace_test_row(
            project=project,
            set_id=set_id,
            key=row_key,
            revision=whole_number(request.POST.get("revision", "")) or 0,
            content=read_json(request.POST.get("json", "").encode("utf-8", "surrogatepass")),
            author=author_of(request),
        )
    except (InvalidRequest, Conflict) as error:
        more = {"json": request.POST.get("json", ""), "json_error": error.message}
        return _render(request, test_set, working, more, status=error.http_status)
    messages.success(request, _("Saved."))
    return redirect("test_row", project.id, set_id, row_key)


@project_view("POST", verb="delete_test_rows")
def delete(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Delete the rows whose keys the form has as ``id``."""
    keys = request.POST.getlist("id")
    count = services.delete_test_rows(project=project, set_id=set_id, keys=keys)
    words = _("Deleted 1 row.") if count == 1 else _("Deleted %(count)d rows.") % {"count": count}
    messages.success(request, words)
    return redirect("test_set", project.id, set_id)


@project_view("POST", verb="attach_test_file")
def attach(request: HttpRequest, project: Project, set_id: str, row_key: str) -> HttpResponse:
    """Add the form's ``file`` to the row, for the ``tool``."""
    get_working_row(get_test_set(project, set_id), row_key)
    given, tool = request.FILES.get("file"), request.POST.get("tool", "")
    if given is None or not given.name or tool not in TOOLS:
        messages.error(request, _("Choose a file first."))
        return redirect("test_row", project.id, set_id, row_key)
    name = base_name(given.name)[: limits.FILE_NAME]
    mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    try:
        copy = files.store_copy(given.chunks(), name=name, mime_type=mime_type, tool=tool)
    except ApiError as error:
        messages.error(request, error.message)
        return redirect("test_row", project.id, set_id, row_key)
    try:
        files.attach_test_file(
            project=project, set_id=set_id, key=row_key, copy=copy, author=author_of(request)
        )
    except ApiError as error:
        files.discard_copies([copy])
        if isinstance(error, NotFound):
            raise
        messages.error(request, error.message)
    return redirect("test_row", project.id, set_id, row_key)


@project_view("GET", verb="read")
def file_content(
    request: HttpRequest, project: Project, set_id: str, row_key: str, index: int
) -> HttpResponseBase:
    """Download a file of the row."""
    test_set = get_test_set(project, set_id)
    named = get_working_row(test_set, row_key).row.content.get("files", [])
    if index >= len(named):
        raise NotFound("file", str(index))
    entry = named[index]
    file = file_of(test_set, str(entry.get("sha256", "")))
    name, mime_type = str(entry.get("name", "file")), str(entry.get("mime_type", ""))
    return bytes_response(byte_store().read(file.pk), name, mime_type, file.bytes)


@project_view("POST", verb="detach_test_file")
def detach(
    request: HttpRequest, project: Project, set_id: str, row_key: str, index: int
) -> HttpResponse:
    """Remove a file from the row."""
    try:
        files.detach_test_file(
            project=project,
            set_id=set_id,
            key=row_key,
            revision=whole_number(request.POST.get("revision", "")) or 0,
            index=index,
            author=author_of(request),
        )
    except Conflict as error:
        messages.error(request, error.message)
    return redirect("test_row", project.id, set_id, row_key)
