"""The code interpreter on the page: code that people edit and run, and the session's files."""

import base64
import mimetypes
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from assistants_app.domain.errors import NotFound
from assistants_app.domain.tools import CODE_INTERPRETER
from assistants_app.models import Project, RunStep, Thread
from assistants_app.queries.runs.code_sessions import session_files
from assistants_app.queries.runs.runs import find_run, get_step_of_thread
from assistants_app.queries.threads.threads import get_thread
from assistants_app.rendering.components.badges import code_badge
from assistants_app.rendering.text.previews import needed_bytes, render_preview
from assistants_app.rendering.threads.messages import attached
from assistants_app.rendering.tool_calls.cards import MadeFile, Output, logs
from assistants_app.rendering.tool_calls.pictures import figure
from assistants_app.sandbox import protocol
from assistants_app.sandbox.protocol import (
    Execution,
    FileInfo,
    FileRefused,
    SandboxUnavailable,
    SessionLost,
)
from assistants_app.storage.byte_store import Chunks
from assistants_app.tools.code_interpreter.by_hand import run_by_hand, stop_by_hand
from assistants_app.tools.code_interpreter.hosts import sandbox
from assistants_app.web.file_bytes import bytes_response, sort_of
from assistants_app.web.http import project_view

FIGURE_BYTES = 8 * 1024**2  # for all figures of one call, because the page itself contains them
CALL_NAME = 16  # characters


@project_view("GET", "POST", verb="run_code")
def edit_code(
    request: HttpRequest, project: Project, thread_id: str, step_id: str, index: int
) -> HttpResponse:
    """GET: show the code of a call in an editor. POST: run ``code`` in the thread's session.
    ``call`` is a name with which the code can be stopped.
    """
    thread = get_thread(project, thread_id)
    step = get_step_of_thread(thread, step_id)
    context = {"project": project, "thread": thread, "step": step, "index": index}
    written = _code_of_call(step, index)
    if request.method == "GET":
        return render(request, "code/_editor.html", {**context, "code": written, **_next_call()})
    code = request.POST.get("code", "").replace("\r\n", "\n")
    result = _run_and_describe(thread, step, code, _call_name(request))
    return render(request, "code/_result.html", {**context, **result, **_next_call()})


@project_view("POST", verb="run_code")
def stop_code(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Interrupt the code that runs as ``call``. The response to that request shows the result."""
    thread = get_thread(project, thread_id)
    try:
        stop_by_hand(thread.id, _call_name(request))
    except RedisError:
        # The signal to stop goes through Redis.
        return HttpResponse(status=503)
    return HttpResponse()


def _next_call() -> dict[str, str]:
    # A name for each call, so that Stop never stops the code of another tab, or, if it comes late,
    # the next code in this one.
    return {"call": secrets.token_hex(CALL_NAME // 2)}


def _call_name(request: HttpRequest) -> str:
    return request.POST.get("call", "")[:CALL_NAME]


def _code_of_call(step: RunStep, index: int) -> str:
    calls = step.step_details.get("tool_calls", [])
    if index >= len(calls) or calls[index]["type"] != CODE_INTERPRETER:
        raise NotFound("call", str(index))
    return str(calls[index][CODE_INTERPRETER]["input"])


def _run_and_describe(thread: Thread, step: RunStep, code: str, call: str) -> dict[str, Any]:
    run = find_run(step.run_id)
    if run is None:
        raise NotFound("run", step.run_id)
    if not code.strip():
        return {"error": _("Enter some code to run.")}
    try:
        execution = run_by_hand(run, code, call=call)
    except SandboxUnavailable as error:
        return {"error": str(error)}
    except FileRefused as error:
        return {"error": _("Couldn't copy a file into the session: %(reason)s") % {"reason": error}}
    except OSError as error:
        return {"error": _("Couldn't read the files: %(reason)s") % {"reason": error}}
    return _result_context(thread, execution)


def _result_context(thread: Thread, execution: Execution) -> dict[str, Any]:
    outputs, room = [], FIGURE_BYTES
    for output in execution.outputs:
        room -= len(output.data)
        outputs.append(_shown_output(output, fits=room >= 0))
    if execution.error:
        outputs.append(logs(execution.error, fold=True))
    lost = execution.ended == "killed"  # the session's files are lost with it
    return {
        "badge": code_badge(execution.ended, execution.duration_seconds),
        "reason": execution.reason,
        "new_session": execution.new_session,
        "outputs": outputs,
        "files": []
        if lost
        else [_file_in_session(thread, file) for file in execution.changed_files],
    }


def _shown_output(output: protocol.Output, *, fits: bool) -> Output:
    if output.kind != "image":
        return logs(output.text, fold=True)
    if not fits:
        return logs(_("[Too many figures to show here.]"), fold=False)
    url = f"data:image/png;base64,{base64.b64encode(output.data).decode()}"
    return Output("image", image=figure(url))


@project_view("GET", verb="read")
def session(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Show the files of the thread's session, or the files kept from an ended session."""
    thread = get_thread(project, thread_id)
    context: dict[str, Any] = {"project": project, "thread": thread}
    kept = session_files(thread.id)
    try:
        files = [_file_in_session(thread, file) for file in sandbox().list_files(thread.id)]
        note = "" if files else _("The session has no files yet.")
    except (SessionLost, SandboxUnavailable) as error:
        files = [_kept_file(project, name, file.id, file.bytes) for name, file in kept.items()]
        note = (
            _("The session has ended. These files were kept:")
            if files
            else _("No session is running, and no files were kept from earlier ones.")
        )
        if isinstance(error, SandboxUnavailable):
            context["error"] = str(error)
    context |= {"files": files, "note": note}
    return render(request, "code/_session.html", context)


def _kept_file(project: Project, name: str, file_id: str, size: int) -> MadeFile:
    file = attached(project.id, file_id, {})
    return MadeFile(name, size, url=file.url, preview_url=file.preview_url)


def _file_in_session(thread: Thread, file: FileInfo) -> MadeFile:
    arguments = [thread.project_id, thread.id]
    # In the query string, because the name can contain slashes.
    query = urlencode({"name": file.name})
    return MadeFile(
        file.name,
        file.size,
        url=f"{reverse('session_content', args=arguments)}?{query}",
        preview_url=f"{reverse('session_preview', args=arguments)}?{query}",
    )


@project_view("GET", verb="read")
def session_content(request: HttpRequest, project: Project, thread_id: str) -> HttpResponseBase:
    """Download the session's file called ``name``."""
    thread, file = _find_session_file(request, project, thread_id)
    chunks = sandbox().read_file(thread.id, file.name)
    name = file.name.rpartition("/")[2]
    response = bytes_response(_read_first(chunks), name, _mime_type(name), None)
    # The next call may change the file.
    response["Cache-Control"] = "no-store"
    return response


@project_view("GET", verb="read")
def session_preview(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Return a preview of a file of the session, for a dialog."""
    thread, file = _find_session_file(request, project, thread_id)
    name = file.name.rpartition("/")[2]
    head = b""
    if wanted := needed_bytes(name, _mime_type(name), file.size):
        chunks = _read_first(sandbox().read_file(thread.id, file.name))
        while len(head) < wanted and (chunk := next(chunks, b"")):
            head += chunk
    shown = _file_in_session(thread, file)
    preview = render_preview(
        name,
        _mime_type(name),
        file.size,
        shown.url,
        head[:wanted],
        sort_url=f"{shown.preview_url}&sort=",
        sort=sort_of(request),
    )
    return HttpResponse(preview)


def _find_session_file(
    request: HttpRequest, project: Project, thread_id: str
) -> tuple[Thread, FileInfo]:
    thread = get_thread(project, thread_id)
    name = request.GET.get("name", "")
    try:
        files = sandbox().list_files(thread.id)
    except (SessionLost, SandboxUnavailable) as error:
        raise Http404(str(error)) from error
    for file in files:
        if file.name == name:
            return thread, file
    raise NotFound("file", name)


def _read_first(chunks: Iterator[bytes]) -> Chunks:
    # Read the first piece before the response starts, when an error can still become a 404.
    try:
        first = next(chunks, b"")
    except (SessionLost, FileRefused, SandboxUnavailable) as error:
        raise Http404(str(error)) from error
    return _chain(first, chunks)


def _chain(first: bytes, rest: Iterator[bytes]) -> Chunks:
    if first:
        yield first
    yield from rest


def _mime_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
