"""What a person does with one message, and with a run that ended ill: again, raw, away."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.gateway.endpoints import list_models
from assistants_app.models import Project, Run
from assistants_app.queries.assistants.assistants import search_assistants
from assistants_app.queries.assistants.versions import list_versions
from assistants_app.queries.runs.runs import get_run
from assistants_app.queries.threads.threads import get_message
from assistants_app.rendering.runs.outcome import outcome_context
from assistants_app.rendering.text.markdown import code_figure
from assistants_app.rendering.tool_calls.cards import pretty_object
from assistants_app.services.runs import requests as runs
from assistants_app.services.threads import messages
from assistants_app.web.assistants.run_options import kept_options, origin_of
from assistants_app.web.http import go_to, playground_url, project_view, whole_number
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.threads.messages import message_object, written_text
from assistants_app.wire.validation import parse


@project_view("GET")
def raw(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """The message as the API gives it, as the body of a dialog."""
    message = message_object(get_message(project, thread_id, message_id))
    context = {"code": SafeString(code_figure(pretty_object(message), "json"))}
    return render(request, "messages/_json.html", context)


@project_view("GET")
def text(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """What the message says, as it was written."""
    message = get_message(project, thread_id, message_id)
    return HttpResponse(written_text(message.content), content_type="text/plain; charset=utf-8")


@project_view("POST")
def delete(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """Delete the message. An empty answer, in whose place its row goes; 409 while it is written."""
    try:
        messages.delete_message(project=project, thread_id=thread_id, message_id=message_id)
    except InvalidRequest as error:
        return HttpResponse(error.message, status=409, content_type="text/plain")
    return HttpResponse()


@project_view("GET", "POST")
def rerun(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """GET: the body of the dialog. POST ``assistant``, ``version``, ``model``: another answer in a
    fork, and the page goes there; or 422.
    """
    message = get_message(project, thread_id, message_id)

    def run() -> HttpResponse:
        made = runs.rerun(
            project=project, thread_id=thread_id, message_id=message_id, **_wanted(request)
        )
        return go_to(playground_url(project, a=request.POST.get("assistant", ""), t=made.thread_id))

    return _asked_again(request, project, message.assistant_id or "", run, forks=True)


@project_view("GET", "POST")
def retry(request: HttpRequest, project: Project, thread_id: str, run_id: str) -> HttpResponse:
    """GET: the body of the dialog. POST: run on the thread again, the same assistant or another."""
    before = get_run(project, thread_id, run_id)

    def run() -> HttpResponse:
        wanted = _wanted(request, before.assistant_id)
        runs.create_run(project=project, thread_id=thread_id, **wanted)
        return HttpResponse(status=204)

    if request.method == "POST" and not request.POST.get("dialog"):
        try:
            return run()
        except ApiError as error:
            return refused(request, before, error)
    return _asked_again(request, project, before.assistant_id, run, forks=False)


def refused(request: HttpRequest, run: Run, error: ApiError) -> HttpResponse:
    """The run's card or banner again, with the reason why the click did nothing."""
    context = outcome_context(run, error=error.message)
    return render(request, "runs/_outcome.html", context, status=422)


def _wanted(request: HttpRequest, assistant_id: str = "") -> dict[str, Any]:
    """Which assistant is to answer, in which version, with which model; with the options that
    the person left for it.
    """
    assistant_id = request.POST.get("assistant") or assistant_id
    body = {"assistant_id": assistant_id, **kept_options(request, assistant_id)}
    if model := request.POST.get("model", "").strip():
        body["model"] = model
    version = whole_number(request.POST.get("version", ""))
    return {
        "params": parse(RunCreateParams, body),
        "origin": replace(origin_of(request), version=version),
    }


def _asked_again(
    request: HttpRequest,
    project: Project,
    assistant_id: str,
    run: Callable[[], HttpResponse],
    *,
    forks: bool,
) -> HttpResponse:
    error, given = "", request.GET
    if request.method == "POST":
        given = request.POST
        try:
            return run()
        except ApiError as refusal:
            error = refusal.message
    assistants = search_assistants(project, "")
    # First the one of the answer before; once the dialog is open, the one that is chosen in it.
    wanted = ["" if "dialog" in given else assistant_id, given.get("assistant", "")]
    there = [assistant.id for assistant in assistants]
    chosen = next((one for one in [*wanted, *there] if one in there), "")
    context = {
        "address": request.path,
        "forks": forks,
        "assistants": assistants,
        "assistant_id": chosen,
        "versions": list_versions(project, chosen) if chosen else [],
        "version": whole_number(given.get("version", "")),
        "models": [
            info.id for listed in list_models(project_id=project.id) for info in listed.models
        ],
        "model": given.get("model", ""),
        "error": error,
    }
    return render(request, "forks/_rerun.html", context, status=422 if error else 200)
