"""The threads page: search, and export or delete several threads."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.domain import run_status
from assistants_app.domain.errors import NotFound
from assistants_app.domain.lists import PageParams
from assistants_app.domain.tools import BUILT_IN_TYPES, FUNCTION
from assistants_app.models import Assistant, Project, Thread
from assistants_app.queries.assistants.assistants import search_assistants
from assistants_app.queries.pages import Page
from assistants_app.queries.threads.export import exported_threads
from assistants_app.queries.threads.found import newest_hits
from assistants_app.queries.threads.rows import ThreadRow, thread_rows
from assistants_app.queries.threads.threads import each_thread, list_threads, threads_by_id
from assistants_app.queries.words import MESSAGES, rebuild_of
from assistants_app.rendering.components.badges import Badge, run_badge
from assistants_app.rendering.threads.export import FORMATS
from assistants_app.services.threads.requests import delete_thread
from assistants_app.web.file_bytes import pictures_of
from assistants_app.web.http import download, playground_url, project_view
from assistants_app.web.threads import page as threads
from assistants_app.web.threads.search import ThreadSearch, thread_search

PAGE = 25
CONFIRMATION = "delete"


@project_view("GET", "POST")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: list the threads that match the search. POST: create a thread."""
    if request.method == "POST":
        return threads.start(request, project_id=project.id)
    return _render_page(request, project, thread_search(project, request.GET))


def _render_page(
    request: HttpRequest, project: Project, search: ThreadSearch, error: str = ""
) -> HttpResponse:
    cursor = {name: request.GET.get(name, "").replace("\0", "") for name in ("after", "before")}
    page = PageParams(limit=PAGE, after=cursor["after"] or None, before=cursor["before"] or None)
    found = list_threads(project, page, search.narrow)
    assistants = search_assistants(project, "")
    context = {
        "rebuild": rebuild_of(MESSAGES),
        "project": project,
        "section": "threads",
        "search": search,
        "rows": _rows_of(project, found.items, search.values["q"]),
        "assistants": assistants,
        "tools": _tools_of(assistants),
        "statuses": run_status.ALL,
        "filtered": bool(search.query),
        "confirmation": CONFIRMATION,
        "error": error,
        **_neighbour_urls(project, search, page, found),
    }
    return render(request, "threads/index.html", context, status=422 if error else 200)


def _rows_of(
    project: Project, threads: Sequence[Thread], words: str
) -> list[tuple[ThreadRow, str, Badge | None]]:
    """Return the rows with the URL of their thread, at the newest message with these words, and
    with the badge of its newest run.
    """
    hits = newest_hits(threads, words) if words else {}
    return [
        (
            row,
            playground_url(
                project, a=row.assistant_id, t=row.thread.id, m=hits.get(row.thread.id, "")
            ),
            run_badge(row.status) if row.status else None,
        )
        for row in thread_rows(project, threads)
    ]


def _tools_of(assistants: Iterable[Assistant]) -> list[str]:
    functions = {
        tool["function"]["name"]
        for assistant in assistants
        for tool in assistant.tools
        if tool["type"] == FUNCTION
    }
    return [*BUILT_IN_TYPES, *sorted(functions)]


def _neighbour_urls(
    project: Project, search: ThreadSearch, page: PageParams, found: Page[Thread]
) -> dict[str, Any]:
    """Return the URLs of the pages with newer and older threads, or "" if there is no such page."""
    if not found.items:
        return {"newer": "", "older": ""}
    # `has_more` counts in the direction of travel: on the way back, it is about newer threads.
    backwards = page.before is not None and page.after is None
    newer = found.has_more if backwards else page.after is not None
    older = backwards or found.has_more
    return {
        "newer": threads_url(project, search, before=found.items[0].id) if newer else "",
        "older": threads_url(project, search, after=found.items[-1].id) if older else "",
    }


def threads_url(project: Project, search: ThreadSearch, **cursor: str) -> str:
    """Return the URL of this search's results, from `cursor` on."""
    query = "&".join(part for part in (search.query, urlencode(cursor)) if part)
    return reverse("threads", args=[project.id]) + (f"?{query}" if query else "")


@project_view("POST")
def export(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Download the selected threads, or all that the search finds if none is selected."""
    kind = request.POST.get("format", "")
    if kind not in FORMATS:
        raise Http404(f"Unknown export format: '{kind}'.")
    write, media_type = FORMATS[kind]
    chosen = request.POST.getlist("id")
    found: Iterable[Thread] = (
        threads_by_id(project, chosen)
        if chosen
        else each_thread(project, thread_search(project, request.POST).narrow)
    )
    name = f"threads-{project.today().isoformat()}.{kind}"
    return download(
        write(project, exported_threads(project, found, pictures_of(project))), name, media_type
    )


@project_view("POST")
def delete(request: HttpRequest, project: Project) -> HttpResponse:
    """Delete the selected threads, if the confirmation was typed."""
    search = thread_search(project, request.POST)
    chosen = request.POST.getlist("id")
    if request.POST.get("confirm", "").strip().lower() != CONFIRMATION:
        problem = _("Nothing was deleted. Type “%(word)s” to confirm.") % {"word": CONFIRMATION}
        return _render_page(request, project, search, problem)
    deleted = sum(_delete_if_present(project, thread_id) for thread_id in chosen)
    message = ngettext("%(count)d thread deleted.", "%(count)d threads deleted.", deleted)
    messages.success(request, message % {"count": deleted})
    return redirect(threads_url(project, search))


def _delete_if_present(project: Project, thread_id: str) -> bool:
    try:
        delete_thread(project=project, thread_id=thread_id)
    except NotFound:
        return False  # somebody else has already deleted it
    return True
