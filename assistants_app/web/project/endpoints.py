"""The dialog that connects model endpoints, and the list of models."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.gateway.base_urls import server_of
from assistants_app.gateway.endpoints import discover_endpoints, endpoints_of, list_models
from assistants_app.models import Assistant, ModelEndpoint, Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.queries.project.endpoints import list_endpoints
from assistants_app.services.assistants.drafts import save_draft
from assistants_app.services.assistants.models import (
    Change,
    change_models,
    change_models_back,
)
from assistants_app.services.project import endpoints as services
from assistants_app.web.assistants.model_notes import best_model, chat_models, models_context
from assistants_app.web.http import author_of, project_view, reload

CHANGED_MODELS = "changed_models"  # in the session

FIELDS = ("base_url", "api_key")  # each has a place for its error


@dataclass(frozen=True, slots=True)
class Preset:
    """A server and the base URL that its documentation gives."""

    name: str
    base_url: str


PRESETS = (
    Preset("OpenAI", "https://api.openai.com/v1"),
    Preset("Azure", f"https://{services.PLACEHOLDER}.openai.azure.com/openai/v1"),
    Preset("OpenRouter", "https://openrouter.ai/api/v1"),
    Preset("Mistral", "https://api.mistral.ai/v1"),
    Preset("Groq", "https://api.groq.com/openai/v1"),
    Preset("Ollama", "http://localhost:11434/v1"),
    Preset("vLLM", "http://localhost:8000/v1"),
    Preset("LM Studio", "http://localhost:1234/v1"),
    Preset("llama.cpp", "http://localhost:8080/v1"),
)


@project_view("GET", verb="ask_endpoints")
def models(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask all endpoints for their models again, and list them."""
    return render(request, "endpoints/_models.html", models_context(project, refresh=True))


@project_view("GET", "POST", verb="store_endpoint")
def endpoints(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show the dialog with the servers found on this machine, or the form for the endpoint
    ``edit`` (its ID) or ``named``. POST: connect or change an endpoint, and offer its models for
    the assistant ``a``, or reload the page if it is the ``settings``.
    """
    if request.method == "GET":
        return _render_dialog(request, project)
    try:
        row = connect_from_form(request, project)
    except InvalidRequest as error:
        # Only the errors: the form keeps what was typed, and no response contains the key.
        said = {name: error.message if error.param == name else "" for name in FIELDS}
        return render(request, "endpoints/_errors.html", {"said": said}, status=422)
    if "settings" in request.POST:
        return reload()
    context = {
        **models_context(project),
        **_offer(request, project, row),
        "changed": "endpoint" in request.POST,
    }
    return render(request, "endpoints/_connected.html", context)


def connect_from_form(request: HttpRequest, project: Project) -> ModelEndpoint:
    """Connect the endpoint in a form. Raises :class:`InvalidRequest`."""
    row = services.connect_endpoint(
        project=project,
        name=request.POST.get("name", "").strip(),
        base_url=request.POST.get("base_url", ""),
        api_key=request.POST.get("api_key", "").strip(),
        endpoint_id=request.POST.get("endpoint", ""),
    )
    if "settings" in request.POST:
        messages.success(request, _("Endpoint connected."))
    return row


def _offer(request: HttpRequest, project: Project, row: ModelEndpoint) -> dict[str, Any]:
    """Return the context of the offer to use the endpoint's models."""
    listed = list_models(project_id=project.id)
    found = next(item for item in listed if item.endpoint.base_url == row.base_url)
    names = [info.id for info in chat_models(found)]
    assistant = _assistant(project, request.POST.get("a", ""))
    draft = find_draft(project, assistant.id, author_of(request)) if assistant else None
    model = (draft.changes if draft else {}).get("model") or (assistant and assistant.model)
    demo = demo_models(project)
    on_demo = Assistant.objects.filter(project=project, model__in=demo)
    # For this assistant alone there is a button already.
    others = on_demo.exclude(pk=assistant.id) if assistant else on_demo
    return {
        "endpoint": row,
        "names": names,
        "best": best_model(chat_models(found)),
        "assistant": None if model in names else assistant,
        "on_demo": on_demo.count() if others.exists() else 0,
    }


def demo_models(project: Project) -> set[str]:
    """Return the models that only the bundled endpoint has."""
    listed = list_models(project_id=project.id)
    demo = {info.id for item in listed if item.endpoint.demo for info in item.models}
    return demo - {info.id for item in listed if not item.endpoint.demo for info in item.models}


def _assistant(project: Project, assistant_id: str) -> Assistant | None:
    try:
        return get_assistant(project, assistant_id) if assistant_id else None
    except NotFound:
        return None


@project_view("POST", verb="save_draft")
def use_model(request: HttpRequest, project: Project) -> HttpResponse:
    """Use the ``model`` in the draft of the assistant ``a``. With ``all``, publish it for each
    assistant on the bundled model.
    """
    model, author = request.POST.get("model", ""), author_of(request)
    if "all" in request.POST:
        changes = change_models(project=project, old=demo_models(project), new=model, author=author)
        # Their ids may be too many for an address.
        request.session[CHANGED_MODELS] = changes
        count = len(changes)
        words = ngettext(
            "%(count)d assistant now uses %(model)s.",
            "%(count)d assistants now use %(model)s.",
            count,
        )
        messages.success(
            request,
            words % {"count": count, "model": model},
            extra_tags=reverse("undo_use_model", args=[project.id]) if changes else "",
        )
    else:
        assistant_id = request.POST.get("a", "")
        save_draft(
            project=project, assistant_id=assistant_id, user=author, changes={"model": model}
        )
        messages.success(request, _("Your draft now uses %(model)s.") % {"model": model})
    return reload()


@project_view("POST", verb="change_models_back")
def undo_use_model(request: HttpRequest, project: Project) -> HttpResponse:
    """Give the assistants whose models were changed last their earlier models."""
    changes = [Change(*change) for change in request.session.pop(CHANGED_MODELS, [])]
    count = change_models_back(project=project, changes=changes, author=author_of(request))
    said = ngettext(
        "%(count)d assistant uses its earlier model again.",
        "%(count)d assistants use their earlier models again.",
        count,
    ) % {"count": count}
    if newer := len(changes) - count:
        words = ngettext(
            "%(count)d has changed since, or has a publish gate, and stays as it is.",
            "%(count)d have changed since, or have a publish gate, and stay as they are.",
            newer,
        )
        said = f"{said} {words % {'count': newer}}"
    messages.success(request, said)
    return redirect("playground", project.id)


def _render_dialog(request: HttpRequest, project: Project) -> HttpResponse:
    connected = list_endpoints(project.id)
    present = {server_of(row.base_url) for row in connected}
    wanted, named = request.GET.get("edit"), request.GET.get("named")
    edited = [row for row in connected if row.id == wanted or row.name == named]
    if edited:
        context = {"edited": edited[0], "current": request.GET.get("a", "")}
        return render(request, "endpoints/_edit.html", {"project": project, **context})
    elsewhere = next((one for one in endpoints_of(project.id) if one.name == named), None)
    context = {
        "elsewhere": elsewhere,
        "form": elsewhere,
        "found": [one for one in discover_endpoints() if server_of(one.base_url) not in present],
        "connected": connected,
        "presets": PRESETS,
        "current": request.GET.get("a", ""),
        **models_context(project),
    }
    return render(request, "endpoints/_dialog.html", context)


@project_view("POST", verb="disconnect_endpoint")
def delete(request: HttpRequest, project: Project, endpoint_id: str) -> HttpResponse:
    """Disconnect an endpoint. Return the dialog."""
    services.disconnect_endpoint(project=project, endpoint_id=endpoint_id)
    return _render_dialog(request, project)
