"""The trace of a run: its page, and its events as a download."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.checks.judge_calls import judge_calls_of
from assistants_app.queries.people.members import names_of_people
from assistants_app.queries.runs.provider_calls import stepless_calls
from assistants_app.queries.runs.runs import get_run_of_project, runs_beside
from assistants_app.queries.runs.tapes import living_sources
from assistants_app.queries.threads.state import logged_run
from assistants_app.queries.threads.threads import get_thread, messages_of_run, title_of
from assistants_app.rendering.checks.judge_calls import render_judge_calls
from assistants_app.rendering.components.badges import origin_word
from assistants_app.rendering.runs.step_drawer import call_context
from assistants_app.rendering.runs.tape import tape_context
from assistants_app.rendering.runs.trace import as_ndjson, trace_context
from assistants_app.services.people.exports import note_export
from assistants_app.web.http import download, project_view, reload
from assistants_app.web.threads.run_log import events_of


@project_view("GET", verb="read", gone=reload)
def trace(request: HttpRequest, project: Project, run_id: str) -> HttpResponse:
    """Show everything about a run."""
    run = get_run_of_project(project, run_id)
    thread = get_thread(project, run.thread_id)
    before, after = runs_beside(run)
    names = names_of_assistants(project, {run.assistant_id})
    logged = logged_run(run)
    context = {
        "project": project,
        "section": "threads",
        "thread": thread,
        "title": title_of(thread),
        "assistant_name": names.get(run.assistant_id, run.assistant_id),
        "assistant_exists": run.assistant_id in names,
        "origin": origin_word(run.origin),
        "person": names_of_people([run.person_id]).get(run.person_id) if run.person_id else "",
        **trace_context(
            logged,
            messages_of_run(run.id),
            events_of(run),
            wanted=request.GET.get("name", "").strip(),
        ),
        "previous_run": before,
        "next_run": after,
        "judged": render_judge_calls(judge_calls_of(run)),
        **tape_context(run, logged.steps, living_sources(run)),
        "stepless": [call_context(call) for call in stepless_calls(run)],
    }
    return render(request, "runs/trace.html", context)


@project_view("GET", verb="read")
def events(request: HttpRequest, project: Project, run_id: str) -> HttpResponseBase:
    """Download the run's events that are still in the log, as JSON lines."""
    run = get_run_of_project(project, run_id)
    found = events_of(run)
    if found is None:
        raise Http404("The event log is unavailable.")
    note_export(project=project, kind="run", target_id=run.id)
    return download(as_ndjson(run, found), f"{run.id}.ndjson", "application/x-ndjson")
