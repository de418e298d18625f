"""The dialog that makes links to a thread, and the page on which owners see all links."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.words.written import written_text
from assistants_app.models import Project, Share, Thread
from assistants_app.queries.shares.shares import shares_of_project, shares_of_thread
from assistants_app.queries.threads.threads import get_thread, last_messages, title_of
from assistants_app.rendering.components.badges import ERR, Badge
from assistants_app.services.acting import current_actor
from assistants_app.services.shares import shares as services
from assistants_app.web.http import author_of, project_view, url_with, whole_number
from assistants_app.wire.shares import Hides

ROWS = 50  # of a page
CHOICES = 50  # messages that the dialog offers as the last one
EXCERPT = 80  # characters
LIFETIMES = ("7", "30", "90", "")  # days; "" never ends


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link in a list. `shows` says what it leaves out."""

    share: Share
    shows: list[str]
    badge: Badge | None


@project_view("GET", "POST", verb="create_share")
def share_thread(request: HttpRequest, project: Project, thread_id: str) -> HttpResponse:
    """Show the dialog with the thread's links. A POST makes another one."""
    thread = get_thread(project, thread_id)
    if request.method == "GET":
        return _render_dialog(request, project, thread)
    try:
        share, token = _create(request, project, thread)
    except InvalidRequest as error:
        refusal = {"error": error.message, "field": error.param}
        return _render_dialog(request, project, thread, status=422, **refusal)
    url = request.build_absolute_uri(url_with("share", token))
    return _render_dialog(request, project, thread, new=share, url=url)


def _create(request: HttpRequest, project: Project, thread: Thread) -> tuple[Share, str]:
    form = request.POST
    part, days = form.get("part", ""), form.get("days", "")
    if days not in LIFETIMES:
        raise InvalidRequest(_("Choose a time from the list."), param="days")
    return services.create_share(
        project=project,
        thread_id=thread.id,
        user=author_of(request),
        title=" ".join(form.get("title", "").split()),
        until_id=part if part.startswith("msg_") else "",
        run_id=part if part.startswith("run_") else "",
        hides=Hides(
            instructions="hide_instructions" in form,
            file_names="hide_file_names" in form,
            tools="hide_tools" in form,
        ),
        follows="follows" in form,
        expires_at=timezone.now() + timedelta(days=int(days)) if days else None,
    )


def _render_dialog(
    request: HttpRequest, project: Project, thread: Thread, *, status: int = 200, **more: Any
) -> HttpResponse:
    actor = current_actor()
    sees_all = actor is not None and actor.may("revoke_any_share")
    shares = shares_of_thread(project, thread.id, of=None if sees_all else author_of(request))
    context = {
        "project": project,
        "thread": thread,
        "forbidden": project.forbids_sharing,
        "title": title_of(thread),
        **_parts_context(thread),
        "lifetimes": _lifetime_names().items(),
        "form": request.POST,
        "rows": [_row(share) for share in shares],
        **more,
    }
    return render(request, "shares/_dialog.html", context, status=status)


def _parts_context(thread: Thread) -> dict[str, Any]:
    """Return the parts of the thread that a link may show: `parts` that end with a message, with
    its author and its start, and `replies` of one run. The newest come first.
    """
    parts, replies = [], {}
    for message in reversed(last_messages(thread, limit=CHOICES)):
        who = _("Reply") if message.role == "assistant" else _("User")
        text = " ".join(written_text(message.content).split())[:EXCERPT]
        parts.append((message.id, who, text))
        if message.run_id:
            replies[message.run_id] = text
    return {"parts": parts, "replies": replies.items()}


def _lifetime_names() -> dict[str, str]:
    return {
        "7": _("In 7 days"),
        "30": _("In 30 days"),
        "90": _("In 90 days"),
        "": _("Never"),
    }


def _row(share: Share) -> LinkRow:
    shows = [
        (share.follows, _("kept up to date")),
        (share.hides_instructions, _("without instructions")),
        (share.hides_file_names, _("without file names")),
        (share.hides_tools, _("without tool details")),
    ]
    badge = Badge(_("expired"), ERR) if share.has_expired else None
    return LinkRow(share, [text for applies, text in shows if applies], badge)


@project_view("POST", verb="revoke_share")
def revoke_share(request: HttpRequest, project: Project, share_id: str) -> HttpResponse:
    """Revoke a link, from the dialog of its thread or from the page of all links."""
    services.revoke_share(project=project, share_id=share_id)
    thread_id = request.POST.get("thread", "")
    if thread_id:
        return _render_dialog(request, project, get_thread(project, thread_id), revoked=True)
    messages.success(request, _("Link revoked."))
    return redirect("sharing", project.id)


@project_view("GET", verb="read_shares")
def sharing(request: HttpRequest, project: Project) -> HttpResponse:
    """Show all links of the project."""
    number = max(whole_number(request.GET.get("page", "")) or 1, 1)
    page = shares_of_project(project, number, limit=ROWS)
    context = {
        "project": project,
        "section": "settings",
        "rows": [_row(share) for share in page.items],
        "previous": url_with("sharing", project.id, page=str(number - 1)) if number > 1 else "",
        "next": url_with("sharing", project.id, page=str(number + 1)) if page.has_more else "",
    }
    return render(request, "shares/index.html", context)


@project_view("POST", verb="forbid_sharing")
def forbid_sharing(request: HttpRequest, project: Project) -> HttpResponse:
    """Turn the project's links off or on."""
    forbidden = "allowed" not in request.POST
    services.forbid_sharing(project=project, forbidden=forbidden)
    said = _("Share links are turned off.") if forbidden else _("Share links are turned on.")
    messages.success(request, said)
    return redirect("sharing", project.id)
