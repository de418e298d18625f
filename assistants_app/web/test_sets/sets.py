"""The list of test sets, and what is done with a set as a whole."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain.errors import Conflict, InvalidRequest
from assistants_app.domain.people.names import is_same_name
from assistants_app.domain.test_sets.sample import SAMPLE_NAME
from assistants_app.models import Project
from assistants_app.queries.pages import read_numbered_page
from assistants_app.queries.test_sets.sets import get_test_set, list_test_sets
from assistants_app.services.test_sets import sets as services
from assistants_app.web.http import author_of, project_view, url_with, whole_number

PAGE = 50


@project_view("GET", "POST", verb={"GET": "read", "POST": "create_test_set"})
def test_sets(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: list the project's test sets, with ``q`` in their names. POST: create one."""
    if request.method == "GET":
        return _render_list(request, project)
    try:
        made = services.create_test_set(
            project=project, name=request.POST.get("name", ""), author=author_of(request)
        )
    except InvalidRequest as error:
        return _render_list(request, project, status=422, error=error.message)
    return redirect("test_set", project.id, made.id)


def _render_list(
    request: HttpRequest, project: Project, *, status: int = 200, **more: Any
) -> HttpResponse:
    name = request.GET.get("q", "").strip()
    number = max(whole_number(request.GET.get("page", "")) or 1, 1)
    page = read_numbered_page(list_test_sets(project, name=name), number, PAGE)
    context = {
        "project": project,
        "section": "tests",
        "sets": page.items,
        "has_sample": any(one.name == SAMPLE_NAME for one in page.items),
        "q": name,
        "typed": request.POST.get("name", ""),
        "previous": _page_url(project, name, number - 1) if number > 1 else "",
        "next": _page_url(project, name, number + 1) if page.has_more else "",
        **more,
    }
    return render(request, "tests/index.html", context, status=status)


def _page_url(project: Project, name: str, number: int) -> str:
    return url_with("test_sets", project.id, q=name, page=str(number))


@project_view("POST", verb="add_sample_set")
def add_sample(request: HttpRequest, project: Project) -> HttpResponse:
    """Create the sample set, and open it, or the form of an experiment on it (``then``)."""
    made = services.add_sample_set(project=project, author=author_of(request))
    if request.POST.get("then") == "experiment":
        return redirect(url_with("new_experiment", project.id, set=made.id))
    return redirect("test_set", project.id, made.id)


@project_view("POST", verb="update_test_set")
def update(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Rename and describe a set."""
    try:
        services.update_test_set(
            project=project,
            set_id=set_id,
            name=request.POST.get("name", ""),
            description=request.POST.get("description", ""),
        )
    except InvalidRequest as error:
        messages.error(request, error.message)
    return redirect("test_set", project.id, set_id)


@project_view("POST", verb="delete_test_set")
def delete(request: HttpRequest, project: Project, set_id: str) -> HttpResponse:
    """Delete a set with its rows and versions, if ``confirm`` is its name."""
    test_set = get_test_set(project, set_id)
    if not is_same_name(request.POST.get("confirm", ""), test_set.name):
        messages.error(request, _("Nothing was deleted. Type the name as it is shown."))
        return redirect(f"{reverse('test_set', args=[project.id, set_id])}#set-menu")
    try:
        services.delete_test_set(project=project, set_id=set_id)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect(f"{reverse('test_set', args=[project.id, set_id])}#set-menu")
    messages.success(request, _("Deleted %(name)s.") % {"name": test_set.name})
    return redirect("test_sets", project.id)
