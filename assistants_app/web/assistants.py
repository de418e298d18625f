"""The list of assistants and the configuration form."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from assistants_app.models import Project
from assistants_app.queries.assistants import get_assistant, search_assistants
from assistants_app.services import assistants as services
from assistants_app.services.endpoints import list_models
from assistants_app.web.configuration import configuration_context
from assistants_app.web.http import author_of, go_to, project_view
from assistants_app.web.playground import models_context
from assistants_app.web.run_options import RUNS_PUBLISHED


def playground_url(project: Project, **state: str) -> str:
    """The main screen with this state."""
    query = urlencode({name: value for name, value in state.items() if value})
    return f"{reverse('playground', args=[project.id])}?{query}"


@project_view("GET", "POST")
def assistants(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: the list, filtered by ``q``. POST: a new assistant, blank or from a template."""
    if request.method == "POST":
        return _create(request, project)
    context = {
        "project": project,
        "assistants": search_assistants(project, request.GET.get("q", "")),
        "current": request.GET.get("a", ""),
        "filtered": bool(request.GET.get("q")),
    }
    return render(request, "assistants/_list.html", context)


def _create(request: HttpRequest, project: Project) -> HttpResponse:
    assistant = services.create_from_template(
        project=project,
        template=request.POST.get("template", "blank"),
        model=first_model(project),
        author=author_of(request),
    )
    return go_to(playground_url(project, a=assistant.id))


def first_model(project: Project) -> str:
    """The first model that an endpoint lists, for an assistant that names none."""
    models = [info.id for item in list_models(project_id=project.id) for info in item.models]
    return models[0] if models else "gpt-4o"


@project_view("GET")
def assistant(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """The configuration column of an assistant."""
    shown = get_assistant(project, assistant_id)
    context = {
        **configuration_context(request, project, shown),
        **models_context(project),
    }
    return render(request, "assistants/_form.html", context)


@project_view("POST")
def run_with(request: HttpRequest, project: Project) -> HttpResponse:
    """Choose whether one's own runs use the published assistants (``published``) or the drafts."""
    request.session[RUNS_PUBLISHED] = "published" in request.POST
    return HttpResponse(status=204)


@project_view("POST")
def delete(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Delete an assistant; its threads stay."""
    services.delete_assistant(project=project, assistant_id=assistant_id)
    return go_to(playground_url(project))
