"""Actions on one message, and the retry of a failed run."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.words.written import written_text
from assistants_app.gateway.endpoints import list_models
from assistants_app.models import Project, Run
from assistants_app.queries.assistants.lists import assistants_to_choose
from assistants_app.queries.assistants.versions import list_versions
from assistants_app.queries.runs.runs import get_run
from assistants_app.queries.runs.variables import values_of_runs
from assistants_app.queries.threads.threads import get_message
from assistants_app.rendering.runs.outcome import outcome_context
from assistants_app.rendering.text.markdown import code_figure
from assistants_app.rendering.tool_calls.cards import pretty_object
from assistants_app.services.runs import requests as runs
from assistants_app.services.threads import messages
from assistants_app.web.assistants.run_options import kept_options, requester_of
from assistants_app.web.assistants.values import kept_values
from assistants_app.web.http import go_to, playground_url, project_view, whole_number
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.threads.messages import message_object
from assistants_app.wire.validation import parse


@project_view("GET", verb="read")
def raw(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """Show the message as the API returns it, in a dialog."""
    message = message_object(get_message(project, thread_id, message_id))
    context = {"code": SafeString(code_figure(pretty_object(message), "json"))}
    return render(request, "messages/_json.html", context)


@project_view("GET", verb="read")
def text(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """Return the message's text as it was written, without any rendering."""
    message = get_message(project, thread_id, message_id)
    return HttpResponse(written_text(message.content), content_type="text/plain; charset=utf-8")


@project_view("POST", verb="delete_message")
def delete(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """Delete the message. Return nothing, or a 409 while the message is being written."""
    try:
        messages.delete_message(project=project, thread_id=thread_id, message_id=message_id)
    except InvalidRequest as error:
        return HttpResponse(error.message, status=409, content_type="text/plain")
    # Not a 204, with which htmx would leave the message's row on the page.
    return HttpResponse()


@project_view("GET", "POST", verb="rerun")
def rerun(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """GET: show the dialog. POST: run again from the message in a fork, with ``assistant``,
    ``version`` and ``model``, and open the fork; or return a 422.
    """
    message = get_message(project, thread_id, message_id)

    def run() -> HttpResponse:
        made = runs.rerun(
            project=project,
            thread_id=thread_id,
            message_id=message_id,
            **_new_run_arguments(request, project, of_run=message.run_id),
        )
        return go_to(playground_url(project, a=request.POST.get("assistant", ""), t=made.thread_id))

    return _run_or_render_dialog(request, project, message.assistant_id or "", run, forks=True)


@project_view("GET", "POST", verb="rerun")
def retry(request: HttpRequest, project: Project, thread_id: str, run_id: str) -> HttpResponse:
    """GET: show the dialog. POST: run on the thread again, with the same assistant or another."""
    before = get_run(project, thread_id, run_id)

    def run() -> HttpResponse:
        wanted = _new_run_arguments(request, project, before.assistant_id, of_run=run_id)
        runs.create_run(project=project, thread_id=thread_id, **wanted)
        return HttpResponse(status=204)

    if request.method == "POST" and not request.POST.get("dialog"):
        try:
            return run()
        except ApiError as error:
            return refused(request, before, error)
    return _run_or_render_dialog(request, project, before.assistant_id, run, forks=False)


def refused(request: HttpRequest, run: Run, error: ApiError) -> HttpResponse:
    """Return the run's card or banner with an error, as a 422."""
    context = outcome_context(run, error=error.message)
    return render(request, "runs/_outcome.html", context, status=422)


def _new_run_arguments(
    request: HttpRequest, project: Project, assistant_id: str = "", *, of_run: str | None
) -> dict[str, Any]:
    """Return the parameters and the requester of the new run, with the session's run options and
    values of variables, and with those of the run `of_run` where the session has none.
    """
    assistant_id = request.POST.get("assistant") or assistant_id
    version = whole_number(request.POST.get("version", ""))
    before = values_of_runs({of_run}).get(of_run) if of_run else None
    body = {
        "assistant_id": assistant_id,
        **kept_options(request, assistant_id),
        **kept_values(request, project, assistant_id, version=version, before=before),
    }
    if model := request.POST.get("model", "").strip():
        body["model"] = model
    return {
        "params": parse(RunCreateParams, body),
        "requester": replace(requester_of(request), version=version),
    }


def _run_or_render_dialog(
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
    assistants = assistants_to_choose(project, assistant_id)
    # At first the assistant of the previous reply, later the choice in the open dialog.
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
