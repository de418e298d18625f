"""Where comments are on the pages."""

from django.urls import reverse

from assistants_app.models import Comment
from assistants_app.web.http import url_with

PLACE = "comment-{}"
"""The ID of the element that takes a form, from the ID of the message or first comment above it."""


def url_of_comment(comment: Comment) -> str:
    """Return the URL of the page that shows the comment."""
    if comment.thread_id:
        thread = {"t": comment.thread_id, "m": comment.message_id or ""}
        return url_with("playground", comment.project_id, **thread)
    place = [comment.project_id, comment.assistant_id, comment.version_number]
    return f"{reverse('instruction_comments', args=place)}#{comment.id}"
