"""The project's tapes: record one from a thread, look at its calls, download and delete it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from assistants_app.domain import limits, run_status
from assistants_app.domain.errors import ApiError, Conflict, InvalidRequest
from assistants_app.domain.tapes.policy import Policy
from assistants_app.models import Project, Run, TapeCall, Thread
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.runs.runs import get_run_of_project, newest_runs, steps_of_runs
from assistants_app.queries.runs.tape_list import (
    calls_in_order,
    calls_of_tape,
    files_of_tape,
    list_tapes,
    listed_tape,
)
from assistants_app.queries.runs.tapes import get_tape
from assistants_app.queries.threads.threads import get_thread, title_of
from assistants_app.rendering.runs.tape_export import as_json
from assistants_app.rendering.tool_calls.cards import pretty
from assistants_app.services.people.exports import note_export
from assistants_app.services.runs import tapes as services
from assistants_app.web.compare.tape_form import policy_fields, policy_words, posted_policy
from assistants_app.web.http import author_of, download, go_to, project_view, url_with, whole_number
from assistants_app.web.tables import cursors_of, ignored_in

ROWS = 50
RUNS = 50  # of a thread that are offered, the newest
CALLS = 100  # on a page
SHOWN_CHARACTERS = 20_000  # of an output; a file of megabytes isn't read on a page


@dataclass(frozen=True, slots=True)
class RunChoice:
    """A run that can be recorded. `calls`: how many calls it has the outputs of."""

    id: str
    name: str
    created_at: datetime
    calls: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A recorded call. `number` counts from 1."""

    number: int
    name: str
    arguments: str
    output: str
    is_cut: bool


@project_view("GET", verb="read")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """List the tapes, newest first, from the one before ``after`` on."""
    page = cursors_of(request.GET, "tape", ROWS)
    found = list_tapes(project, page)
    last = found.items[-1].tape.id if found.items else ""
    context = {
        "project": project,
        "section": "compare",
        "list_name": _("Tapes"),
        "rows": found.items,
        "older": url_with("tapes", project.id, after=last) if found.has_more else "",
        "is_first": not page.after,
        "ignored": ignored_in(request.GET, ids="tape"),
    }
    return render(request, "tapes/index.html", context)


@project_view("GET", "POST", verb="record_tape")
def new(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show what can be recorded of the ``thread``, or of that of the ``run``. POST: record the
    chosen runs, and show the tape.
    """
    given = request.POST if request.method == "POST" else request.GET
    run_id = given.get("run", "")
    run = get_run_of_project(project, run_id) if run_id else None
    thread_id = run.thread_id if run else given.get("thread", "")
    thread = get_thread(project, thread_id)
    if request.method == "POST":
        return _record(request, project, thread)
    runs = _recordable(thread)
    # From the thread, all of it.
    chosen = {run.id} if run else {one.id for one in runs}
    return _render_form(request, project, thread, chosen, name=title_of(thread))


def _recordable(thread: Thread) -> list[Run]:
    ended = [run for run in newest_runs(thread, limit=RUNS) if run.status in run_status.TERMINAL]
    return ended[::-1]


def _record(request: HttpRequest, project: Project, thread: Thread) -> HttpResponse:
    name = " ".join(request.POST.get("name", "").split())
    offered = {run.id for run in _recordable(thread)}
    chosen = [run_id for run_id in request.POST.getlist("run_id") if run_id in offered]
    if not name or not chosen:
        problem = _("Choose at least one run.") if name else _("Enter a name for the tape.")
        return _render_form(request, project, thread, set(chosen), name=name, error=problem)
    try:
        tape = services.record_tape(
            project=project,
            run_ids=chosen,
            policy=posted_policy(request.POST),
            name=name,
            author=author_of(request),
        )
    except ApiError as error:
        return _render_form(request, project, thread, set(chosen), name=name, error=error.message)
    return redirect("tape", project.id, tape.id)


def _render_form(
    request: HttpRequest,
    project: Project,
    thread: Thread,
    chosen: set[str],
    *,
    name: str,
    error: str = "",
) -> HttpResponse:
    context = {
        "project": project,
        "section": "compare",
        "thread": thread,
        "title": title_of(thread),
        "choices": _choices(project, _recordable(thread), chosen),
        "name": name[: limits.NAME] if request.method == "GET" else name,
        "name_most": limits.NAME,
        "tape_fields": policy_fields(request.POST, Policy()),
        "error": error,
    }
    return render(request, "tapes/new.html", context, status=422 if error else 200)


def _choices(project: Project, runs: Sequence[Run], chosen: set[str]) -> list[RunChoice]:
    calls = dict.fromkeys((run.id for run in runs), 0)
    for step in steps_of_runs(set(calls)):
        if step.status == run_status.COMPLETED:
            calls[step.run_id] += len(step.step_details.get("tool_calls", ()))
    names = names_of_assistants(project, {run.assistant_id for run in runs})
    return [
        RunChoice(
            run.id,
            names.get(run.assistant_id) or run.model,
            run.created_at,
            calls[run.id],
            run.id in chosen,
        )
        for run in runs
    ]


@project_view("GET", verb="read")
def tape(request: HttpRequest, project: Project, tape_id: str) -> HttpResponse:
    """Show the tape: where it is from, what uses it, and its calls from the one ``after`` on."""
    found = get_tape(project, tape_id)
    after = whole_number(request.GET.get("after", ""))
    calls = calls_of_tape(found, -1 if after is None else after, CALLS + 1)
    more = len(calls) > CALLS
    context: dict[str, Any] = {
        "project": project,
        "section": "compare",
        "row": listed_tape(project, found),
        "policy": policy_words(found.policy),
        "name_most": limits.NAME,
        "calls": [_shown(call) for call in calls[:CALLS]],
        "later": url_with("tape", project.id, tape_id, after=str(calls[CALLS - 1].position))
        if more
        else "",
    }
    return render(request, "tapes/tape.html", context)


def _shown(call: TapeCall) -> ShownCall:
    output = call.content["output"] or ""
    return ShownCall(
        call.position + 1,
        call.name,
        pretty(call.content["arguments"][:SHOWN_CHARACTERS]),
        pretty(output) if len(output) <= SHOWN_CHARACTERS else output[:SHOWN_CHARACTERS],
        is_cut=len(output) > SHOWN_CHARACTERS,
    )


@project_view("POST", verb="rename_tape")
def rename(request: HttpRequest, project: Project, tape_id: str) -> HttpResponse:
    """Change the name."""
    name = " ".join(request.POST.get("name", "").split())
    try:
        services.rename_tape(project=project, tape_id=tape_id, name=name)
    except InvalidRequest as error:
        messages.error(request, error.message)
    return redirect("tape", project.id, tape_id)


@project_view("GET", verb="read")
def export(request: HttpRequest, project: Project, tape_id: str) -> StreamingHttpResponse:
    """Download the tape with its calls as JSON."""
    found = get_tape(project, tape_id)
    note_export(project=project, kind="tape", target_id=found.id, target_name=found.name)
    pieces = as_json(found, files_of_tape(found), calls_in_order(found))
    return download(pieces, f"{found.id}.json", "application/json")


@project_view("POST", verb="delete_tape")
def delete(request: HttpRequest, project: Project, tape_id: str) -> HttpResponse:
    """Delete the tape, and go to the list."""
    try:
        services.delete_tape(project=project, tape_id=tape_id)
    except Conflict as error:
        return HttpResponse(error.message, status=422, content_type="text/plain")
    messages.success(request, _("The tape was deleted."))
    return go_to(reverse("tapes", args=[project.id]))
