"""The thread's column: send messages, run and stop the assistant, show the log."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import IMPORT, PAGE
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.events import log
from assistants_app.events.fold import texts_so_far
from assistants_app.events.log import BEGINNING
from assistants_app.models import Project, Run, Thread
from assistants_app.models.snapshots import BranchPoint, ThreadSnapshot
from assistants_app.queries.runs.runs import get_run, runs_around, runs_to_show
from assistants_app.queries.threads.spans import END, Place, has_message, place_of_run
from assistants_app.queries.threads.state import current_run, logged_run, thread_snapshot
from assistants_app.queries.threads.threads import get_thread, title_of
from assistants_app.rendering.runs.log import render_log
from assistants_app.rendering.runs.outcome import controls_context, current_object, status_context
from assistants_app.rendering.threads.branches import Beside
from assistants_app.rendering.threads.live import whole_state
from assistants_app.rendering.threads.messages import render_parts
from assistants_app.rendering.threads.replay import before_replay
from assistants_app.rendering.threads.state import render_thread, span_of
from assistants_app.services.runs import requests as runs
from assistants_app.services.threads import messages
from assistants_app.services.threads import requests as threads
from assistants_app.templatetags.plain_errors import in_plain_words
from assistants_app.web.assistants.run_options import (
    ADDITIONAL,
    option_places,
    requester_of,
    run_options,
)
from assistants_app.web.assistants.values import sent_values
from assistants_app.web.http import go_to, playground_url, project_view
from assistants_app.web.threads.message_files import files_of_form, message_of_form
from assistants_app.wire.runs.runs import RunCreateParams, ThreadAndRunCreateParams, run_object
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.threads.threads import ThreadCreateParams
from assistants_app.wire.validation import parse

OpenBeside = Callable[[Sequence[BranchPoint]], Beside | None]


@project_view("POST", verb="create_thread_and_run")
def start(request: HttpRequest, project: Project) -> HttpResponse:
    """Create a thread with its first message, with or without a run."""
    try:
        _require_assistant(request)
        message = message_of_form(request.POST)
        body = {"messages": [message]}
        if request.POST.get("action") == "add":
            params = parse(ThreadCreateParams, body)
            thread_id = threads.create_thread(project=project, params=params, origin=PAGE).id
        else:
            assistant_id = request.POST.get("assistant", "")
            options = run_options(request.POST) | sent_values(request, project, assistant_id)
            # OpenAI's endpoint for both has no such parameter, so it goes past the body.
            additional = options.pop(ADDITIONAL, None)
            both = {"assistant_id": assistant_id, "thread": body, **options}
            run = runs.create_thread_and_run(
                project=project,
                params=parse(ThreadAndRunCreateParams, both),
                additional_instructions=additional,
                requester=requester_of(request),
            )
            thread_id = run.thread_id
    except ApiError as error:
        return _render_composer(request, project, None, error.message)
    state = {"a": request.POST.get("assistant", ""), "t": thread_id}
    return go_to(playground_url(project, **state))


@project_view("POST", verb="create_run")
def send(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Add a message, run the assistant, or both. Return an empty composer."""
    # The message itself arrives over the websocket, for this page as for all others.
    try:
        if request.POST.get("action") == "add":
            params = parse(MessageCreateParams, message_of_form(request.POST))
            messages.create_message(project=project, thread_id=thread_id, params=params)
        else:
            _require_assistant(request)
            _create_run(request, project, thread_id)
    except ApiError as error:
        return _render_composer(request, project, thread_id, error.message)
    return _render_composer(request, project, thread_id)


def _create_run(request: HttpRequest, project: Project, thread_id: str) -> None:
    # A run without a new message is allowed, because the thread may already have one. A queued
    # message waits on the server, so it's sent even if nobody has the page open.
    queues = request.POST.get("action") == "queue"
    assistant_id = request.POST.get("assistant", "")
    has_message = bool(request.POST.get("content", "").strip() or request.POST.get("file"))
    body = {
        "assistant_id": assistant_id,
        "additional_messages": [message_of_form(request.POST)] if has_message or queues else None,
        "on_active_run": "queue" if queues else None,
        **run_options(request.POST),
        **sent_values(request, project, assistant_id),
    }
    params = parse(RunCreateParams, body)
    requester = requester_of(request)
    runs.create_run(project=project, thread_id=thread_id, params=params, requester=requester)


def _require_assistant(request: HttpRequest) -> None:
    """Raise :class:`InvalidRequest` for a run without an assistant."""
    # The API's sentence names an empty ID, which says nothing to a person.
    if request.POST.get("action") != "add" and not request.POST.get("assistant"):
        raise InvalidRequest(_("Choose or create an assistant first. It will answer your message."))


def _render_composer(
    request: HttpRequest, project: Project, thread_id: str | None, error: str = ""
) -> HttpResponse:
    context = {
        "project": project,
        "thread": get_thread(project, thread_id) if thread_id else None,
        "assistant": {"id": request.POST.get("assistant", "")},
        "error": error,
        "draft": request.POST.get("content", "") if error else "",
        "held": files_of_form(request.POST, project) if error else [],
        "option_places": option_places(request.POST),
        **controls_context(project.id, _newest_run(project, thread_id)),
    }
    return render(request, "threads/_composer.html", context, status=422 if error else 200)


def _newest_run(project: Project, thread_id: str | None) -> dict[str, Any] | None:
    if thread_id is None:
        return None
    newest = current_run(runs_to_show(get_thread(project, thread_id)))
    return run_object(newest) if newest else None


@project_view("POST", verb="cancel_run")
def cancel(request: HttpRequest, project: Project, thread_id: str, run_id: str) -> HttpResponse:
    """Cancel the run, and hold the messages that wait for it until somebody sends them."""
    try:
        runs.cancel_run(project=project, thread_id=thread_id, run_id=run_id, holds_waiting=True)
    except InvalidRequest:
        # It has ended in the meantime, so there is nothing to stop. A 404 if it never existed.
        get_run(project, thread_id, run_id)
    # The page learns the new status over the websocket.
    return HttpResponse(status=204)


@project_view("POST", verb="send_held_run")
def send_held(request: HttpRequest, project: Project, thread_id: str, run_id: str) -> HttpResponse:
    """Send a message that was held when somebody stopped the run before it."""
    # Another tab may have sent or discarded it already, and every tab shows what became of it.
    with suppress(InvalidRequest):
        runs.send_held_run(project=project, thread_id=thread_id, run_id=run_id)
    return HttpResponse(status=204)


@project_view("GET", verb="read")
def frame(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Return the thread as one complete frame, or a 204 if nothing has happened since ``after``."""
    # For pages that poll, because something on the way to the server blocks websockets.
    thread = get_thread(project, thread_id)
    # Before the snapshot: the page may have seen more than the position says, never less.
    seq = _log_position(thread.id)
    if seq == request.GET.get("after"):
        return HttpResponse(status=204)
    snapshot = thread_snapshot(thread.id)
    operations = whole_state(snapshot, _growing_bodies(snapshot))
    return JsonResponse({"seq": seq, "ops": operations, "announce": "", "whole": True})


@project_view("POST", verb="rename_thread")
def rename(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Give the thread the ``title``. Return nothing, or the error."""
    title = " ".join(request.POST.get("title", "").split())
    try:
        threads.rename_thread(project=project, thread_id=thread_id, title=title)
    except InvalidRequest as error:
        return HttpResponse(escape(in_plain_words(error.message)), status=422)
    return HttpResponse()


@project_view("GET", verb="read")
def run_log(request: HttpRequest, project: Project, thread_id: str, run_id: str) -> HttpResponse:
    """Show the log of one of the thread's runs."""
    run = get_run(project, thread_id, run_id)
    log = _render_log_of(runs_to_show(run.thread), run)
    # The page's URL then contains the run, so that a reload shows the same log.
    query = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    state = {name: query.get(name, "") for name in ("a", "t", "panel")}
    return HttpResponse(log, headers={"HX-Replace-Url": playground_url(project, **state, r=run.id)})


@project_view("POST", verb="delete_thread")
def delete(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Delete the thread with its messages and runs."""
    threads.delete_thread(project=project, thread_id=thread_id)
    return go_to(playground_url(project, a=request.POST.get("assistant", "")))


def thread_context(
    thread: Thread,
    run_id: str = "",
    message_id: str = "",
    open_beside: OpenBeside | None = None,
    *,
    plays: bool = False,
) -> dict[str, Any]:
    """Return the context of the thread's column and log.

    `seq` in the context is the position in the thread's event log up to which the page is complete.
    `run_id` is the run to show in the log instead of the current one. The messages are those around
    `message_id`, or around that run. `open_beside` returns what is open where forks part. If the
    page `plays` the recorded example, it begins before the run.
    """
    chosen = get_run(thread.project, thread.id, run_id) if run_id else None
    found = bool(message_id) and has_message(thread, message_id)
    place = Place("around", message_id) if found else place_of_run(chosen) if chosen else END
    # Before the snapshot: the page may have seen more than the position says, never less.
    seq = _log_position(thread.id)
    snapshot = thread_snapshot(thread.id, place)
    recorded = any(run.recorded and run.origin == IMPORT for run in snapshot.runs.newest)
    if plays and recorded:
        snapshot, seq = before_replay(snapshot), BEGINNING
    beside = open_beside(snapshot.part.branches) if open_beside else None
    html = render_thread(snapshot, _growing_bodies(snapshot), beside)
    run = current_object(snapshot.runs)
    return {
        "thread": thread,
        "title": title_of(thread),
        "seq": seq,
        "recorded": recorded,
        "can_play": recorded and _has_whole_log(thread.id),
        "line_url": _line_url(thread, plays=plays and recorded),
        "items": html.items,
        "span": span_of(snapshot.part),
        "marked": message_id if found else "",
        "missing": message_id if message_id and not found else "",
        "chosen_run": chosen.id if chosen else "",
        "log_html": _render_log_of(snapshot.runs.newest, chosen) if chosen else html.log,
        "waiting_html": html.waiting,
        "outcome_html": html.outcome,
        **status_context(run),
        **controls_context(thread.project_id, run),
    }


def _line_url(thread: Thread, *, plays: bool) -> str:
    """Return the address of the thread's websocket (realtime/consumers.py)."""
    url = f"/ws/p/{thread.project_id}/thread/{thread.id}/"
    return f"{url}replay/" if plays else url


def _render_log_of(runs: Sequence[Run], run: Run) -> SafeString:
    """Return the log of this run. A log that isn't the current run's doesn't follow new events."""
    current = current_run(runs)
    chosen = current is not None and current.id != run.id
    if run not in runs[:-1]:  # the oldest of them may have others before it
        runs = runs_around(run)
    return render_log(runs, logged_run(run), chosen=chosen)


def _growing_bodies(snapshot: ThreadSnapshot) -> dict[str, str]:
    """Return the HTML so far of messages that are being written, by message ID."""
    # Their text is in the event log only: a row has it when the message is complete.
    return growing_bodies(snapshot.thread, snapshot.runs.current)


def growing_bodies(thread: Thread, run: Run | None) -> dict[str, str]:
    """Return the HTML so far of messages that the run is writing, by message ID."""
    if run is None or run.status not in run_status.ACTIVE:
        return {}
    return {
        message_id: _growing_body(thread, message_id, content)
        for message_id, content in texts_so_far(thread.id, run.id).items()
    }


def _growing_body(thread: Thread, message_id: str, content: list[dict[str, Any]]) -> str:
    parts = render_parts(content, thread.project_id, thread.id)
    return f'{parts}<div class="live" id="live-{message_id}"></div>'


def _has_whole_log(thread_id: str) -> bool:
    try:
        return log.is_whole(thread_id)
    except RedisError:
        return False


def _log_position(thread_id: str) -> str:
    try:
        return log.last_seq(thread_id)
    except RedisError:
        return BEGINNING
