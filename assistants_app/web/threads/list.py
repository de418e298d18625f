"""The threads page: search, and export or delete several threads."""

from collections.abc import Iterable, Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assistants_app.domain import run_status
from assistants_app.domain.configurations import origins
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.lists import PageParams, Sort
from assistants_app.domain.tools import BUILT_IN_TYPES, FUNCTION
from assistants_app.models import Assistant, Project, Thread
from assistants_app.queries.assistants.lists import assistants_to_choose
from assistants_app.queries.pages import Page, size_of
from assistants_app.queries.threads.export import exported_threads
from assistants_app.queries.threads.found import newest_hits
from assistants_app.queries.threads.rows import ThreadRow, thread_rows
from assistants_app.queries.threads.tables import sorted_threads
from assistants_app.queries.threads.threads import (
    each_thread,
    list_threads,
    matching_threads,
    threads_by_id,
)
from assistants_app.queries.words import MESSAGES, rebuild_of
from assistants_app.rendering.components.badges import Badge, origin_word, run_badge, run_word
from assistants_app.rendering.threads.export import FORMATS
from assistants_app.services.people.exports import note_export
from assistants_app.services.threads.requests import delete_threads, rename_thread
from assistants_app.web.file_bytes import pictures_of
from assistants_app.web.http import download, playground_url, project_view, whole_number
from assistants_app.web.tables import (
    Column,
    TableState,
    cursors_of,
    ignored_in,
    selected_ids,
    sort_of,
    table_query,
)
from assistants_app.web.threads import page as threads
from assistants_app.web.threads.found_words import words_of_hits
from assistants_app.web.threads.search import ThreadSearch, thread_search

PAGE = 25
CONFIRMATION = "delete"
DELETED_AT_ONCE = 1000  # in a transaction
COLUMNS = (
    Column(gettext_lazy("Title"), "title"),
    Column(gettext_lazy("Assistants")),
    Column(gettext_lazy("Last status")),
    Column(gettext_lazy("Messages"), "messages", numeric=True, descends=True),
    Column(gettext_lazy("Tokens"), "tokens", numeric=True, descends=True),
    Column(gettext_lazy("Cost"), "cost", numeric=True, descends=True),
    Column(gettext_lazy("Last activity"), "active", descends=True),
    Column(gettext_lazy("Created"), "created", descends=True),
)
NEWEST = Sort("created")


@project_view("GET", "POST", verb={"GET": "read", "POST": "create_thread_and_run"})
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: list the threads that match the search. POST: create a thread."""
    if request.method == "POST":
        return threads.start(request, project_id=project.id)
    return _render_page(request, project, thread_search(project, request.GET))


def _render_page(
    request: HttpRequest, project: Project, search: ThreadSearch, error: str = ""
) -> HttpResponse:
    state = _state(project, search, request.GET)
    found, neighbours = _read_page(request, project, search, state)
    assistants = assistants_to_choose(project, search.values["assistant"])
    matching = matching_threads(project, search.narrow)
    context = {
        "rebuild": rebuild_of(MESSAGES),
        "project": project,
        "section": "threads",
        "search": search,
        "rows": _rows_of(project, found, search.values["q"]),
        "size": size_of(matching),
        "headings": state.headings(COLUMNS),
        "sort": state.sort_text,
        "assistants": assistants,
        "tools": _tools_of(assistants),
        "statuses": [(status, run_word(status)) for status in run_status.ALL],
        "origins": [(origin, origin_word(origin)) for origin in origins.OF_THREADS],
        "filtered": bool(search.query),
        "ignored": ignored_in(request.GET, search.values, COLUMNS, ids="thread"),
        "confirmation": CONFIRMATION,
        "error": error,
        **neighbours,
    }
    return render(request, "threads/index.html", context, status=422 if error else 200)


def _state(project: Project, search: ThreadSearch, query: Mapping[str, str]) -> TableState:
    path = reverse("threads", args=[project.id])
    return TableState(path, search.values, sort_of(query, COLUMNS, NEWEST), NEWEST)


def _read_page(
    request: HttpRequest, project: Project, search: ThreadSearch, state: TableState
) -> tuple[list[Thread], dict[str, str]]:
    """Return the threads of the page, and the URLs of the pages before and after it."""
    if state.sort != NEWEST:
        # Only the order by time has cursors, which are as fast on the last page as on the first.
        number = max(whole_number(request.GET.get("page", "")) or 1, 1)
        found = sorted_threads(project, search.narrow, state.sort, number, PAGE)
        before = state.url(page=str(number - 1) if number > 2 else "")
        after = state.url(page=str(number + 1))
        return found.items, {
            "previous": before if number > 1 else "",
            "next": after if found.has_more else "",
        }
    page = cursors_of(request.GET, "thread", PAGE)
    found = list_threads(project, page, search.narrow)
    return found.items, _neighbour_urls(state, page, found)


def _rows_of(
    project: Project, threads: Sequence[Thread], text: str
) -> list[tuple[ThreadRow, str, Badge | None, str, SafeString]]:
    """Return the rows with the URL of their thread, at the newest message with the words of the
    text, with the badge of its newest run, with an unusual origin, and with these words.
    """
    hits = newest_hits(threads, text, typed=True) if text else {}
    words = words_of_hits(hits, text)
    return [
        (
            row,
            playground_url(
                project, a=row.assistant_id, t=row.thread.id, m=hits.get(row.thread.id, "")
            ),
            Badge(run_word(row.status), run_badge(row.status).tone) if row.status else None,
            ""
            if row.thread.origin in (origins.API, origins.PAGE)
            else origin_word(row.thread.origin),
            words.get(row.thread.id, SafeString("")),
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


def _neighbour_urls(state: TableState, page: PageParams, found: Page[Thread]) -> dict[str, str]:
    """Return the URLs of the pages with newer and older threads, or "" if there is no such page."""
    if not found.items:
        return {"newer": "", "older": ""}
    # `has_more` counts in the direction of travel: on the way back, it is about newer threads.
    backwards = page.before is not None and page.after is None
    newer = found.has_more if backwards else page.after is not None
    older = backwards or found.has_more
    return {
        "newer": state.url(before=found.items[0].id) if newer else "",
        "older": state.url(after=found.items[-1].id) if older else "",
    }


@project_view("POST", verb="rename_thread")
def rename(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Give the thread the ``title``. Return the table, or a 422 with the error."""
    if "title" not in request.POST:
        return HttpResponse(status=400)
    title = " ".join(request.POST["title"].split())
    try:
        rename_thread(project=project, thread_id=thread_id, title=title)
    except InvalidRequest as error:
        query = QueryDict(table_query(request).removeprefix("?"))
        return _render_page(request, project, thread_search(project, query), error.message)
    return redirect(reverse("threads", args=[project.id]) + table_query(request))


@project_view("POST", verb="read")
def export(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Download the selected threads, or all that the search finds if none is selected."""
    kind = request.POST.get("format", "")
    if kind not in FORMATS:
        raise Http404(f"Unknown export format: '{kind}'.")
    write, media_type = FORMATS[kind]
    chosen = [] if request.POST.get("all") else request.POST.getlist("id")
    search = thread_search(project, request.POST)
    found: Iterable[Thread] = (
        threads_by_id(project, chosen) if chosen else each_thread(project, search.narrow)
    )
    count = len(chosen) or size_of(matching_threads(project, search.narrow)).count
    note_export(project=project, kind="thread", count=count)
    name = f"threads-{project.today().isoformat()}.{kind}"
    return download(
        write(project, exported_threads(project, found, pictures_of(project))), name, media_type
    )


@project_view("POST", verb="delete_threads")
def delete(request: HttpRequest, project: Project) -> HttpResponse:
    """Delete the selected threads, if the confirmation was typed."""
    search = thread_search(project, request.POST)
    if request.POST.get("confirm", "").strip().lower() != CONFIRMATION:
        problem = _("Nothing was deleted. Type “%(word)s” to confirm.") % {"word": CONFIRMATION}
        return _render_page(request, project, search, problem)
    chosen = selected_ids(request, matching_threads(project, search.narrow))
    deleted = sum(
        delete_threads(project=project, thread_ids=chosen[start : start + DELETED_AT_ONCE])
        for start in range(0, len(chosen), DELETED_AT_ONCE)
    )
    message = ngettext("%(count)d thread deleted.", "%(count)d threads deleted.", deleted)
    messages.success(request, message % {"count": deleted})
    return redirect(_state(project, search, request.POST).url())
