"""Checks that several rows get at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.check_drafts import Draft, fields_with
from assistants_app.models import Project, TestSet
from assistants_app.queries.test_sets.sets import get_test_set, working_rows
from assistants_app.services.test_sets.rows import add_checks
from assistants_app.web.http import author_of, project_view
from assistants_app.web.test_sets.checks import (
    act_of,
    after_act,
    editor_context,
    names_to_choose,
    open_problems,
    read_drafts,
)

SAVE, REPLACE = "save", "replace"


@project_view("GET", "POST", verb={"GET": "read", "POST": "add_checks"})
def checks_of_rows(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """GET: show an empty list of checks for all rows. POST: go on with that list for the rows whose
    keys the form has as ``id``, or all. With ``save``, give them to the rows.
    """
    test_set = get_test_set(project, set_id)
    drafts: list[Draft] = []
    if request.method == "GET":
        return _render(request, test_set, drafts)
    try:
        drafts = read_drafts(request)
        if SAVE in request.POST:
            return _save(request, test_set, drafts)
        if act_of(request)[0]:
            drafts = after_act(request, drafts)
    except InvalidRequest as error:
        return _render(request, test_set, drafts, status=422, checks_error=error.message)
    return _render(request, test_set, drafts)


def _save(request: HttpRequest, test_set: TestSet, drafts: list[Draft]) -> HttpResponse:
    replaces = request.POST.get("how") == REPLACE
    if open_problems(drafts):
        raise InvalidRequest(_("Some of the checks can't be saved yet. Their fields say why."))
    if not drafts and not replaces:
        raise InvalidRequest(_("Add a check first."))
    count = add_checks(
        project=test_set.project,
        set_id=test_set.id,
        checks=fields_with(drafts)["checks"],
        keys=request.POST.getlist("id") or None,
        replaces=replaces,
        author=author_of(request),
    )
    words = ngettext(
        "Changed the checks of %(count)d row.", "Changed the checks of %(count)d rows.", count
    )
    messages.success(request, words % {"count": count})
    return redirect("test_set", test_set.project_id, test_set.id)


def _render(
    request: HttpRequest, test_set: TestSet, drafts: list[Draft], *, status: int = 200, **more: Any
) -> HttpResponse:
    keys = request.POST.getlist("id")
    context = {
        "project": test_set.project,
        "section": "tests",
        "set": test_set,
        "keys": keys,
        "count": len(keys) or working_rows(test_set).count(),
        "replaces": request.POST.get("how") == REPLACE,
        **editor_context(drafts, 1, act_of(request)),
        **more,
    }
    if "HX-Request" in request.headers:
        return render(request, "tests/_checks.html", context, status=status)
    context |= names_to_choose(test_set.project)
    return render(request, "tests/checks.html", context, status=status)
