"""The column of threads on the main screen."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.models import Project
from assistants_app.queries.threads.families import recent_families, recent_family
from assistants_app.web.http import nothing, project_view

EACH = 30


@project_view("GET", verb="read")
def column(request: HttpRequest, project: Project) -> HttpResponse:
    """List threads with the words ``q``, or the rows after the thread ``after``.

    With ``older``, return a 204: the list that asks goes on below its first page, and keeps it.
    """
    if request.GET.get("older"):
        return nothing()
    asked = {name: request.GET.get(name, "") for name in ("q", "after", "a", "t")}
    text, after = asked["q"].strip(), asked["after"]
    context = {
        "project": project,
        "after": after,
        "assistant": {"id": asked["a"]},
        "thread": {"id": asked["t"]},
        **column_context(project, text=text, current=asked["t"], after=after),
    }
    template = "threads/_rows.html" if asked["after"] else "threads/_column.html"
    return render(request, template, context)


def column_context(
    project: Project, *, text: str = "", current: str = "", after: str = ""
) -> dict[str, Any]:
    """Return the context of the list, in which a thread and its forks are one row.

    The `current` thread's row comes first if the list doesn't have it on its first page.
    """
    page = recent_families(project, text=text, after=after, limit=EACH)
    listed = [item for item in page.items if not after or current not in item.members]
    is_listed = after or text or any(current in item.members for item in listed)
    if current and not is_listed:
        listed = [*recent_family(project, current), *listed]
    return {
        "recent_threads": listed,
        "older_threads": page.after,
        "thread_filter": text,
    }
