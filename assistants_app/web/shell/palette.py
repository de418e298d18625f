"""The command palette: what it finds for a few letters, newest first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.filters import ThreadFilter
from assistants_app.domain.pages import PageParams
from assistants_app.models import Project, Thread
from assistants_app.queries.assistants.assistants import search_assistants
from assistants_app.queries.project.access import list_projects
from assistants_app.queries.runs.runs import find_runs
from assistants_app.queries.threads.threads import list_threads, threads_by_id, with_titles
from assistants_app.web.http import project_view
from assistants_app.web.shell.shortcuts import GROUPS, actions_like

EACH = 5  # rows of a kind
PAGES = (
    (_("Playground"), "playground", "bot"),
    (_("Threads"), "threads", "messages-square"),
    (_("Files"), "files", "files"),
    (_("Vector stores"), "vector_stores", "database"),
    (_("Usage"), "usage", "chart-column"),
    (_("Settings"), "settings", "settings"),
)


@project_view("GET")
def palette(request: HttpRequest, project: Project) -> HttpResponse:
    """Options for `q`; without it the newest of all, and every action."""
    text = request.GET.get("q", "").replace("\0", "").strip()
    context = {
        "project": project,
        "threads": _threads(project, text),
        "assistants": search_assistants(project, text, limit=EACH),
        "runs": find_runs(project, text, limit=EACH),
        "pages": [page for page in PAGES if text.lower() in str(page[0]).lower()],
        "actions": actions_like(text),
    }
    return render(request, "palette/_options.html", context)


def _threads(project: Project, text: str) -> list[tuple[Thread, str]]:
    if text.startswith("thread_"):
        return with_titles(threads_by_id(project, [text]))
    return with_titles(list_threads(project, PageParams(limit=EACH), ThreadFilter(text)).items)


def top_bar(request: HttpRequest) -> dict[str, Any]:
    """The template context processor of what every top bar may show. `projects` asks the database
    when a template asks for it.
    """

    def projects() -> list[Project]:
        return list_projects(request.user) if request.user.is_authenticated else []

    return {"projects": projects, "key_groups": GROUPS}
