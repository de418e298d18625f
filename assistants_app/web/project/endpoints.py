"""The dialog that connects model endpoints, and the list of models."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from assistants_app.domain.errors import InvalidRequest
from assistants_app.gateway.endpoints import discover_endpoints
from assistants_app.models import Project
from assistants_app.queries.project.endpoints import list_endpoints
from assistants_app.services.project import endpoints as services
from assistants_app.web.assistants.model_notes import models_context
from assistants_app.web.http import go_to, project_view


@project_view("GET")
def models(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask all endpoints for their models again, and list them."""
    return render(request, "endpoints/_models.html", models_context(project, refresh=True))


@project_view("GET", "POST")
def endpoints(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show the dialog with the servers found on this machine. POST: connect an endpoint."""
    if request.method == "GET":
        return _render_dialog(request, project)
    try:
        services.connect_endpoint(
            project=project,
            name=request.POST.get("name", "").strip(),
            base_url=request.POST.get("base_url", ""),
            api_key=request.POST.get("api_key", "").strip(),
        )
    except InvalidRequest as error:
        return _render_dialog(request, project, error.message)
    # Reload the page below the dialog, because its list of models has changed.
    return go_to(request.headers.get("HX-Current-URL") or reverse("home"))


def _render_dialog(request: HttpRequest, project: Project, error: str = "") -> HttpResponse:
    context = {
        "found": discover_endpoints(),
        "connected": list_endpoints(project.id),
        "base_url": request.POST.get("base_url", ""),
        "error": error,
        **models_context(project),
    }
    return render(request, "endpoints/_dialog.html", context, status=422 if error else 200)


@project_view("POST")
def delete(request: HttpRequest, project: Project, endpoint_id: str) -> HttpResponse:
    """Disconnect an endpoint. Return the dialog."""
    services.disconnect_endpoint(project=project, endpoint_id=endpoint_id)
    return _render_dialog(request, project)
