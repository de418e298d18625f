"""Ratings of replies."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.models import Project
from assistants_app.models.people.ratings import UP
from assistants_app.queries.people.comments import rating_by, ratings_of
from assistants_app.queries.threads.threads import get_message
from assistants_app.services.people import ratings as services
from assistants_app.web.http import author_of, project_view
from assistants_app.web.people.places import PLACE


@project_view("POST", verb="rate_message")
def rate(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """Rate the reply with ``value``, up or down. Return a form for a note. With a ``note``, store
    it, and return nothing, or the form with a 422.
    """
    value, note = request.POST.get("value", ""), request.POST.get("note")
    try:
        services.rate_message(
            project=project,
            thread_id=thread_id,
            message_id=message_id,
            user=author_of(request),
            value=value,
            note=note,
        )
    except NotFound:
        raise
    except ApiError as error:
        # The form with the note says how the reply is rated, which nobody has chosen then.
        if note is None or error.param == "value":
            return HttpResponse(error.message, status=409, content_type="text/plain")
        shown = {"note": note, "value": value, "error": error.message}
        return _render_note(request, project, thread_id, message_id, **shown)
    if note is not None:
        return HttpResponse()
    return _render_note(request, project, thread_id, message_id)


@project_view("POST", verb="unrate_message")
def unrate(request: HttpRequest, project: Project, thread_id: str, message_id: str) -> HttpResponse:
    """Remove one's own rating of the reply."""
    services.unrate_message(
        project=project, thread_id=thread_id, message_id=message_id, user=author_of(request)
    )
    return HttpResponse()


@project_view("GET", verb="read")
def ratings(
    request: HttpRequest, project: Project, thread_id: str, message_id: str
) -> HttpResponse:
    """Show who has rated the reply, with their notes, in a dialog."""
    message = get_message(project, thread_id, message_id)
    found = [(rating, rating.value == UP) for rating in ratings_of([message.id])]
    return render(request, "people/_ratings.html", {"ratings": found})


def _render_note(
    request: HttpRequest, project: Project, thread_id: str, message_id: str, **shown: Any
) -> HttpResponse:
    rating = rating_by(author_of(request), message_id)
    context = {
        "project": project,
        "thread_id": thread_id,
        "message_id": message_id,
        "place": PLACE.format(message_id),
        "most": limits.RATING_NOTE,
        "value": "up" if rating and rating.value == UP else "down",
        "note": rating.note if rating else "",
        **shown,
    }
    status = 422 if "error" in shown else 200
    return render(request, "people/_rating_note.html", context, status=status)
