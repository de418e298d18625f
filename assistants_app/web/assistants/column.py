"""The column of assistants on the main screen."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from assistants_app.models import Assistant, Project
from assistants_app.queries.assistants.assistants import assistants_at_work
from assistants_app.queries.assistants.lists import (
    assistants_to_choose,
    column_of_assistants,
    found_assistants,
)
from assistants_app.queries.assistants.versions import drafted_assistants
from assistants_app.queries.pages import Page
from assistants_app.web.assistants.starters import STARTERS
from assistants_app.web.http import author_of, project_view, whole_number

MOST_PAGES = 40
_SELECTED = SafeString(" selected")


@project_view("GET", verb="read")
def column(request: HttpRequest, project: Project) -> HttpResponse:
    """List assistants whose names contain ``q``, or the rows after the assistant ``after``.

    ``pages`` are the numbers of pages that the list has. With ``dots``, return a 204 if exactly the
    assistants in ``dot`` are running.
    """
    asked = request.GET
    after = asked.get("after", "")
    text = asked.get("q", "").strip()
    pages = 1 if after else _pages(asked.getlist("pages"))
    context = column_context(
        request,
        project,
        column_of_assistants(project, text, after=after, pages=pages),
        text=text,
        current=asked.get("a", ""),
        after=after,
        pages=pages,
    )
    # The page polls for the dots of running assistants. It redraws the list only for a change.
    if asked.get("dots"):
        running = {item.id for item in context["assistants"]} & context["at_work"]
        if running == set(asked.getlist("dot")):
            return HttpResponse(status=204)
    template = "assistants/_rows.html" if after else "assistants/_list.html"
    return render(request, template, context)


def _pages(counts: list[str]) -> int:
    return min(max(sum(whole_number(count) or 0 for count in counts), 1), MOST_PAGES)


def column_context(
    request: HttpRequest,
    project: Project,
    page: Page[Assistant],
    *,
    text: str = "",
    current: str = "",
    after: str = "",
    pages: int = 1,
) -> dict[str, Any]:
    """Return the context of the list: the assistants of the page, which of them are running or have
    a draft of the user, and the templates for new assistants.

    The `current` assistant comes first if the list doesn't have it on its first page.
    """
    return {
        "project": project,
        "assistants": _with_current(project, page.items, current, text, after),
        "pages": pages,
        "after": page.items[-1].id if page.has_more else "",
        "current": current,
        "filter": text,
        "at_work": assistants_at_work(project),
        "drafted": drafted_assistants(project, author_of(request)),
        "starters": STARTERS,
    }


@project_view("GET", verb="read")
def choices(request: HttpRequest, project: Project) -> HttpResponse:
    """Return the options of a choice of all assistants. ``a`` is the chosen one."""
    chosen = request.GET.get("a", "")
    return HttpResponse(render_options(assistants_to_choose(project, chosen), chosen))


def render_options(choices: Iterable[Assistant], chosen: str) -> SafeString:
    """Return the assistants as the options of a choice."""
    # Not a template, which takes 20 ms for 500 of them.
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (item.id, _SELECTED if item.id == chosen else "", item.name or item.id)
            for item in choices
        ),
    )


def _with_current(
    project: Project, listed: list[Assistant], current: str, text: str, after: str
) -> list[Assistant]:
    if after:
        # It is at the top already, unless it was on the first page.
        return [item for item in listed if item.id != current]
    if not current or text or any(item.id == current for item in listed):
        return listed
    return [*found_assistants(project, [current]), *listed]
