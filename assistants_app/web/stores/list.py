"""The list of vector stores, and the choice of a store in an assistant's configuration."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError
from assistants_app.models import Project, VectorStore
from assistants_app.queries.files.use import assistants_by_store, drafts_by_store
from assistants_app.rendering.components.links import render_links
from assistants_app.services.stores import requests as services
from assistants_app.web.http import author_of, go_to, project_view
from assistants_app.web.stores.context import (
    assistant_links,
    draft_links,
    panel_context,
    size_context,
    store_rows,
)
from assistants_app.wire.stores.stores import VectorStoreCreateParams
from assistants_app.wire.validation import parse


@project_view("GET", "POST", verb={"GET": "read", "POST": "create_store"})
def stores(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show all stores. POST: create a store called ``name``, and open its page."""
    if request.method == "POST":
        try:
            store = _create_store(project, request.POST.get("name", ""))
        except ApiError as error:
            return _render_list(request, project, error.message)
        return go_to(_store_url(project, store))
    return _render_list(request, project)


def _render_list(request: HttpRequest, project: Project, error: str = "") -> HttpResponse:
    rows, next_page = store_rows(project, after=request.GET.get("after", ""))
    users, drafts = assistants_by_store(project), drafts_by_store(project)
    context = {
        "project": project,
        "section": "stores",
        "rows": [
            (
                row,
                render_links(
                    [
                        *assistant_links(project, users.get(row.store.id, [])),
                        *draft_links(project, drafts.get(row.store.id, []), author_of(request)),
                    ]
                ),
            )
            for row in rows
        ],
        "next": next_page,
        **size_context(project),
        "error": error,
    }
    return render(request, "stores/list.html", context)


@project_view("GET", "POST", verb={"GET": "read", "POST": "create_store"})
def search_panel(request: HttpRequest, project: Project) -> HttpResponse:
    """Show an assistant's store in its configuration. GET: choose ``store``. POST: create a store
    and choose it.
    """
    # Neither changes the assistant. The form that contains this panel saves the choice.
    chosen = request.GET.get("store", "")
    if request.method == "POST":
        chosen = _create_store(project, request.POST.get("name", "")[: limits.NAME]).id
    return render(request, "stores/_panel.html", panel_context(project, chosen))


def _create_store(project: Project, name: str) -> VectorStore:
    params = parse(VectorStoreCreateParams, {"name": name.strip() or _("Files")})
    return services.create_store(project=project, params=params)


def _store_url(project: Project, store: VectorStore) -> str:
    return reverse("vector_store", args=[project.id, store.id])
