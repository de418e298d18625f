"""What a person does in a thread: write, run, stop."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from assistants_app.domain import run_status
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.tools import CODE_INTERPRETER
from assistants_app.events import log
from assistants_app.events.fold import texts_so_far
from assistants_app.events.log import BEGINNING
from assistants_app.models import File, Project, Run, Thread
from assistants_app.models.snapshots import ThreadSnapshot
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.runs.runs import get_run, newest_runs
from assistants_app.queries.threads.state import current_run, logged_run, thread_snapshot
from assistants_app.queries.threads.threads import get_thread, title_of
from assistants_app.rendering.runs.log import render_log
from assistants_app.rendering.runs.outcome import controls_context, current_object, status_context
from assistants_app.rendering.threads.live import whole_state
from assistants_app.rendering.threads.messages import render_parts
from assistants_app.rendering.threads.state import render_thread
from assistants_app.services.runs import requests as runs
from assistants_app.services.threads import messages
from assistants_app.services.threads import requests as threads
from assistants_app.web.assistants.run_options import (
    ADDITIONAL,
    option_places,
    origin_of,
    run_options,
)
from assistants_app.web.http import go_to, playground_url, project_view
from assistants_app.wire.runs.runs import RunCreateParams, ThreadAndRunCreateParams, run_object
from assistants_app.wire.threads.messages import MessageCreateParams, attachment
from assistants_app.wire.threads.threads import ThreadCreateParams
from assistants_app.wire.validation import parse


@project_view("POST")
def start(request: HttpRequest, project: Project) -> HttpResponse:
    """The first message of a new thread, with or without a run."""
    try:
        message = _message(request)
        body = {"messages": [message]}
        if request.POST.get("action") == "add":
            params = parse(ThreadCreateParams, body)
            thread_id = threads.create_thread(project=project, params=params).id
        else:
            options = run_options(request.POST)
            additional = options.pop(ADDITIONAL, None)
            both = {"assistant_id": request.POST.get("assistant", ""), "thread": body, **options}
            run = runs.create_thread_and_run(
                project=project,
                params=parse(ThreadAndRunCreateParams, both),
                additional_instructions=additional,
                origin=origin_of(request),
            )
            thread_id = run.thread_id
    except ApiError as error:
        return _composer(request, project, None, error.message)
    state = {"a": request.POST.get("assistant", ""), "t": thread_id}
    return go_to(playground_url(project, **state))


@project_view("POST")
def send(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Add a message, run the assistant, or both. The answer is an empty composer: the message
    itself comes over the websocket, to all viewers alike.
    """
    try:
        if request.POST.get("action") == "add":
            params = parse(MessageCreateParams, _message(request))
            messages.create_message(project=project, thread_id=thread_id, params=params)
        else:
            _run(request, project, thread_id)
    except ApiError as error:
        return _composer(request, project, thread_id, error.message)
    return _composer(request, project, thread_id)


def _run(request: HttpRequest, project: Project, thread_id: str) -> None:
    """Run without a message of one's own is allowed: the thread may have one already. What is to
    be queued waits until the active run has ended, whether or not anybody looks on.
    """
    queues = request.POST.get("action") == "queue"
    has_message = bool(request.POST.get("content", "").strip() or request.POST.get("file"))
    body = {
        "assistant_id": request.POST.get("assistant", ""),
        "additional_messages": [_message(request)] if has_message or queues else None,
        "on_active_run": "queue" if queues else None,
        **run_options(request.POST),
    }
    params = parse(RunCreateParams, body)
    origin = origin_of(request)
    runs.create_run(project=project, thread_id=thread_id, params=params, origin=origin)


def _message(request: HttpRequest) -> dict[str, Any]:
    content = request.POST.get("content", "").replace("\r\n", "\n")
    if not content.strip():
        raise InvalidRequest(_("Enter a message."), param="content")
    files = request.POST.getlist("file")
    return {
        "role": request.POST.get("role", "user"),
        "content": content,
        "attachments": [
            attachment(file_id, request.POST.get(f"tool-{file_id}", CODE_INTERPRETER))
            for file_id in files
        ],
    }


def _composer(
    request: HttpRequest, project: Project, thread_id: str | None, error: str = ""
) -> HttpResponse:
    context = {
        "project": project,
        "thread": get_thread(project, thread_id) if thread_id else None,
        "assistant": {"id": request.POST.get("assistant", "")},
        "error": error,
        "draft": request.POST.get("content", "") if error else "",
        "held": _held(request, project) if error else [],
        "option_places": option_places(request.POST),
        **controls_context(project.id, _newest_run(project, thread_id)),
    }
    return render(request, "threads/_composer.html", context, status=422 if error else 200)


def _held(request: HttpRequest, project: Project) -> list[tuple[File, str]]:
    """The files that were to go with the message, each with its tool."""
    files = files_by_id(project.id, request.POST.getlist("file")).values()
    return [(file, request.POST.get(f"tool-{file.id}", CODE_INTERPRETER)) for file in files]


def _newest_run(project: Project, thread_id: str | None) -> dict[str, Any] | None:
    if thread_id is None:
        return None
    newest = current_run(newest_runs(get_thread(project, thread_id)))
    return run_object(newest) if newest else None


@project_view("POST")
def cancel(request: HttpRequest, project: Project, thread_id: str, run_id: str) -> HttpResponse:
    """Stop. The websocket tells how it went; one that has ended meanwhile is stopped already."""
    try:
        runs.cancel_run(project=project, thread_id=thread_id, run_id=run_id)
    except InvalidRequest:
        get_run(project, thread_id, run_id)
    return HttpResponse(status=204)


@project_view("GET")
def frame(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Return the thread as a whole frame of the websocket, for pages that poll because they can't
    have one. 204 if nothing has happened since ``after``.
    """
    thread = get_thread(project, thread_id)
    # Before the snapshot: the page may have seen more than the position says, never less.
    seq = _position(thread.id)
    if seq == request.GET.get("after"):
        return HttpResponse(status=204)
    snapshot = thread_snapshot(thread.id)
    operations = whole_state(snapshot, _bodies(snapshot))
    return JsonResponse({"seq": seq, "ops": operations, "announce": "", "whole": True})


@project_view("POST")
def rename(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Give the thread the ``title``. The answer is the mistake, if there is one."""
    title = " ".join(request.POST.get("title", "").split())
    try:
        threads.rename_thread(project=project, thread_id=thread_id, title=title)
    except InvalidRequest as error:
        return HttpResponse(escape(error.message), status=422)
    return HttpResponse()


@project_view("GET")
def run_log(request: HttpRequest, project: Project, thread_id: str, run_id: str) -> HttpResponse:
    """The log of one of the thread's runs; the page's URL is to name it, so that it comes back."""
    run = get_run(project, thread_id, run_id)
    log = _chosen_log(newest_runs(run.thread), run)
    query = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    state = {name: query.get(name, "") for name in ("a", "t", "panel")}
    return HttpResponse(log, headers={"HX-Replace-Url": playground_url(project, **state, r=run.id)})


@project_view("POST")
def delete(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Delete the thread with all that is in it."""
    threads.delete_thread(project=project, thread_id=thread_id)
    return go_to(playground_url(project, a=request.POST.get("assistant", "")))


def thread_context(thread: Thread, run_id: str = "") -> dict[str, Any]:
    """Return the context of the thread's column and log, as of the position `seq` of its event log
    or later. `run_id`: the run to show in the log instead of the current one.
    """
    chosen = get_run(thread.project, thread.id, run_id) if run_id else None
    # Before the snapshot: the page may have seen more than the position says, never less.
    seq = _position(thread.id)
    snapshot = thread_snapshot(thread.id)
    html = render_thread(snapshot, _bodies(snapshot))
    run = current_object(snapshot.runs)
    return {
        "thread": thread,
        "title": title_of(thread),
        "seq": seq,
        "items": html.items,
        "log_html": _chosen_log(snapshot.runs.newest, chosen) if chosen else html.log,
        "waiting_html": html.waiting,
        "outcome_html": html.outcome,
        **status_context(run),
        **controls_context(thread.project_id, run),
    }


def _chosen_log(runs: Sequence[Run], run: Run) -> SafeString:
    """The log with this run, which stays there while the current one goes on."""
    current = current_run(runs)
    chosen = current is not None and current.id != run.id
    return render_log(runs, logged_run(run), chosen=chosen)


def _bodies(snapshot: ThreadSnapshot) -> dict[str, str]:
    """HTML so far of the messages being written, which only the event log has, by message id."""
    run = snapshot.runs.current
    if run is None or run.status not in run_status.ACTIVE:
        return {}
    return {
        message_id: _body(snapshot.thread, message_id, content)
        for message_id, content in texts_so_far(snapshot.thread.id, run.id).items()
    }


def _body(thread: Thread, message_id: str, content: list[dict[str, Any]]) -> str:
    parts = render_parts(content, thread.project_id, thread.id)
    return f'{parts}<div class="live" id="live-{message_id}"></div>'


def _position(thread_id: str) -> str:
    try:
        return log.last_seq(thread_id)
    except RedisError:
        return BEGINNING
