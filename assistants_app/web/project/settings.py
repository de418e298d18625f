"""The settings of a project: API keys, model endpoints, prices, time zone, limits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app import conf
from assistants_app.domain.days import zone_names
from assistants_app.domain.errors import InvalidRequest
from assistants_app.gateway.endpoints import ModelsOfEndpoint, check_models, list_models
from assistants_app.models import Project
from assistants_app.queries.files.files import stored_bytes
from assistants_app.queries.project.access import list_api_keys
from assistants_app.queries.project.endpoints import list_endpoints, prices_of
from assistants_app.services.project import endpoints, prices, projects
from assistants_app.web.http import project_view

KEY_NAME = 256


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint and its models; `id` is empty for one that the server was started with."""

    id: str
    listed: ModelsOfEndpoint


@project_view("GET")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """All settings."""
    return _page(request, project)


def _page(
    request: HttpRequest, project: Project, *, status: int = 200, **more: Any
) -> HttpResponse:
    own = {row.base_url: row.id for row in list_endpoints(project.id)}
    listed = list_models(project_id=project.id)
    context = {
        "project": project,
        "section": "settings",
        "keys": list_api_keys(project),
        "rows": [EndpointRow(own.get(item.endpoint.base_url, ""), item) for item in listed],
        "prices": [
            (model, *map(_plain, (price.prompt, price.cached, price.completion)))
            for model, price in prices_of(project).items()
        ],
        "models": sorted({info.id for item in listed for info in item.models}),
        "zones": sorted(zone_names()),
        "limits": _limits(project),
        "form": request.POST if more else {},
        **more,
    }
    response = render(request, "settings/index.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _plain(dollars: Decimal) -> str:
    return f"{dollars.normalize():f}"


def _limits(project: Project) -> dict[str, Any]:
    used = stored_bytes(project)
    return {
        "requests": conf.RATE_LIMIT_REQUESTS_PER_MINUTE,
        "stored": used,
        "quota": conf.FILE_QUOTA_BYTES,
        "percent": 100 * used / conf.FILE_QUOTA_BYTES,
        "run_minutes": conf.RUN_EXPIRES_AFTER / 60,
        "event_hours": conf.EVENT_LOG_TTL / 3600,
    }


def _back(project: Project, part: str) -> HttpResponse:
    return redirect(f"{reverse('settings', args=[project.id])}#{part}")


def _refused(
    request: HttpRequest, project: Project, part: str, error: InvalidRequest
) -> HttpResponse:
    told = {"part": part, "errors": {error.param: error.message}}
    return _page(request, project, status=422, **told)


@project_view("POST")
def create_key(request: HttpRequest, project: Project) -> HttpResponse:
    """A new key. Its secret is in this answer and nowhere else."""
    name = request.POST.get("name", "").replace("\0", "").strip()
    if not name or len(name) > KEY_NAME:
        problem = _("Enter a name of at most 256 characters.")
        return _refused(request, project, "keys", InvalidRequest(problem, param="name"))
    key, secret = projects.create_api_key(project=project, name=name)
    return _page(request, project, new_key=key, secret=secret, form={})


@project_view("POST")
def revoke_key(request: HttpRequest, project: Project, key_id: str) -> HttpResponse:
    """A key opens nothing any more."""
    projects.revoke_api_key(project=project, key_id=key_id)
    messages.success(request, _("Key revoked."))
    return _back(project, "keys")


@project_view("POST")
def connect(request: HttpRequest, project: Project) -> HttpResponse:
    """Check an endpoint and keep it."""
    try:
        endpoints.connect_endpoint(
            project=project,
            name=request.POST.get("name", "").strip(),
            base_url=request.POST.get("base_url", ""),
            api_key=request.POST.get("api_key", "").strip(),
        )
    except InvalidRequest as error:
        return _refused(request, project, "endpoints", error)
    messages.success(request, _("Endpoint connected."))
    return _back(project, "endpoints")


@project_view("POST")
def test(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask an endpoint for its models, and say how it answered."""
    listed = check_models(project_id=project.id, base_url=request.POST.get("base_url", ""))
    count = len(listed.models)
    if listed.problem:
        messages.error(request, f"{listed.endpoint.name}: {listed.problem}")
    else:
        told = ngettext(
            "%(name)s responded with %(count)d model.",
            "%(name)s responded with %(count)d models.",
            count,
        )
        messages.success(request, told % {"name": listed.endpoint.name, "count": count})
    return _back(project, "endpoints")


@project_view("POST")
def disconnect(request: HttpRequest, project: Project, endpoint_id: str) -> HttpResponse:
    """Forget an endpoint."""
    endpoints.disconnect_endpoint(project=project, endpoint_id=endpoint_id)
    messages.success(request, _("Endpoint removed."))
    return _back(project, "endpoints")


@project_view("POST")
def save_price(request: HttpRequest, project: Project) -> HttpResponse:
    """What a model costs."""
    given = {name: request.POST.get(name, "") for name in ("prompt", "cached", "completion")}
    try:
        prices.set_price(project=project, model=request.POST.get("model", ""), **given)
    except InvalidRequest as error:
        return _refused(request, project, "prices", error)
    messages.success(request, _("Price saved."))
    return _back(project, "prices")


@project_view("POST")
def remove_price(request: HttpRequest, project: Project) -> HttpResponse:
    """Forget what a model costs."""
    prices.remove_price(project=project, model=request.POST.get("model", "").replace("\0", ""))
    messages.success(request, _("Price removed."))
    return _back(project, "prices")


@project_view("POST")
def set_time_zone(request: HttpRequest, project: Project) -> HttpResponse:
    """Set the time zone that a person has chosen."""
    try:
        projects.set_time_zone(project=project, name=request.POST.get("time_zone", "").strip())
    except InvalidRequest as error:
        return _refused(request, project, "time-zone", error)
    messages.success(request, _("Time zone saved."))
    return _back(project, "time-zone")


@project_view("POST")
def detect_time_zone(request: HttpRequest, project: Project) -> HttpResponse:
    """Set the time zone of the browser, unless the project has one."""
    name = request.POST.get("time_zone", "")
    try:
        projects.set_time_zone(project=project, name=name, only_if_unset=True)
    except InvalidRequest:
        # Nobody has typed this name, so nobody needs to read what is wrong with it.
        return HttpResponse(status=422)
    return HttpResponse(status=204)
