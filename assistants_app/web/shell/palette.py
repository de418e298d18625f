"""The command palette: what matches a text, such as threads, assistants, files and actions."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.lists import PageParams, ThreadFilter
from assistants_app.models import File, Project, Thread
from assistants_app.queries.assistants.assistants import search_assistants
from assistants_app.queries.files.files import files_by_id, list_files
from assistants_app.queries.people.notices import Bell, bell_of
from assistants_app.queries.project.access import is_team
from assistants_app.queries.runs.runs import find_runs
from assistants_app.queries.stores.stores import stores_like
from assistants_app.queries.threads.found import newest_hits
from assistants_app.queries.threads.threads import (
    list_threads,
    thread_of_message,
    threads_by_id,
    with_titles,
)
from assistants_app.rendering.components.badges import run_word
from assistants_app.services.acting import current_actor
from assistants_app.services.space import is_short
from assistants_app.web.http import project_view
from assistants_app.web.shell.shortcuts import GROUPS, actions_like
from assistants_app.web.threads.found_words import words_of_hits

EACH = 5  # results of each kind
PAGES = (
    (_("Playground"), "playground", "bot"),
    (_("Assistants"), "assistants", "list"),
    (_("Threads"), "threads", "messages-square"),
    (_("Compare"), "comparisons", "columns-3"),
    (_("Files"), "files", "files"),
    (_("Vector stores"), "vector_stores", "database"),
    (_("Tests"), "test_sets", "list-checks"),
    (_("Experiments"), "experiments", "gauge"),
    (_("Usage"), "usage", "chart-column"),
    (_("Runs"), "runs", "play"),
    (_("Account"), "account", "key-round"),
    (_("Projects"), "projects", "chevrons-up-down"),
)
SETTINGS = (_("Settings"), "settings", "settings")


@project_view("GET", verb="read")
def palette(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the options that match `q`. Without it, show the newest of each kind and all actions."""
    text = request.GET.get("q", "").strip()
    context = {
        "project": project,
        "threads": _matching_threads(project, text),
        "assistants": search_assistants(project, text, limit=EACH),
        "files": _matching_files(project, text),
        "stores": stores_like(project, text, limit=EACH),
        "runs": [(run, run_word(run.status)) for run in find_runs(project, text, limit=EACH)],
        "pages": [page for page in _pages() if text.lower() in str(page[0]).lower()],
        "actions": actions_like(text),
    }
    return render(request, "palette/_options.html", context)


def _pages() -> list[tuple[Any, str, str]]:
    actor = current_actor()
    if actor and actor.may("read_settings"):
        return [*PAGES, SETTINGS]
    return [*PAGES]


@dataclass(frozen=True, slots=True)
class ThreadOption:
    """A thread. `hit` is the ID of a message with the words of the search, and `words` is the part
    with them.
    """

    thread: Thread
    title: str
    hit: str = ""
    words: SafeString | str = ""


def _matching_threads(project: Project, text: str) -> list[ThreadOption]:
    # A full ID, pasted from a log, finds its thread or message, which a search for words wouldn't.
    if text.startswith("msg_"):
        return [ThreadOption(*row, text) for row in with_titles(thread_of_message(project, text))]
    if text.startswith("thread_"):
        return [ThreadOption(*row) for row in with_titles(threads_by_id(project, [text]))]
    threads = list_threads(project, PageParams(limit=EACH), ThreadFilter(text, typed=True)).items
    hits = newest_hits(threads, text, typed=True) if text else {}
    words = words_of_hits(hits, text)
    return [
        ThreadOption(thread, title, hits.get(thread.id, ""), words.get(thread.id, ""))
        for thread, title in with_titles(threads)
    ]


def _matching_files(project: Project, text: str) -> list[File]:
    if text.startswith("file-"):
        return list(files_by_id(project.id, [text]).values())
    return list_files(project, PageParams(limit=EACH), name=text).items


def top_bar(request: HttpRequest) -> dict[str, Any]:
    """Return what top bars show, as a context processor."""
    at = request.resolver_match
    project_id = at.kwargs.get("project_id", "") if at else ""

    # One bell per page, although several templates ask for it.
    @cache
    def bell() -> Bell:
        return bell_of(request.user, project_id) if project_id else Bell()

    # Of pages without a thread. Where nobody else can change anything, they need no news.
    @cache
    def project_line() -> str:
        heard = project_id and is_team(Project(pk=project_id))
        return f"/ws/p/{project_id}/project/" if heard else ""

    actor = current_actor()
    return {
        "role": actor.role if actor else "",
        "bell": bell,
        "project_line": project_line,
        "key_groups": GROUPS,
        "space_is_short": is_short,
    }
