"""The settings of a project: API keys, model endpoints, time zone."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.days import zone_names
from assistants_app.domain.errors import InvalidRequest
from assistants_app.gateway.endpoints import ModelsOfEndpoint, list_models, refresh_models
from assistants_app.models import Project
from assistants_app.queries.project.endpoints import list_endpoints
from assistants_app.services.acting import current_actor
from assistants_app.services.project import endpoints, projects
from assistants_app.web.http import author_of, project_view
from assistants_app.web.once import done_once, was_done_before
from assistants_app.web.project.endpoints import PRESETS, connect_from_form
from assistants_app.web.project.keys import keys_context, read_form


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint and its models. `id` is empty unless the project has connected it itself."""

    id: str
    listed: ModelsOfEndpoint


@project_view("GET", verb="read_settings")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """Show all settings."""
    return _render_page(request, project)


def _render_page(
    request: HttpRequest, project: Project, *, status: int = 200, **more: Any
) -> HttpResponse:
    own = {row.base_url: row.id for row in list_endpoints(project.id)}
    listed = list_models(project_id=project.id)
    context = {
        "project": project,
        "section": "settings",
        "owns": _may("rename_project"),
        **keys_context(project, author_of(request)),
        "presets": PRESETS,
        "rows": [EndpointRow(own.get(item.endpoint.base_url, ""), item) for item in listed],
        "zones": sorted(zone_names()),
        "form": request.POST if more else {},
        **more,
    }
    response = render(request, "settings/index.html", context, status=status)
    # The page may contain the secret of a new key.
    response["Cache-Control"] = "no-store"
    return response


def _may(verb: str) -> bool:
    actor = current_actor()
    return actor is not None and actor.may(verb)


def redirect_to_part(project: Project, part: str) -> HttpResponse:
    """Return to a part of the settings."""
    return redirect(f"{reverse('settings', args=[project.id])}#{part}")


def render_refusal(
    request: HttpRequest, project: Project, part: str, error: InvalidRequest
) -> HttpResponse:
    """Show the settings with the error under its field."""
    errors = {error.param: error.message}
    return _render_page(request, project, status=422, part=part, errors=errors)


@project_view("POST", verb="create_api_key")
@done_once
def create_key(request: HttpRequest, project: Project) -> HttpResponse:
    """Create an API key, and show its secret."""
    # Not a redirect like the other changes: only a hash of the secret is stored, so no later page
    # could show it.
    try:
        given = read_form(request.POST, author_of(request))
    except InvalidRequest as error:
        return render_refusal(request, project, "keys", error)
    if was_done_before():
        said = _(
            "The key “%(name)s” was created when this form was sent before. If you didn't see its "
            "secret, revoke the key and create another one."
        )
        messages.error(request, said % {"name": given.name})
        return redirect_to_part(project, "keys")
    key, secret = projects.create_api_key(
        project=project,
        name=given.name,
        user=given.user,
        scope=given.scope,
        expires_at=given.expires_at,
    )
    return _render_page(request, project, new_key=key, secret=secret, form={})


@project_view("POST", verb="revoke_api_key")
def revoke_key(request: HttpRequest, project: Project, key_id: str) -> HttpResponse:
    """Revoke an API key."""
    projects.revoke_api_key(project=project, key_id=key_id)
    messages.success(request, _("Key revoked."))
    if not _may("read_keys"):
        return redirect(f"{reverse('account', args=[project.id])}#keys")
    return redirect_to_part(project, "keys")


@project_view("POST", verb="store_endpoint")
def connect(request: HttpRequest, project: Project) -> HttpResponse:
    """Connect an endpoint, if it responds."""
    try:
        connect_from_form(request, project)
    except InvalidRequest as error:
        return render_refusal(request, project, "endpoints", error)
    return redirect_to_part(project, "endpoints")


@project_view("POST", verb="ask_endpoints")
def test(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask an endpoint for its models, and show whether it responded."""
    listed = refresh_models(project_id=project.id, base_url=request.POST.get("base_url", ""))
    count = len(listed.models)
    if listed.problem:
        messages.error(request, f"{listed.endpoint.name}: {listed.problem}")
    else:
        message = ngettext(
            "%(name)s responded with %(count)d model.",
            "%(name)s responded with %(count)d models.",
            count,
        )
        messages.success(request, message % {"name": listed.endpoint.name, "count": count})
    return redirect_to_part(project, "endpoints")


@project_view("POST", verb="disconnect_endpoint")
def disconnect(request: HttpRequest, project: Project, endpoint_id: str) -> HttpResponse:
    """Disconnect an endpoint."""
    endpoints.disconnect_endpoint(project=project, endpoint_id=endpoint_id)
    messages.success(request, _("Endpoint removed."))
    return redirect_to_part(project, "endpoints")


@project_view("POST", verb="set_time_zone")
def set_time_zone(request: HttpRequest, project: Project) -> HttpResponse:
    """Set the time zone that a person has chosen."""
    try:
        projects.set_time_zone(project=project, name=request.POST.get("time_zone", "").strip())
    except InvalidRequest as error:
        return render_refusal(request, project, "time-zone", error)
    messages.success(request, _("Time zone saved."))
    return redirect_to_part(project, "time-zone")


@project_view("POST", verb="set_time_zone")
def detect_time_zone(request: HttpRequest, project: Project) -> HttpResponse:
    """Set the time zone of the browser, unless the project has one."""
    name = request.POST.get("time_zone", "")
    try:
        projects.set_time_zone(project=project, name=name, only_if_unset=True)
    except InvalidRequest:
        # Nobody has typed this name, so nobody needs to read what is wrong with it.
        return HttpResponse(status=422)
    return HttpResponse(status=204)
