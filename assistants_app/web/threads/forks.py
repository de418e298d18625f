"""Forks of a thread, edits and copies of its messages, its export and its context meter."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain.errors import ApiError, InvalidRequest, RunFailure
from assistants_app.domain.words.differences import where_it_differs
from assistants_app.domain.words.written import written_text
from assistants_app.engine.history import Row
from assistants_app.engine.meter import ContextMeter, context_meter
from assistants_app.gateway.endpoints import context_window
from assistants_app.models import Message, Project, Thread
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.lists import assistants_to_choose
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.queries.runs.runs import runs_to_show
from assistants_app.queries.threads.export import exported_threads
from assistants_app.queries.threads.forks import Branch, family_of
from assistants_app.queries.threads.prompt_messages import PromptMessage
from assistants_app.queries.threads.state import current_run
from assistants_app.queries.threads.threads import (
    TITLE,
    get_message,
    get_thread,
    is_last,
    recent_threads,
)
from assistants_app.rendering.components.badges import ERR, WARN, Badge, short_count
from assistants_app.rendering.runs.outcome import context_tokens
from assistants_app.rendering.threads.export import FORMATS
from assistants_app.services.assistants.configurations import apply_draft
from assistants_app.services.people.exports import note_export
from assistants_app.services.runs import requests as runs
from assistants_app.services.threads import forks as services
from assistants_app.services.threads import messages
from assistants_app.web.assistants.run_options import kept_options, requester_of, valid_options
from assistants_app.web.assistants.values import kept_values
from assistants_app.web.file_bytes import pictures_of
from assistants_app.web.http import download, go_to, nothing, playground_url, project_view
from assistants_app.web.typed_lines import edited
from assistants_app.wire.runs.runs import RunCreateParams, run_object
from assistants_app.wire.validation import parse

EXCERPT = 120  # characters
DEEPEST = 6  # ``static/css/versions.css`` has this number of indents


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A thread in the tree of forks.

    `role`, `words`: who says what other than in the thread that it was forked from, or "". `after`:
    the last message that both have.
    """

    url: str
    title: str
    created_at: datetime
    indent: int
    current: bool
    role: str = ""
    words: str = ""
    after: str = ""


@project_view("POST", verb="fork_thread")
def fork(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Copy the thread up to ``message``, or all of it, and open the copy."""
    message_id = request.POST.get("message") or None
    thread = services.fork_thread(project=project, thread_id=thread_id, message_id=message_id)
    return _open_thread(request, project, thread.id)


@project_view("POST", verb="clear_thread")
def clear(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Create an empty thread with the same tool resources, and open it."""
    return _open_thread(
        request, project, services.clear_thread(project=project, thread_id=thread_id).id
    )


def _open_thread(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    url = playground_url(project, a=request.POST.get("assistant", ""), t=thread_id)
    # The forms also work without JavaScript.
    return go_to(url) if request.headers.get("HX-Request") else redirect(url)


@project_view("GET", "POST", verb="edit_and_fork")
def edit(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """GET: show the form. POST: fork the thread with the edited message ``content``, and open
    the fork; or return a 422. The action ``run`` also runs ``assistant``, without a fork if the
    message is the thread's last. The action ``save`` changes the last message in its place.
    """
    message = get_message(project, thread_id, message_id)

    def change() -> str:
        text = edited(request.POST.get("content", ""), written_text(message.content))
        if request.POST.get("action") == "run":
            assistant_id = request.POST.get("assistant", "")
            body = {
                "assistant_id": assistant_id,
                **kept_options(request, assistant_id),
                **kept_values(request, project, assistant_id),
            }
            return runs.rerun(
                project=project,
                thread_id=thread_id,
                message_id=message_id,
                text=text,
                params=parse(RunCreateParams, body),
                requester=requester_of(request),
            ).thread_id
        if request.POST.get("action") == "save":
            messages.edit_last_message(
                project=project, thread_id=thread_id, message_id=message_id, text=text
            )
            return thread_id
        return services.edit_and_fork(
            project=project, thread_id=thread_id, message_id=message_id, text=text
        ).id

    return _act_or_render_dialog(request, project, message, "forks/_edit.html", change)


@project_view("GET", "POST", verb="copy_message_to")
def copy(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """GET: show the dialog. POST: copy the message to ``thread``, or to a new thread, as the
    user's, and open it with ``assistant``; or return a 422.
    """
    message = get_message(project, thread_id, message_id)

    def send() -> str:
        return services.copy_message_to(
            project=project,
            thread_id=thread_id,
            message_id=message_id,
            target_id=request.POST.get("thread") or None,
        ).thread_id

    return _act_or_render_dialog(request, project, message, "forks/_copy.html", send)


def _act_or_render_dialog(
    request: HttpRequest,
    project: Project,
    message: Message,
    template: str,
    act: Callable[[], str],
) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            return _open_thread(request, project, act())
        except ApiError as refused:
            error = refused.message
    context = {
        "project": project,
        "message": message,
        "text": request.POST.get("content", written_text(message.content)),
        "error": error,
        "assistant_id": request.POST.get("assistant") or request.GET.get("assistant", ""),
        "last": is_last(message),
        "assistants": assistants_to_choose(project),
        "threads": [
            (row.thread, row.title)
            for row in recent_threads(project).items
            if row.thread.id != message.thread_id
        ],
    }
    return render(request, template, context, status=422 if error else 200)


@project_view("GET", verb="read")
def tree(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Show the tree of forks that contains the thread."""
    thread = get_thread(project, thread_id)
    assistant_id = request.GET.get("a", "")
    rows = [_branch_row(project, branch, thread, assistant_id) for branch in family_of(thread)]
    context = {"project": project, "branches": rows}
    return render(request, "forks/_tree.html", context)


def _branch_row(project: Project, branch: Branch, open_: Thread, assistant_id: str) -> BranchRow:
    parting = branch.parting
    said = parting.of_fork.message if parting and parting.of_fork else None
    instead = parting.of_origin.message if parting and parting.of_origin else None
    shared = parting.shared if parting else None
    text, other = (_text_of(message) if message else "" for message in (said, instead))
    return BranchRow(
        url=playground_url(project, a=assistant_id, t=branch.thread.id, m=branch.at),
        title=branch.title or branch.thread.id,
        created_at=branch.thread.created_at,
        indent=min(branch.depth, DEEPEST),
        current=branch.thread.id == open_.id,
        role=said.role if said else "",
        words=(where_it_differs(text, other)[:EXCERPT] or _("Image")) if said else "",
        after=_text_of(shared)[:EXCERPT] if shared else "",
    )


@project_view("GET", verb="read")
def export(request: HttpRequest, project: Project, thread_id: str, kind: str) -> HttpResponseBase:
    """Download the thread as ``json``, ``jsonl``, ``md`` or ``html``."""
    if kind not in FORMATS:
        raise Http404(f"Unknown export format: '{kind}'.")
    thread = get_thread(project, thread_id)
    write, media_type = FORMATS[kind]
    note_export(
        project=project,
        kind="thread",
        target_id=thread.id,
        target_name=thread.metadata.get(TITLE, ""),
    )
    pieces = write(project, exported_threads(project, [thread], pictures_of(project)))
    return download(pieces, f"{thread.id}.{kind}", media_type)


@project_view("GET", verb="read", gone=nothing)
def context(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Show how full the context of the next run with the assistant ``a`` would be, and which
    messages would be left out.
    """
    # As the next run of this user: with their draft if they use drafts, and their run options.
    thread = get_thread(project, thread_id)
    assistant = get_assistant(project, request.GET.get("a", ""))
    author = requester_of(request).draft_of
    draft = find_draft(project, assistant.id, author) if author else None
    if draft is not None:
        with suppress(InvalidRequest):  # an invalid draft can't be run either
            assistant = apply_draft(project, assistant, draft)
    options = valid_options(request, assistant.id)
    options |= kept_values(request, project, assistant.id)
    newest = current_run(runs_to_show(thread))
    meter = context_meter(assistant, thread, _context_window(project, assistant.model), options)
    shown = {
        "project": project,
        "thread": thread,
        "assistant": assistant,
        "drafted": draft is not None,
        "meter": meter,
        "used": short_count(meter.used),
        "budget": short_count(meter.budget),
        "tokens": context_tokens(run_object(newest)) if newest else None,
        "notes": meter_notes(meter),
        "rows": [(_role_of(item.row), _excerpt(item.row), item) for item in meter.rows],
    }
    return render(request, "context/_meter.html", shown)


def meter_notes(meter: ContextMeter) -> list[Badge]:
    """Return warnings about the next prompt, the worst first."""
    notes = []
    if not meter.fits:
        text = _("A run would fail: the prompt is too long even with older messages left out.")
        notes.append(Badge(text, ERR))
    if meter.older:
        text = _("The oldest messages of this long thread are left out and not counted here.")
        notes.append(Badge(text, WARN))
    elif count := len(meter.dropped):
        text = ngettext(
            "%(count)d entry would be left out.", "%(count)d entries would be left out.", count
        )
        notes.append(Badge(text % {"count": count}, WARN))
    return notes


def _context_window(project: Project, model: str) -> int | None:
    try:
        return context_window(project_id=project.id, model=model)
    except RunFailure:
        return None  # no endpoint, or it doesn't respond: a run reports why


def _role_of(row: Row) -> str:
    return row.role if isinstance(row, PromptMessage) else "tool"


def _excerpt(row: Row) -> str:
    if isinstance(row, PromptMessage):
        return _text_of(row)[:EXCERPT]
    calls = row.step_details["tool_calls"]
    return ", ".join(call.get("function", {}).get("name") or call["type"] for call in calls)


def _text_of(message: Message | PromptMessage) -> str:
    return " ".join(written_text(message.content).split())
