"""Add a row from a message of a thread."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.models import Project
from assistants_app.queries.test_sets.sets import get_test_set, list_test_sets
from assistants_app.queries.threads.threads import get_message
from assistants_app.services.test_sets.from_threads import (
    LIVE,
    TAPE,
    TOOLS,
    add_row_from,
    tools_used_before,
)
from assistants_app.services.test_sets.sets import create_test_set
from assistants_app.web.http import author_of, project_view

SHOWN_SETS = 100


@project_view("GET", "POST", verb={"GET": "read", "POST": "add_row_from_thread"})
def add(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """GET: ask for the set. POST: add the row to ``set``, or to a new one called ``name``."""
    get_message(project, thread_id, message_id)
    if request.method == "GET":
        return _render(request, project, thread_id, message_id)
    author, set_id = author_of(request), request.POST.get("set", "")
    try:
        if set_id:
            test_set = get_test_set(project, set_id)
        else:
            name = request.POST.get("name", "")
            test_set = create_test_set(project=project, name=name, author=author)
        row = add_row_from(
            project=project,
            set_id=test_set.id,
            thread_id=thread_id,
            message_id=message_id,
            author=author,
            tools=_tools(request),
        )
    except NotFound:
        raise
    except ApiError as error:
        return _render(request, project, thread_id, message_id, status=422, error=error.message)
    added = {"set": test_set, "row": row, "project": project}
    return render(request, "tests/_added.html", added)


def _tools(request: HttpRequest) -> str:
    chosen = request.POST.get("tools", LIVE)
    return chosen if chosen in TOOLS else LIVE


def _render(
    request: HttpRequest,
    project: Project,
    thread_id: str,
    message_id: str,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "project": project,
        "thread_id": thread_id,
        "message_id": message_id,
        "sets": list_test_sets(project)[:SHOWN_SETS],
        "name": request.POST.get("name", ""),
        "tools": tools_used_before(project, thread_id, message_id),
        "chosen": request.POST.get("tools", TAPE),
        **more,
    }
    return render(request, "tests/_add.html", context, status=status)
