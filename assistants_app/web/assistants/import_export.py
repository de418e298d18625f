"""Assistants in and out: clone, export, import."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.mocks import mocks_of
from assistants_app.services.assistants import requests as services
from assistants_app.services.assistants.configurations import drop_missing_resources
from assistants_app.web.assistants.list import first_model
from assistants_app.web.http import author_of, go_to, playground_url, project_view
from assistants_app.wire.assistants.configurations import configuration_of
from assistants_app.wire.assistants.import_export import (
    as_json,
    as_yaml,
    export_document,
    read_document,
)
from assistants_app.wire.assistants.mocks import mock_document

FORMATS = {"json": (as_json, "application/json"), "yaml": (as_yaml, "application/yaml")}


@project_view("POST")
def clone(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """A copy of the published assistant; then to it."""
    copy = services.clone_assistant(
        project=project, assistant_id=assistant_id, author=author_of(request)
    )
    url = playground_url(project, a=copy.id)
    return go_to(url) if request.headers.get("HX-Request") else redirect(url)


@project_view("GET")
def export(request: HttpRequest, project: Project, assistant_id: str, kind: str) -> HttpResponse:
    """The published assistant and its functions' mocks as a download, JSON or YAML. Ids of files
    that are gone are not in it.
    """
    if kind not in FORMATS:
        raise Http404(f"Unknown export format: '{kind}'.")
    write, media_type = FORMATS[kind]
    assistant = get_assistant(project, assistant_id)
    configuration, _gone = drop_missing_resources(project, configuration_of(assistant))
    mocks = [mock_document(mock) for mock in mocks_of(project, assistant_id).values()]
    name = f"{slugify(assistant.name or '')[:80] or assistant.id}.{kind}"
    return HttpResponse(
        write(export_document(configuration, mocks)),
        content_type=f"{media_type}; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(True, name) or "",
            "X-Content-Type-Options": "nosniff",
        },
    )


@project_view("GET", "POST")
def import_(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: the body of the dialog. POST ``file`` or ``text``: the assistants of that document, or
    422 with all that is wrong with it.
    """
    if request.method == "GET":
        return _dialog(request, project)
    uploaded = request.FILES.get("file")
    data = (
        uploaded.read(limits.IMPORT_BYTES + 1)
        if uploaded
        else request.POST.get("text", "").encode()
    )
    try:
        imported = _imported(request, project, data)
    except InvalidRequest as error:
        return _dialog(request, project, {error.param or "": error.message})
    if imported.problems:
        return _dialog(request, project, imported.problems)
    first = imported.assistants[0]
    if not imported.gone:
        return go_to(playground_url(project, a=first.id))
    told = _("Imported. Left out because this project doesn't have them: %(ids)s.") % {
        "ids": ", ".join(imported.gone)
    }
    messages.warning(request, told)
    return go_to(reverse("versions", args=[project.id, first.id]))


def _imported(request: HttpRequest, project: Project, data: bytes) -> services.Imported:
    document = read_document(data)
    configurations = document.configurations
    if request.POST.get("any_model"):
        configurations = [{**item, "model": first_model(project)} for item in configurations]
    return services.import_assistants(
        project=project,
        configurations=configurations,
        mocks=document.mocks,
        author=author_of(request),
    )


def _dialog(
    request: HttpRequest, project: Project, problems: dict[str, str] | None = None
) -> HttpResponse:
    context = {
        "project": project,
        "problems": problems,
        "text": request.POST.get("text", ""),
        "model": first_model(project),
    }
    status = 422 if problems else 200
    return render(request, "assistants/_import.html", context, status=status)
