"""The main screen."""

from contextlib import suppress
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from assistants_app.domain.errors import NotFound
from assistants_app.events.presence import INDEXER, INTERPRETER, WORKER
from assistants_app.models import Assistant, Project, Thread
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.lists import assistants_to_choose, column_of_choices
from assistants_app.queries.project.access import list_projects
from assistants_app.queries.project.memberships import may_create_projects
from assistants_app.queries.threads.threads import get_thread, last_assistant
from assistants_app.rendering.runs.log import log_context
from assistants_app.web.assistants.column import column_context, render_options
from assistants_app.web.assistants.configuration import configuration_context
from assistants_app.web.assistants.model_notes import models_context
from assistants_app.web.assistants.starters import suggested_prompts
from assistants_app.web.http import author_of, project_view, signed_in
from assistants_app.web.presence import presence_context
from assistants_app.web.project.projects import create_from_form
from assistants_app.web.shell.example import takes_turn
from assistants_app.web.threads import column as threads
from assistants_app.web.threads.beside import Page, beside_at
from assistants_app.web.threads.page import thread_context

# The panels, which a phone shows one at a time: name in the URL and the page, title and icon of the
# tab.
PANELS = {
    "list": (_("Assistants"), "bot"),
    "cfg": (_("Setup"), "sliders-horizontal"),
    "main": (_("Thread"), "messages-square"),
    "logs": (_("Log"), "history"),
}
EXPORTS = (("json", "JSON"), ("jsonl", "JSONL"), ("md", "Markdown"), ("html", "HTML"))


@signed_in
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """GET: redirect to the playground of the user's newest project. POST: create a project."""
    user = author_of(request)
    may_create = may_create_projects(user)
    context: dict[str, Any] = {"may_create": may_create}
    if request.method == "POST" and may_create:
        created = create_from_form(request)
        if isinstance(created, Project):
            return redirect("playground", project_id=created.id)
        context |= created
    elif projects := list_projects(user):
        return redirect("playground", project_id=projects[-1].id)
    status = 422 if "errors" in context else 403
    return render(request, "playground/no_project.html", context, status=status)


@project_view("GET", verb="read")
def playground(request: HttpRequest, project: Project) -> HttpResponse:
    """Show assistants, configuration, thread and run log.

    The URL is the complete state: ``a`` and ``t`` are the assistant and the thread, ``r`` is the
    run in the log, ``m`` is the message to show, ``beside`` is the fork whose answer stands beside
    the thread's, and ``panel`` is the panel that a phone shows.
    """
    thread = get_thread(project, request.GET["t"]) if request.GET.get("t") else None
    wanted = request.GET.get("a") or (last_assistant(thread) if thread else "")
    choices = assistants_to_choose(project, wanted)
    assistant = _assistant_to_show(project, wanted, choices)
    column = column_of_choices(choices)
    listed = {item.id for item in column.items} | {wanted}
    first = [item for item in choices if item.id in listed]
    panel = request.GET.get("panel", "")
    context: dict[str, Any] = {
        "project": project,
        **column_context(
            request,
            project,
            column,
            current=assistant.id if assistant else "",
        ),
        "next_assistants": render_options(first, assistant.id if assistant else ""),
        "has_more_choices": len(first) < len(choices),
        "assistant": assistant,
        "form": None,
        **(configuration_context(request, project, assistant) if assistant else {}),
        **threads.column_context(project, current=thread.id if thread else ""),
        "prompts": suggested_prompts(assistant) if assistant else [],
        "exports": EXPORTS,
        "panels": [(name, *tab) for name, tab in PANELS.items()],
        "panel": panel if panel in PANELS else "main",
        **models_context(project),
        **presence_context(WORKER, INDEXER, INTERPRETER),
        **(
            _thread_context(request, project, thread, assistant)
            if thread
            else {"thread": None, **log_context([], None)}
        ),
    }
    return render(request, "playground/index.html", context)


def _thread_context(
    request: HttpRequest, project: Project, thread: Thread, assistant: Assistant | None
) -> dict[str, Any]:
    run_id, message_id, other_id = (request.GET.get(name, "") for name in ("r", "m", "beside"))
    page = Page(project, assistant.id if assistant else "", author_of(request))
    return thread_context(
        thread,
        run_id,
        message_id,
        partial(beside_at, page, other_id) if other_id else None,
        plays=takes_turn(request, thread.id),
    )


def _assistant_to_show(project: Project, wanted: str, choices: list[Assistant]) -> Assistant | None:
    # The choices have no more than names, so the assistant is read by its ID.
    for assistant_id in (wanted, *(item.id for item in choices[:1])):
        with suppress(NotFound):
            return get_assistant(project, assistant_id)
    return None
