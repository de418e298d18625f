"""The tabs of the run log, and the details of a run step."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from redis.exceptions import RedisError

from assistants_app.events import log
from assistants_app.models import Project, ProviderCall, Run
from assistants_app.queries.runs.provider_calls import (
    call_before,
    call_of_step,
    get_call,
    number_of_call,
)
from assistants_app.queries.runs.runs import (
    get_run_of_project,
    get_run_step,
    kept_events_of,
    newest_runs,
    steps_of_runs,
)
from assistants_app.queries.threads.threads import get_thread, last_messages, messages_of_run
from assistants_app.rendering.api_code.calls import api_calls
from assistants_app.rendering.runs.step_drawer import (
    CALL_TABS,
    TABS,
    call_context,
    compared_context,
    step_context,
)
from assistants_app.rendering.runs.trace import RunEvents, events_context
from assistants_app.web.http import project_view

SHOWN_RUNS = 20
SHOWN_MESSAGES = 50


@project_view("GET", verb="read")
def step(request: HttpRequest, project: Project, run_id: str, step_id: str) -> HttpResponse:
    """Show a run step. ``tab`` is io, or one of :data:`CALL_TABS`, or json."""
    run = get_run_of_project(project, run_id)
    found = get_run_step(run, step_id)
    tab, tabs = _tabs(request, TABS)
    call = call_of_step(found)
    context = {
        "project": project,
        "tabs": tabs,
        "tab": tab,
        "tabs_url": reverse("run_step", args=[project.id, run.id, found.id]),
        "anchor": found.id,
        **step_context(run, found, messages_of_run(run.id), call),
        **(_seen(run, call) if call and tab == "seen" else {}),
    }
    return render(request, "runs/_step.html", context)


@project_view("GET", verb="read")
def call(request: HttpRequest, project: Project, run_id: str, call_id: str) -> HttpResponse:
    """Show a model call. ``tab`` is one of :data:`CALL_TABS`."""
    run = get_run_of_project(project, run_id)
    found = get_call(run, call_id)
    tab, tabs = _tabs(request, CALL_TABS)
    context = {
        "project": project,
        "run": run,
        "tabs": tabs,
        "tab": tab,
        "tabs_url": reverse("run_call", args=[project.id, run.id, found.id]),
        "anchor": found.id,
        "number": number_of_call(found),
        "model_call": call_context(found),
        **(_seen(run, found) if tab == "seen" else {}),
    }
    return render(request, "runs/_call.html", context)


def _tabs(
    request: HttpRequest, titles: Mapping[str, Promise]
) -> tuple[str, list[tuple[str, Promise, bool]]]:
    tab = request.GET.get("tab") or next(iter(titles))
    if tab not in titles:
        raise Http404("Unknown tab.")
    return tab, [(name, title, name == tab) for name, title in titles.items()]


def _seen(run: Run, found: ProviderCall) -> dict[str, Any]:
    before = call_before(run, number_of_call(found))
    other, number = before or (None, 0)
    return {**compared_context(found, other), "other_number": number}


@project_view("GET", verb="read")
def log_events(request: HttpRequest, project: Project, run_id: str) -> HttpResponse:
    """Show the run's events whose names contain ``name``."""
    run = get_run_of_project(project, run_id)
    context = events_context(run, events_of(run), request.GET.get("name", "").strip())
    return render(request, "runs/_log_events.html", {"project": project, "run": run, **context})


@project_view("GET", verb="read")
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


def events_of(run: Run) -> RunEvents | None:
    """Return the events of the run's thread, or what is kept of the run's once they have expired.

    Returns None if the event log is unavailable, and nothing is kept.
    """
    kept = kept_events_of(run)
    try:
        logged = log.read(run.thread_id)
    except RedisError:
        # Without the event log, the pages still show everything else.
        return kept or None
    # A log that has expired, or a later one, has none or only some of the run's events.
    has_all = sum(event.run_id == run.id for event in logged) >= len(kept)
    return logged if has_all else kept
