"""Run the last user message again, and show two answers beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import escape

from assistants_app.domain.errors import ApiError
from assistants_app.models import Assistant, Project, Run
from assistants_app.models.snapshots import BranchPoint
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.queries.threads.answers import read_answer
from assistants_app.queries.threads.forks import branches_of
from assistants_app.queries.threads.threads import get_thread
from assistants_app.rendering.threads.branches import Beside, column_of, page_url, render_changes
from assistants_app.rendering.threads.items import render_items
from assistants_app.services.assistants.drafts import settings_apart
from assistants_app.services.runs import requests as runs
from assistants_app.templatetags.plain_errors import in_plain_words
from assistants_app.web.assistants.run_options import kept_options, requester_of
from assistants_app.web.http import (
    author_of,
    go_to,
    nothing,
    playground_url,
    project_view,
    whole_number,
)
from assistants_app.web.threads.page import growing_bodies
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.validation import parse


@dataclass(frozen=True, slots=True)
class Page:
    """The page that shows the answers: its project, its assistant and its user."""

    project: Project
    assistant_id: str
    user: User


@project_view("POST", verb="repeat")
def repeat(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Run ``assistant``, or its ``version``, for the last user message again, and open the new
    answer beside the old one; or return the error as a 422.
    """
    get_thread(project, thread_id)
    assistant_id = request.POST.get("assistant", "")
    version = whole_number(request.POST.get("version", ""))
    try:
        body = {"assistant_id": assistant_id, **kept_options(request, assistant_id)}
        run = runs.repeat(
            project=project,
            thread_id=thread_id,
            params=parse(RunCreateParams, body),
            requester=replace(requester_of(request), version=version),
        )
    except ApiError as error:
        return HttpResponse(escape(in_plain_words(error.message)), status=422)
    if run.thread_id != thread_id:
        return go_to(playground_url(project, a=assistant_id, t=run.thread_id, beside=thread_id))
    if version is not None:  # from the page of versions
        return go_to(playground_url(project, a=assistant_id, t=thread_id))
    return HttpResponse()  # there is no other answer, and this one arrives over the websocket


@project_view("GET", verb="read", gone=nothing)
def beside(request: HttpRequest, project: Project, thread_id: str, other_id: str) -> HttpResponse:
    """Show the answer of the thread ``other_id``, its difference to the one here, and the figures
    of both. ``assistant`` is the page's.
    """
    thread = get_thread(project, thread_id)
    page = Page(project, request.GET.get("assistant", ""), author_of(request))
    context = _context(page, branches_of(thread), other_id)
    if context is None:
        raise Http404("These threads don't part.")
    return render(request, "branches/_columns.html", context)


def beside_at(page: Page, other_id: str, points: Sequence[BranchPoint]) -> Beside | None:
    """Return the answer of the thread `other_id` where it parts, or None if it doesn't."""
    context = _context(page, points, other_id)
    if context is None:
        return None
    html = render_to_string("branches/_columns.html", context)
    return Beside(context["point"].after, html)


def _context(page: Page, points: Sequence[BranchPoint], other_id: str) -> dict[str, Any] | None:
    project, assistant_id = page.project, page.assistant_id
    there = (
        point for point in points if point.indexes.get(other_id, point.current) != point.current
    )
    point = next(there, None)
    if point is None:
        return None
    index = point.indexes[other_id]
    own, variant = point.variants[point.current], point.variants[index]
    new, old = read_answer(own), read_answer(variant)
    if new is None or old is None:
        return None
    old_column = column_of(
        old,
        number=index + 1,
        keep_url=page_url(project.id, a=assistant_id, t=variant.thread_id),
    )
    new_column = column_of(
        new,
        number=point.current + 1,
        keep_url=page_url(project.id, a=assistant_id, t=own.thread_id),
    )
    is_complete = not (old_column.active or new_column.active)
    others = [at for at in range(len(point.variants)) if at != point.current]
    return {
        "project": project,
        "point": point,
        "thread_id": own.thread_id,
        "other_id": variant.thread_id,
        "assistant_id": assistant_id,
        "count": len(point.variants),
        "old": old_column,
        "new": new_column,
        "items": render_items(old.part, growing_bodies(old.part.thread, old.run)),
        "is_complete": is_complete,
        "changes": render_changes(old, new) if is_complete else "",
        **_settings_apart(page, old.run, new.run),
        "others": [
            (
                at + 1,
                page_url(
                    project.id,
                    a=assistant_id,
                    t=own.thread_id,
                    beside=point.variants[at].thread_id,
                ),
                at == index,
            )
            for at in others
        ],
    }


def _settings_apart(page: Page, *runs: Run | None) -> dict[str, Any]:
    """Return how the settings of both runs differ from those that the page shows."""
    assistant = Assistant.objects.filter(project=page.project, pk=page.assistant_id).first()
    draft = find_draft(page.project, page.assistant_id, page.user)
    apart = [
        settings_apart(assistant=assistant, draft=draft, run=run)
        if assistant and run and run.assistant_id == assistant.id
        else []
        for run in runs
    ]
    return dict(zip(("old_settings", "new_settings"), apart, strict=True))
