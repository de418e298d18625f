"""Assistants: create, show and delete them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.gateway.endpoints import list_models
from assistants_app.models import Assistant, Project
from assistants_app.queries.assistants.assistants import (
    count_threads_of,
    get_assistant,
)
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.services.assistants import requests as services
from assistants_app.services.assistants.configurations import revision_of
from assistants_app.web.assistants.autosave import edit_of
from assistants_app.web.assistants.configuration import configuration_context
from assistants_app.web.assistants.model_notes import (
    best_model,
    chat_models,
    models_context,
)
from assistants_app.web.assistants.run_options import RUNS_PUBLISHED
from assistants_app.web.assistants.starters import BLANK
from assistants_app.web.assistants.table import render_table
from assistants_app.web.assistants.values import CHANGED
from assistants_app.web.http import author_of, go_to, playground_url, project_view


@project_view("GET", "POST", verb={"GET": "read", "POST": "create_from_template"})
def assistants(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show the page of assistants. POST: create an assistant, blank or from a template."""
    if request.method == "POST":
        return _create_from_template(request, project)
    return render_table(request, project, request.GET)


def _create_from_template(request: HttpRequest, project: Project) -> HttpResponse:
    template = request.POST.get("template", BLANK)
    assistant = services.create_from_template(
        project=project,
        template=template,
        model=first_model(project),
        author=author_of(request),
    )
    # A blank one needs a name first, so the page selects the field.
    place = "#name" if template == BLANK else ""
    return go_to(f"{playground_url(project, a=assistant.id)}{place}")


def first_model(project: Project) -> str:
    """Return a model of the first endpoint that lists any, for a new assistant."""
    found = (item for item in list_models(project_id=project.id) if item.models)
    first = next(found, None)
    # Without an endpoint, any name will do: it can be changed once a model is connected.
    return best_model(chat_models(first)) if first else "gpt-4o"


@project_view("GET", "POST", verb={"GET": "read", "POST": "save_draft"})
def assistant(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """GET: show an assistant's configuration column, or return a 204 for a page that shows
    ``revision`` and ``version`` already. POST: show it with an unsaved form, as
    ``drafts.draft`` gets it, or return a 204 if the draft has all of it.
    """
    shown = get_assistant(project, assistant_id)
    edit = None
    if request.method == "POST":
        edit = edit_of(project, assistant_id, author_of(request), request.POST)
        if edit.is_saved:
            return HttpResponse(status=204)
    elif "revision" in request.GET and _is_shown(request, project, shown):
        return HttpResponse(status=204)
    context = {
        **configuration_context(request, project, shown, edit=edit),
        **models_context(project),
    }
    return render(request, "assistants/_form.html", context)


def _is_shown(request: HttpRequest, project: Project, assistant: Assistant) -> bool:
    revision = revision_of(assistant, find_draft(project, assistant.id, author_of(request)))
    return (request.GET["revision"], request.GET.get("version")) == (
        revision,
        str(assistant.version_number),
    )


@project_view("POST", verb="set_run_options")
def run_with(request: HttpRequest, project: Project) -> HttpResponse:
    """Let the user's runs use published versions (with ``published``) or drafts."""
    request.session[RUNS_PUBLISHED] = "published" in request.POST
    return HttpResponse(status=204, headers={"HX-Trigger": CHANGED})


@project_view("GET", verb="read")
def menu(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Show the entries of an assistant's menu in the list."""
    context = {"project": project, "assistant": get_assistant(project, assistant_id)}
    return render(request, "assistants/_row_menu.html", context)


@project_view("GET", "POST", verb="delete_assistant")
def delete(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """GET: show the dialog. POST: delete the assistant, but not its threads. If it has threads,
    ``confirm`` must be its name; otherwise the response is a 422.
    """
    doomed = get_assistant(project, assistant_id)
    context: dict[str, Any] = {
        "project": project,
        "assistant": doomed,
        "threads": count_threads_of(project, assistant_id),
        "wanted": (doomed.name or "").strip() or doomed.id,
    }
    if request.method == "POST":
        # A wrong click must not delete an assistant that is in use.
        confirmed = request.POST.get("confirm", "").strip()
        if not context["threads"] or confirmed == context["wanted"]:
            services.delete_assistant(project=project, assistant_id=assistant_id)
            return go_to(playground_url(project))
        context["error"] = _("This doesn't match the assistant's name.")
    status = 422 if "error" in context else 200
    return render(request, "assistants/_delete.html", context, status=status)
