"""Vector stores: their list, their files and passages, and a tester of queries."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError
from assistants_app.models import Project, VectorStore
from assistants_app.queries.files.use import assistants_by_store
from assistants_app.rendering.components.links import render_links
from assistants_app.services.stores import requests as services
from assistants_app.web.http import go_to, project_view
from assistants_app.web.stores.context import (
    assistant_links,
    panel_context,
    price_context,
    store_rows,
)
from assistants_app.wire.stores.stores import VectorStoreCreateParams
from assistants_app.wire.validation import parse


@project_view("GET", "POST")
def stores(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: all stores. POST: a new one, called ``name``."""
    if request.method == "POST":
        try:
            store = _created(project, request.POST.get("name", ""))
        except ApiError as error:
            return _list(request, project, error.message)
        return go_to(_url(project, store))
    return _list(request, project)


def _list(request: HttpRequest, project: Project, error: str = "") -> HttpResponse:
    rows, next_page = store_rows(project, after=request.GET.get("after", ""))
    users = assistants_by_store(project)
    context = {
        "project": project,
        "section": "stores",
        "rows": [
            (row, render_links(assistant_links(project, users.get(row.store.id, []))))
            for row in rows
        ],
        "next": next_page,
        **price_context(project),
        "error": error,
    }
    return render(request, "stores/list.html", context)


@project_view("GET", "POST")
def search_panel(request: HttpRequest, project: Project) -> HttpResponse:
    """The store of an assistant in its configuration. GET: ``store`` is chosen. POST: a new one,
    named after the assistant. The assistant has it once its form is saved.
    """
    chosen = request.GET.get("store", "")
    if request.method == "POST":
        chosen = _created(project, request.POST.get("name", "")[: limits.NAME]).id
    return render(request, "stores/_panel.html", panel_context(project, chosen))


def _created(project: Project, name: str) -> VectorStore:
    params = parse(VectorStoreCreateParams, {"name": name.strip() or _("Files")})
    return services.create_store(project=project, params=params)


def _url(project: Project, store: VectorStore) -> str:
    return reverse("vector_store", args=[project.id, store.id])
