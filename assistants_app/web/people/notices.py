"""The bell and its page: what others have said to a person."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from assistants_app.models import Notice, Project
from assistants_app.queries.people.notices import bell_of, list_notices
from assistants_app.services.people import notices as services
from assistants_app.web.http import author_of, project_view, url_with
from assistants_app.web.people.places import url_of_comment

PAGE = 50
EXCERPT = 200  # characters of a comment


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice, and the beginning of its comment."""

    notice: Notice
    excerpt: str


@project_view("GET", verb="read")
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """List the person's notices, newest first, or those before the notice ``before``."""
    before = request.GET.get("before", "")
    found = list_notices(project, author_of(request), before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    older = url_with("notices", project.id, before=shown[-1].id) if len(found) > PAGE else ""
    context = {
        "project": project,
        "section": "notices",
        "rows": [NoticeRow(notice, notice.comment.text[:EXCERPT]) for notice in shown],
        "next": older,
        "previous": url_with("notices", project.id) if before else "",
    }
    return render(request, "people/notices.html", context)


@project_view("GET", verb="read")
def bell(request: HttpRequest, project: Project) -> HttpResponse:
    """Return the bell of the top bar, with the number of unread notices."""
    context = {"project": project, "bell": bell_of(request.user, project.id)}
    return render(request, "people/_bell.html", context)


# By a button's POST, because opening it marks it as read, and browsers fetch links in advance.
@project_view("POST", verb="read_notice")
def open_notice(request: HttpRequest, project: Project, notice_id: str) -> HttpResponse:
    """Mark the notice as read, and go to its comment."""
    notice = services.read_notice(project=project, user=author_of(request), notice_id=notice_id)
    return redirect(url_of_comment(notice.comment))


@project_view("POST", verb="read_all_notices")
def read_all(request: HttpRequest, project: Project) -> HttpResponse:
    """Mark all of the person's notices in the project as read."""
    services.read_all_notices(project=project, user=author_of(request))
    return redirect("notices", project.id)
