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
from assistants_app.domain.test_sets.check_drafts import (
    Draft,
    drafts_of,
    fields_with,
    with_lost_turns,
)
from assistants_app.domain.test_sets.editing import (
    ALL_CHECKS,
    DESCRIPTION,
    EXPECTED,
    MESSAGE,
    REPEATS,
    TAGS,
    THRESHOLD,
    VARIABLE,
    cell_text,
    with_cell,
)
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.domain.test_sets.rows import TOOLS_OF_FILES
from assistants_app.models import Project, TestRow, TestSet, WorkingRow
from assistants_app.queries.test_sets.sets import (
    column_names,
    file_hashes,
    file_of,
    get_test_set,
    get_working_row,
    place_of_row,
)
from assistants_app.services.test_sets import files
from assistants_app.services.test_sets import rows as services
from assistants_app.services.test_sets.revisions import RowChanged
from assistants_app.services.test_sets.rows import CellEdit
from assistants_app.services.test_sets.undo import Earlier
from assistants_app.storage.byte_store import byte_store
from assistants_app.web.file_bytes import bytes_response
from assistants_app.web.http import author_of, project_view, whole_number
from assistants_app.web.test_sets.checks import (
    ACT,
    act_of,
    after_act,
    editor_context,
    names_to_choose,
    open_problems,
    read_drafts,
)
from assistants_app.web.test_sets.undo import offer_undo
from assistants_app.wire.file_names import base_name
from assistants_app.wire.json_bodies import read_json

FIXED = (MESSAGE, ALL_CHECKS, TAGS, DESCRIPTION, REPEATS, THRESHOLD)
NEW = "new"
"""The key in the URL of a row that doesn't exist yet."""


@project_view("GET", "POST", verb={"GET": "read", "POST": "edit_test_cells"})
def row(request: HttpRequest, project: Project, set_id: str, row_key: str) -> HttpResponse:
    """GET: show the row, or an empty form for the key ``new``. POST: save the fields.

    POST with ``act``: change the list of checks on the page, and save nothing.
    """
    test_set = get_test_set(project, set_id)
    working = None if row_key == NEW else get_working_row(test_set, row_key)
    if request.method == "GET":
        return _render(request, test_set, working)
    columns = _columns(test_set)
    sent = {name: _sent(request, name) for name in columns if name in request.POST}
    # The checks are sent as fields of their own. This is where their text will be.
    if f"before:{ALL_CHECKS}" in request.POST:
        sent[ALL_CHECKS] = _sent(request, f"before:{ALL_CHECKS}")
    try:
        drafts = read_drafts(request)
        if ACT in request.POST:
            return _after_act(request, test_set, working, sent, drafts)
    except InvalidRequest as error:
        return _render(request, test_set, working, {"error": error.message}, status=422, typed=sent)
    drafts = with_lost_turns(drafts, _turns(sent))
    if open_problems(drafts):
        said = {"error": _("Some of the checks can't be saved yet. Their fields say why.")}
        return _render(request, test_set, working, said, status=422, typed=sent, drafts=drafts)
    if ALL_CHECKS in sent:
        sent[ALL_CHECKS] = cell_text(fields_with(drafts), ALL_CHECKS)
    return _save(request, test_set, working, sent, drafts)


def _after_act(
    request: HttpRequest,
    test_set: TestSet,
    working: WorkingRow | None,
    sent: Mapping[str, str],
    drafts: list[Draft],
) -> HttpResponse:
    said: dict[str, Any] = {}
    try:
        drafts = after_act(request, drafts)
    except InvalidRequest as error:
        said["checks_error"] = error.message
    if "HX-Request" in request.headers:
        context = editor_context(drafts, _turns(sent), act_of(request))
        # Only the list comes back, so its form is where it was.
        before = _sent(request, f"before:{ALL_CHECKS}")
        return render(request, "tests/_checks.html", {**context, **said, "before_checks": before})
    return _render(request, test_set, working, said, typed=sent, drafts=drafts)


def _save(
    request: HttpRequest,
    test_set: TestSet,
    working: WorkingRow | None,
    sent: Mapping[str, str],
    drafts: list[Draft],
) -> HttpResponse:
    before = {name: _sent(request, f"before:{name}") for name in sent}
    # What nobody has touched, somebody else may have changed.
    cells = {name: text for name, text in sent.items() if text != before[name]}
    added = _sent(request, "new-name").strip()
    if added:
        prefix = EXPECTED if request.POST.get("new-kind") == "expected" else VARIABLE
        cells[f"{prefix}{added}"] = _sent(request, "new-value")
    revision = whole_number(request.POST.get("revision", "")) or 0
    edit = CellEdit(working.key if working else "", revision, cells, before)
    project, set_id = test_set.project, test_set.id
    try:
        [saved] = services.edit_test_cells(
            project=project, set_id=set_id, edits=[edit], author=author_of(request)
        )
    except RowChanged as conflict:
        said = {"conflict": conflict.message, "theirs": _theirs(conflict)}
        return _render(request, test_set, working, said, status=409, typed=sent, drafts=drafts)
    except InvalidRequest as error:
        said = {"error": error.message}
        return _render(request, test_set, working, said, status=422, typed=sent, drafts=drafts)
    _say_saved(request, test_set, working, saved)
    return redirect("test_row", project.id, set_id, saved.key)


def _say_saved(
    request: HttpRequest, test_set: TestSet, working: WorkingRow | None, saved: TestRow
) -> None:
    earlier = Earlier.saved(working.row, saved) if working else None
    offer_undo(request, test_set.project, test_set.id, _("Saved."), [earlier])


def _theirs(conflict: RowChanged) -> str:
    content = conflict.row.content
    if conflict.column == ALL_CHECKS:
        return "\n".join(draft.words for draft in drafts_of(content)) or _("No checks")
    return cell_text(content, conflict.column)


def _turns(sent: Mapping[str, str]) -> int:
    return len(with_cell({}, MESSAGE, sent.get(MESSAGE, "")).get("turns", []))


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
    drafts: list[Draft] | None = None,
) -> HttpResponse:
    content = working.row.content if working else {}
    shown = {name: cell_text(content, name) for name in _columns(test_set)}
    revision = working.row.revision if working else 0
    if typed and status != Conflict.http_status:
        # The page goes on from what it showed before, or nobody would notice a conflict.
        shown |= {name: _sent(request, f"before:{name}") for name in typed}
        revision = whole_number(request.POST.get("revision", "")) or 0
    texts = {**shown, **(typed or {})}
    context = {
        "project": test_set.project,
        "section": "tests",
        "set": test_set,
        "working": working,
        "key": working.key if working else NEW,
        "revision": revision,
        "json_revision": revision,
        "is_old": _is_old(request, working),
        **(_place_of(working) if working else {}),
        "fixed": {name: (texts[name], shown[name]) for name in FIXED},
        "variables": _named(texts, shown, VARIABLE),
        "expected": _named(texts, shown, EXPECTED),
        "files": _files_of(test_set, content),
        "tools": TOOLS_OF_FILES,
        "reasons": not_run(content),
        "json": json.dumps(content, indent=2, ensure_ascii=False),
        "before_checks": shown[ALL_CHECKS],
        **editor_context(drafts_of(content) if drafts is None else drafts, _turns(texts)),
        **names_to_choose(test_set.project),
        **(more or {}),
    }
    return render(request, "tests/row.html", context, status=status)


def _files_of(
    test_set: TestSet, content: Mapping[str, Any]
) -> list[tuple[int, Mapping[str, Any], bool]]:
    """Return the row's files with their places, and whether the set has their bytes."""
    files = content.get("files", [])
    there = file_hashes(test_set) if files else set()
    return [(at, file, file.get("sha256") in there) for at, file in enumerate(files)]


def _is_old(request: HttpRequest, working: WorkingRow | None) -> bool:
    seen = whole_number(request.GET.get("seen", ""))
    return bool(working and seen is not None and working.row.revision != seen)


def _place_of(working: WorkingRow) -> dict[str, int]:
    place, count = place_of_row(working)
    return {"place": place, "row_count": count}


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
        saved = services.replace_test_row(
            project=project,
            set_id=set_id,
            key=row_key,
            revision=whole_number(request.POST.get("revision", "")) or 0,
            content=read_json(request.POST.get("json", "").encode("utf-8", "surrogatepass")),
            author=author_of(request),
        )
    except (InvalidRequest, Conflict) as error:
        more = {"json": request.POST.get("json", ""), "json_error": error.message}
        if isinstance(error, InvalidRequest):
            # Or nobody would notice what others have changed meanwhile.
            more["json_revision"] = request.POST.get("revision", "")
        return _render(request, test_set, working, more, status=error.http_status)
    _say_saved(request, test_set, working, saved)
    return redirect("test_row", project.id, set_id, row_key)


@project_view("POST", verb="delete_test_rows")
def delete(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Delete the rows whose keys the form has as ``id``."""
    keys = request.POST.getlist("id")
    rows = services.delete_test_rows(project=project, set_id=set_id, keys=keys)
    count = len(rows)
    words = _("Deleted 1 row.") if count == 1 else _("Deleted %(count)d rows.") % {"count": count}
    offer_undo(request, project, set_id, words, [Earlier.deleted(each) for each in rows])
    return redirect("test_set", project.id, set_id)


@project_view("POST", verb="attach_test_file")
def attach(request: HttpRequest, project: Project, set_id: str, row_key: str) -> HttpResponse:
    """Add the form's ``file`` to the row, for the ``tool``."""
    get_working_row(get_test_set(project, set_id), row_key)
    given, tool = request.FILES.get("file"), request.POST.get("tool", "")
    if given is None or not given.name or tool not in TOOLS_OF_FILES:
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
