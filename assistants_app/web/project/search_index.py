"""The line that says how far the search index is updated."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.models import Project
from assistants_app.queries.words import rebuild_of
from assistants_app.web.http import project_view


@project_view("GET", verb="read")
def search_index(request: HttpRequest, project: Project, table: str) -> HttpResponse:
    """Show the progress, or nothing once the index of the table is up to date."""
    context = {"project": project, "rebuild": rebuild_of(table)}
    return render(request, "settings/_search_index.html", context)
