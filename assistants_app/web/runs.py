"""The trace of a run: a page of its own, and its events as a file."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from redis.exceptions import RedisError

from assistants_app.events import log
from assistants_app.events.log import Event
from assistants_app.models import Project, Run
from assistants_app.queries.assistants import names_of_assistants
from assistants_app.queries.prices import prices_of
from assistants_app.queries.runs import get_run_of_project, steps_of_runs
from assistants_app.queries.threads import get_thread, messages_of_run, title_of
from assistants_app.rendering.trace import as_ndjson, trace_context
from assistants_app.web.http import download, project_view


@project_view("GET")
def trace(request: HttpRequest, project: Project, run_id: str) -> HttpResponse:
    """All that is known of a run."""
    run = get_run_of_project(project, run_id)
    thread = get_thread(project, run.thread_id)
    names = names_of_assistants(project, {run.assistant_id})
    context = {
        "project": project,
        "section": "threads",
        "thread": thread,
        "title": title_of(thread),
        "assistant_name": names.get(run.assistant_id, run.assistant_id),
        **trace_context(
            run,
            steps_of_runs({run.id}),
            messages_of_run(run.id),
            _events_of(run),
            prices_of(project).get(run.model),
        ),
    }
    return render(request, "runs/trace.html", context)


@project_view("GET")
def events(request: HttpRequest, project: Project, run_id: str) -> HttpResponseBase:
    """The run's events that the log still has, a JSON line for each."""
    run = get_run_of_project(project, run_id)
    found = _events_of(run)
    if found is None:
        raise Http404("The event log does not answer.")
    return download(as_ndjson(run, found), f"{run.id}.ndjson", "application/x-ndjson")


def _events_of(run: Run) -> list[Event] | None:
    try:
        return log.read(run.thread_id)
    except RedisError:
        return None
