"""A person's projects: the list, the menu in the top bar, and how projects begin and end."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.project.memberships import (
    may_create_projects,
    projects_of,
    projects_with_people,
)
from assistants_app.services.audit import coming_from
from assistants_app.services.project import projects as services
from assistants_app.services.project.deletion import delete_project
from assistants_app.web.http import author_of, client_address, project_view
from assistants_app.web.project.settings import redirect_to_part, render_refusal

IN_MENU = 50
SEARCHABLE = 8  # more projects than this have a search


@project_view("GET", "POST", verb="read")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: list the user's projects with ``q`` in their names. POST: create a project."""
    user = author_of(request)
    if request.method == "POST":
        created = create_from_form(request)
        if isinstance(created, Project):
            return redirect("playground", created.id)
        more = created
    else:
        more = {}
    text = _text(request)
    found = projects_with_people(user, text=text)
    context = {
        "project": project,
        "section": "projects",
        "memberships": found,
        "searchable": text or len(found) > SEARCHABLE,
        "text": text,
        "may_create": may_create_projects(user),
        **more,
    }
    return render(request, "projects/index.html", context, status=422 if more else 200)


def create_from_form(request: HttpRequest) -> Project | dict[str, Any]:
    """Create the project in a form, or return the context of the form with its error."""
    name = request.POST.get("project_name", "")
    try:
        with coming_from(client_address(request)):
            return services.create_project(user=author_of(request), name=name)
    except InvalidRequest as error:
        return {"errors": {error.param: error.message}, "form": request.POST}


@project_view("GET", verb="read")
def menu(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the user's projects with ``q`` in their names, for the menu in the top bar."""
    text = _text(request)
    found = projects_of(author_of(request), text=text, limit=IN_MENU + 1)
    context = {
        "project": project,
        "memberships": found[:IN_MENU],
        "has_more": len(found) > IN_MENU,
        "searchable": text or len(found) > SEARCHABLE,
    }
    return render(request, "projects/_menu.html", context)


def _text(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "").split())


@project_view("POST", verb="rename_project")
def rename(request: HttpRequest, project: Project) -> HttpResponse:
    """Give the project another name."""
    try:
        services.rename_project(project=project, name=request.POST.get("project_name", ""))
    except InvalidRequest as error:
        return render_refusal(request, project, "project", error)
    messages.success(request, _("Name saved."))
    return redirect_to_part(project, "project")


@project_view("POST", verb="delete_project")
def delete(request: HttpRequest, project: Project) -> HttpResponse:
    """Delete the project if its name was typed."""
    try:
        delete_project(project=project, name=request.POST.get("confirm", ""))
    except InvalidRequest as error:
        return render_refusal(request, project, "project", error)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": project.name})
    return redirect("home")
