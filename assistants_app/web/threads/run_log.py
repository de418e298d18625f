"""The tabs of the run log, and the details of a run step."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from assistants_app.events import log
from assistants_app.events.log import Event
from assistants_app.models import Project, Run
from assistants_app.queries.project.endpoints import prices_of
from assistants_app.queries.runs.provider_calls import call_of_step
from assistants_app.queries.runs.runs import (
    get_run_of_project,
    get_run_step,
    newest_runs,
    steps_of_runs,
)
from assistants_app.queries.threads.threads import get_thread, last_messages, messages_of_run
from assistants_app.rendering.api_code.calls import api_calls
from assistants_app.rendering.runs.step_drawer import TABS, step_context
from assistants_app.rendering.runs.trace import events_context
from assistants_app.web.http import project_view

SHOWN_RUNS = 20
SHOWN_MESSAGES = 50


@project_view("GET")
def step(request: HttpRequest, project: Project, run_id: str, step_id: str) -> HttpResponse:
    """Show a run step. ``tab`` is io, request, response or json."""
    run = get_run_of_project(project, run_id)
    found = get_run_step(run, step_id)
    tab = request.GET.get("tab") or next(iter(TABS))
    if tab not in TABS:
        raise Http404("Unknown tab.")
    context = {
        "project": project,
        "tabs": [(name, title, name == tab) for name, title in TABS.items()],
        "tab": tab,
        **step_context(
            run,
            found,
            messages_of_run(run.id),
            call_of_step(found),
            prices_of(project).get(run.model),
        ),
    }
    return render(request, "runs/_step.html", context)


@project_view("GET")
def log_events(request: HttpRequest, project: Project, run_id: str) -> HttpResponse:
    """Show the run's events whose names contain ``name``."""
    run = get_run_of_project(project, run_id)
    context = events_context(run, events_of(run), request.GET.get("name", "").strip())
    return render(request, "runs/_log_events.html", {"project": project, "run": run, **context})


@project_view("GET")
def log_calls(request: HttpRequest, project: Project, run_id: str) -> HttpResponse:
    """Show the actions in the run's thread as API calls."""
    run = get_run_of_project(project, run_id)
    thread = get_thread(project, run.thread_id)
    runs = newest_runs(thread, limit=SHOWN_RUNS)
    calls = api_calls(
        thread,
        last_messages(thread, limit=SHOWN_MESSAGES),
        runs,
        steps_of_runs({item.id for item in runs}),
        f"{settings.PUBLIC_URL}/v1",
    )
    return render(request, "runs/_log_calls.html", {"run": run, "calls": calls})


def events_of(run: Run) -> list[Event] | None:
    """Return the events of the run's thread, or None if the event log is unavailable."""
    try:
        return log.read(run.thread_id)
    except RedisError:
        # Without the event log, the pages still show everything else.
        return None
