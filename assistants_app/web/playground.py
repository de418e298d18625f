"""The main screen."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from assistants_app.domain.errors import NotFound
from assistants_app.events import log
from assistants_app.events.fold import texts_so_far
from assistants_app.events.log import BEGINNING
from assistants_app.models import Assistant, Project, Thread
from assistants_app.queries.assistants import assistants_at_work, get_assistant, search_assistants
from assistants_app.queries.projects import list_projects
from assistants_app.queries.runs import get_run
from assistants_app.queries.threads import active_run, get_thread, recent_threads, title_of
from assistants_app.queries.versions import drafted_assistants
from assistants_app.rendering.messages import render_parts
from assistants_app.rendering.run_log import log_context
from assistants_app.rendering.runs import controls_context, status_context
from assistants_app.rendering.state import ThreadState, chosen_log, read_state
from assistants_app.services.endpoints import list_models
from assistants_app.web.beginnings import BEGINNINGS, suggested_prompts
from assistants_app.web.configuration import configuration_context
from assistants_app.web.http import author_of, project_view
from assistants_app.web.model_notes import endpoint_notices, model_groups

# What a phone shows one at a time: the name in the URL and in the page, and the title of its tab.
PANELS = {"list": _("Assistants"), "cfg": _("Setup"), "main": _("Thread"), "logs": _("Log")}
EXPORTS = (("json", "JSON"), ("jsonl", "JSONL"), ("md", "Markdown"), ("html", "HTML"))


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the project's playground."""
    projects = list_projects(request.user)
    if not projects:
        return render(request, "playground/no_project.html", status=403)
    return redirect("playground", project_id=projects[-1].id)


@project_view("GET")
def playground(request: HttpRequest, project: Project) -> HttpResponse:
    """Assistants, configuration, thread and run log. The URL is the whole state:
    ``?a=&t=``, ``&r=`` for a run of the thread in the log, and ``&panel=`` for a phone.
    """
    listed = list_context(request, project, "")
    assistant = _chosen(project, request.GET.get("a"), listed["assistants"])
    thread = get_thread(project, request.GET["t"]) if request.GET.get("t") else None
    panel = request.GET.get("panel", "")
    context: dict[str, Any] = {
        "project": project,
        **listed,
        "assistant": assistant,
        "form": None,
        **(configuration_context(request, project, assistant) if assistant else {}),
        "threads": recent_threads(project),
        "prompts": suggested_prompts(assistant) if assistant else [],
        "exports": EXPORTS,
        "panels": PANELS.items(),
        "panel": panel if panel in PANELS else "main",
        **models_context(project),
        **(
            thread_context(thread, request.GET.get("r", ""))
            if thread
            else {"thread": None, **log_context([], None, [])}
        ),
    }
    return render(request, "playground/index.html", context)


def _chosen(project: Project, wanted: str | None, assistants: list[Assistant]) -> Assistant | None:
    if wanted:
        try:
            return get_assistant(project, wanted)
        except NotFound:
            return assistants[0] if assistants else None
    return assistants[0] if assistants else None


def list_context(request: HttpRequest, project: Project, text: str) -> dict[str, Any]:
    """The assistants with `text` in their names; which of them run, and of which one's own draft
    is; and what to begin with where there are none.
    """
    return {
        "assistants": search_assistants(project, text),
        "at_work": assistants_at_work(project),
        "drafted": drafted_assistants(project, author_of(request)),
        "templates": BEGINNINGS,
    }


def models_context(project: Project, *, refresh: bool = False) -> dict[str, Any]:
    """What the page says of models and endpoints."""
    listed = list_models(project_id=project.id, refresh=refresh)
    return {
        "project": project,
        "notices": endpoint_notices(listed),
        "groups": model_groups(project),
    }


def thread_context(thread: Thread, run_id: str = "") -> dict[str, Any]:
    """The thread's column and log, as at the position `seq` of its event log or later. `run_id`: of
    the run in the log, if it is not the current one.
    """
    run = get_run(thread.project, thread.id, run_id) if run_id else None
    seq, state = state_now(thread)
    return {
        "thread": thread,
        "title": title_of(thread),
        "seq": seq,
        "items": state.items,
        "log_html": chosen_log(thread, run) if run else state.log,
        "waiting_html": state.waiting,
        "outcome_html": state.outcome,
        **status_context(state.run),
        **controls_context(thread.project_id, state.run),
    }


def state_now(thread: Thread) -> tuple[str, ThreadState]:
    """A position of the thread's event log, and the state there or later."""
    seq = _position(thread.id)
    run = active_run(thread.id)
    texts = texts_so_far(thread.id, run.id) if run else {}
    bodies = {
        message_id: _body(thread, message_id, content) for message_id, content in texts.items()
    }
    return seq, read_state(thread.id, bodies)


def _body(thread: Thread, message_id: str, content: list[dict[str, Any]]) -> str:
    parts = render_parts(content, thread.project_id, thread.id)
    return f'{parts}<div class="live" id="live-{message_id}"></div>'


def _position(thread_id: str) -> str:
    try:
        return log.last_seq(thread_id)
    except RedisError:
        return BEGINNING
