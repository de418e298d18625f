"""Comments on messages: forms, menus, and the dialog with all comments on a message."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.models import Comment, Project
from assistants_app.queries.people.comments import (
    comments_of_message,
    get_comment,
    names_to_mention,
)
from assistants_app.queries.threads.threads import get_message
from assistants_app.rendering.people.talk import conversations_of
from assistants_app.services.people import comments as services
from assistants_app.services.people.comments import OnComment, OnMessage, Target
from assistants_app.web.http import author_of, project_view
from assistants_app.web.people.places import PLACE, url_of_comment


@project_view("GET", "POST", verb="create_comment")
def comment(
    request: HttpRequest, project: Project, thread_id: str, message_id: str
) -> HttpResponse:
    """GET: show the form. POST: comment on the message with ``text``. Return nothing, because the
    comment arrives over the websocket, or the form with a 422.
    """
    message = get_message(project, thread_id, message_id)
    context = {"place": PLACE.format(message.id), "owner": message.id, "opens": "comment"}
    return _create(request, project, OnMessage(thread_id, message_id), context)


@project_view("GET", "POST", verb="create_comment")
def reply(request: HttpRequest, project: Project, comment_id: str) -> HttpResponse:
    """GET: show the form. POST: answer the comment with ``text``, as in :func:`comment`."""
    parent = get_comment(project, comment_id)
    context = {**_form_of(parent), "opens": "reply", "answers": parent}
    return _create(request, project, OnComment(comment_id), context)


def _create(
    request: HttpRequest, project: Project, on: Target, context: dict[str, Any]
) -> HttpResponse:
    text = request.POST.get("text", "")
    if request.method == "POST":
        try:
            made = services.create_comment(
                project=project, author=author_of(request), on=on, text=text
            )
        except NotFound:
            raise
        except ApiError as error:
            return _render_form(request, project, {**context, "text": text, "error": error})
        return _done(request, made)
    return _render_form(request, project, context)


@project_view("GET", "POST", verb="edit_comment")
def edit(request: HttpRequest, project: Project, comment_id: str) -> HttpResponse:
    """GET: show the form. POST: replace the text of one's own comment by ``text``."""
    found = get_comment(project, comment_id)
    context = {**_form_of(found), "opens": "edit-comment", "edits": found, "text": found.text}
    if request.method == "GET":
        return _render_form(request, project, context)
    text = request.POST.get("text", "")
    try:
        services.edit_comment(
            project=project, comment_id=comment_id, user=author_of(request), text=text
        )
    except NotFound:
        raise
    except ApiError as error:
        return _render_form(request, project, {**context, "text": text, "error": error})
    return _done(request, found)


@project_view("POST", verb="delete_comment")
def delete(request: HttpRequest, project: Project, comment_id: str) -> HttpResponse:
    """Delete one's own comment, or that of somebody else as an owner."""
    found = get_comment(project, comment_id)
    services.delete_comment(project=project, comment_id=comment_id, user=author_of(request))
    return _done(request, found)


@project_view("POST", verb="resolve_comment")
def resolve(request: HttpRequest, project: Project, comment_id: str) -> HttpResponse:
    """Mark the comment and its replies as resolved."""
    user = author_of(request)
    return _done(
        request, services.resolve_comment(project=project, comment_id=comment_id, user=user)
    )


@project_view("POST", verb="reopen_comment")
def reopen(request: HttpRequest, project: Project, comment_id: str) -> HttpResponse:
    """Take back that the comment is resolved."""
    return _done(request, services.reopen_comment(project=project, comment_id=comment_id))


@project_view("GET", verb="read")
def menu(request: HttpRequest, project: Project, comment_id: str) -> HttpResponse:
    """Return what this person may do with the comment, as entries of a menu."""
    found = get_comment(project, comment_id)
    context = {
        "project": project,
        "comment": found,
        "place": _form_of(found)["place"],
        "link": request.build_absolute_uri(url_of_comment(found)),
        "is_mine": found.author_id == author_of(request).pk and not found.is_deleted,
        "may_delete": services.may_delete(found, author_of(request)) and not found.is_deleted,
    }
    return render(request, "people/_comment_menu.html", context)


@project_view("GET", verb="read")
def of_message(
    request: HttpRequest, project: Project, thread_id: str, message_id: str
) -> HttpResponse:
    """Show all comments on the message, in a dialog."""
    message = get_message(project, thread_id, message_id)
    conversations = conversations_of(comments_of_message(message.id))
    return render(request, "people/_all_comments.html", {"conversations": conversations})


def _form_of(comment: Comment) -> dict[str, str]:
    """Return where the form for an answer to the comment, or an edit of it, belongs."""
    owner = comment.message_id or comment.parent_id or comment.id
    return {"place": PLACE.format(owner), "owner": comment.id}


def _render_form(request: HttpRequest, project: Project, context: dict[str, Any]) -> HttpResponse:
    shown = {
        "project": project,
        "members": names_to_mention(project),
        "most": limits.COMMENT,
        "address": request.path,
        **context,
    }
    status = 422 if "error" in context else 200
    return render(request, "people/_comment_form.html", shown, status=status)


def _done(request: HttpRequest, comment: Comment) -> HttpResponse:
    if comment.message_id and request.headers.get("HX-Request"):
        return HttpResponse()
    # The page of a version may have no websocket, so it is loaded again.
    url = url_of_comment(comment)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=302, headers={"Location": url})
