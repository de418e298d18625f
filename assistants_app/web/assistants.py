"""The list of assistants and the configuration form."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.assistants import get_assistant, search_assistants
from assistants_app.queries.vector_stores import stores_by_id
from assistants_app.services import assistants as services
from assistants_app.services.endpoints import list_models
from assistants_app.web.forms import AssistantForm, form_from, form_of, held_files, params_of
from assistants_app.web.http import author_of, go_to, project_view
from assistants_app.web.playground import models_context
from assistants_app.web.store_context import panel_context


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


@project_view("GET", "POST")
def assistant(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """GET: the form. POST: save it, or show what is wrong under the fields."""
    current = get_assistant(project, assistant_id)
    if request.method == "GET":
        return _form(request, project, assistant_id, form_of(current))
    form = form_from(request.POST)
    # Files and stores that were deleted meanwhile are gone here too.
    form.values["files"] = [file.id for file in held_files(project, form)]
    form.values["store"] = next(iter(stores_by_id(project.id, [form.values["store"]])), "")
    params = params_of(form, current)
    if params is not None:
        try:
            current = services.update_assistant(
                project=project,
                assistant_id=assistant_id,
                params=params,
                author=author_of(request),
                source="ui",
            )
            form = form_of(current)
            form.saved = True
        except InvalidRequest as error:
            form.errors[error.param or "model"] = error.message
    return _form(request, project, assistant_id, form)


def _form(
    request: HttpRequest, project: Project, assistant_id: str, form: AssistantForm
) -> HttpResponse:
    context = {
        "assistant": get_assistant(project, assistant_id),
        "assistants": search_assistants(project, "") if form.saved else [],
        "current": assistant_id,
        "form": form,
        "held": held_files(project, form),
        **panel_context(project, form.values["store"]),
        **models_context(project),
    }
    return render(
        request, "assistants/_saved.html" if form.saved else "assistants/_form.html", context
    )


@project_view("POST")
def delete(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Delete an assistant; its threads stay."""
    services.delete_assistant(project=project, assistant_id=assistant_id)
    return go_to(playground_url(project))
