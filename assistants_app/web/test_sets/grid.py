"""The page of a test set, with its rows in a table that is edited like a spreadsheet."""

from typing import Any, TypeGuard

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.editing import cell_text
from assistants_app.domain.test_sets.reading import FORMATS
from assistants_app.models import Project, TestRow, TestSet, WorkingRow
from assistants_app.queries.pages import read_numbered_page
from assistants_app.queries.test_sets.sets import get_test_set, versions_of, working_rows
from assistants_app.services.test_sets import rows as services
from assistants_app.services.test_sets.revisions import RowChanged
from assistants_app.services.test_sets.rows import CellEdit
from assistants_app.web.http import author_of, project_view, url_with, whole_number
from assistants_app.web.test_sets.table import Column, columns_of, row_of
from assistants_app.wire.json_bodies import read_json

PAGE = 50
EDITS = 10_000  # cells of one paste


@project_view("GET", verb="read")
def test_set(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Show a page of the set's rows, with the text ``q`` in them or with the ``tag``.

    ``column`` is a column that no row has a value for yet.
    """
    found = get_test_set(project, set_id)
    asked = {name: _text(request, name) for name in ("q", "tag", "column")}
    number = max(whole_number(request.GET.get("page", "")) or 1, 1)
    rows = working_rows(found, text=asked["q"], tag=asked["tag"])
    count = rows.count()
    page = read_numbered_page(rows, number, PAGE)
    columns = columns_of(found, asked["column"])
    first = (number - 1) * PAGE + 1

    def url(place: int) -> str:
        return url_with("test_set", project.id, set_id, **asked, page=str(place))

    context = {
        "project": project,
        "section": "tests",
        "set": found,
        "columns": columns,
        "rows": [row_of(one, place, columns) for place, one in enumerate(page.items, first)],
        "count": count,
        "first": first,
        "last": first + len(page.items) - 1,
        "versions": versions_of(found),
        "formats": FORMATS.items(),
        "named": [column for column in columns if column.is_named],
        "shows_columns": bool(request.GET.get("columns")),
        "is_filtered": bool(asked["q"] or asked["tag"]),
        "is_last_page": not page.has_more and not asked["q"] and not asked["tag"],
        "previous": url(number - 1) if number > 1 else "",
        "next": url(number + 1) if page.has_more else "",
        **asked,
    }
    return render(request, "tests/set.html", context)


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()


@project_view("POST", verb="edit_test_cells")
def save_cells(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Save the cells in the JSON ``{"edits": [{key, revision, cells, before}], "column"}``.

    ``removed`` has revisions of rows by their keys, which an edit that is taken back had added.
    Return the changed rows as HTML by their keys, and the revisions of those that were ``added``.
    If somebody else has changed one of the cells, return a 409 with their value.
    """
    found = get_test_set(project, set_id)
    try:
        body = read_json(request.body)
        removed = _revisions_in(body.get("removed", {}))
        edits = [_edit_in(one) for one in _listed(body, may_be_empty=bool(removed))]
        made = services.edit_test_cells(
            project=project,
            set_id=set_id,
            edits=edits,
            author=author_of(request),
            removed=removed,
        )
    except RowChanged as conflict:
        return JsonResponse(_conflict(conflict), status=409)
    except InvalidRequest as error:
        return JsonResponse({"message": error.message}, status=422)
    more = body.get("column")
    columns = columns_of(found, more if isinstance(more, str) else "")
    html = {row.key: _row_html(request, project, found, row, columns) for row in made[:PAGE]}
    added = made[sum(bool(edit.key) for edit in edits) :]
    return JsonResponse({"rows": html, "added": {row.key: row.revision for row in added}})


def _revisions_in(given: Any) -> dict[str, int]:
    if isinstance(given, dict) and all(type(number) is int for number in given.values()):
        return given
    raise InvalidRequest(_("The edit of a cell isn't complete. Load the page again."))


def _listed(body: dict[str, Any], *, may_be_empty: bool) -> list[Any]:
    edits = body.get("edits")
    if not isinstance(edits, list) or not (edits or may_be_empty):
        raise InvalidRequest(_("There is nothing to save."), param="edits")
    if len(edits) > EDITS:
        raise InvalidRequest(_("Paste at most %(count)d rows at once.") % {"count": EDITS})
    return edits


def _edit_in(given: Any) -> CellEdit:
    match given:
        case {"key": str(key), "revision": int(revision), "cells": cells, **rest}:
            before = rest.get("before", {})
            if _are_texts(cells) and _are_texts(before):
                return CellEdit(key, revision, cells, before)
    raise InvalidRequest(_("The edit of a cell isn't complete. Load the page again."))


def _are_texts(given: object) -> TypeGuard[dict[str, str]]:
    return isinstance(given, dict) and all(isinstance(text, str) for text in given.values())


def _conflict(conflict: RowChanged) -> dict[str, Any]:
    row = conflict.row
    return {
        "message": conflict.message,
        "key": row.key,
        "column": conflict.column,
        "revision": row.revision,
        "theirs": cell_text(row.content, conflict.column) if conflict.column else "",
    }


def _row_html(
    request: HttpRequest, project: Project, found: TestSet, row: TestRow, columns: list[Column]
) -> str:
    working = WorkingRow(test_set=found, row=row, key=row.key)
    context = {"project": project, "set": found, "row": row_of(working, 0, columns)}
    return render_to_string("tests/_row.html", context, request=request)
