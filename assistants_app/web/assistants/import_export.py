"""Clone, export and import of assistants."""

import unicodedata

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.documents.yaml_text import as_yaml
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.mocks import mocks_of
from assistants_app.services.assistants import requests as services
from assistants_app.services.assistants.configurations import drop_missing_resources
from assistants_app.services.people.exports import note_export
from assistants_app.web.assistants.list import first_model
from assistants_app.web.http import author_of, go_to, playground_url, project_view
from assistants_app.wire.assistants.configurations import configuration_of
from assistants_app.wire.assistants.import_export import (
    as_json,
    export_document,
    read_document,
)
from assistants_app.wire.assistants.mocks import mock_document

FORMATS = {"json": (as_json, "application/json"), "yaml": (as_yaml, "application/yaml")}


@project_view("POST", verb="clone_assistant")
def clone(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Copy the published assistant, and open the copy."""
    copy = services.clone_assistant(
        project=project, assistant_id=assistant_id, author=author_of(request)
    )
    url = playground_url(project, a=copy.id)
    return go_to(url) if request.headers.get("HX-Request") else redirect(url)


@project_view("GET", verb="read")
def export(request: HttpRequest, project: Project, assistant_id: str, kind: str) -> HttpResponse:
    """Download the published assistant with its functions' mocks, as ``json`` or ``yaml``, without
    the IDs of deleted files.
    """
    if kind not in FORMATS:
        raise Http404(f"Unknown export format: '{kind}'.")
    write, media_type = FORMATS[kind]
    assistant = get_assistant(project, assistant_id)
    configuration, _gone = drop_missing_resources(project, configuration_of(assistant))
    mocks = [mock_document(mock) for mock in mocks_of(project, assistant_id).values()]
    name = f"{_file_name(assistant.name or '') or assistant.id}.{kind}"
    shown = assistant.name or ""
    note_export(project=project, kind="assistant", target_id=assistant.id, target_name=shown)
    return HttpResponse(
        write(export_document(configuration, mocks)),
        content_type=f"{media_type}; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(True, name) or "",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _file_name(name: str) -> str:
    # Without accents, because not every system keeps them. Other scripts would lose their letters.
    is_latin = all(
        unicodedata.name(sign, "").startswith("LATIN") for sign in name if sign.isalpha()
    )
    return slugify(name, allow_unicode=not is_latin)[:80]


@project_view("GET", "POST", verb="import_assistants")
def import_(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show the dialog. POST: import the assistants in ``file`` or ``text``, or return a 422
    with all errors in the document.
    """
    if request.method == "GET":
        return _render_dialog(request, project)
    uploaded = request.FILES.get("file")
    data = (
        # One byte more than allowed, so that a file which is too large is refused, not cut.
        uploaded.read(limits.IMPORT_BYTES + 1)
        if uploaded
        else request.POST.get("text", "").encode()
    )
    try:
        imported = _import_document(request, project, data)
    except InvalidRequest as error:
        return _render_dialog(request, project, {error.param or "": error.message})
    if imported.problems:
        return _render_dialog(request, project, imported.problems)
    # A document can contain several assistants. Open the first.
    first = imported.assistants[0]
    if not imported.gone:
        return go_to(playground_url(project, a=first.id))
    message = _("Imported. Left out because this project doesn't have them: %(ids)s.") % {
        "ids": ", ".join(imported.gone)
    }
    messages.warning(request, message)
    return go_to(reverse("versions", args=[project.id, first.id]))


def _import_document(request: HttpRequest, project: Project, data: bytes) -> services.Imported:
    document = read_document(data)
    configurations = document.configurations
    # The document's models may not exist here.
    if request.POST.get("any_model"):
        configurations = [{**item, "model": first_model(project)} for item in configurations]
    return services.import_assistants(
        project=project,
        configurations=configurations,
        mocks=document.mocks,
        author=author_of(request),
    )


def _render_dialog(
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
