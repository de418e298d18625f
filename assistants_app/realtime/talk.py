"""What people say about a message, read and rendered for a feed."""

from django.utils.safestring import SafeString

from assistants_app.queries.people.comments import talk_of
from assistants_app.rendering.people.talk import render_talk


def talk_html(project_id: str, thread_id: str, message_id: str) -> SafeString:
    """Return the comments on the message and its ratings as HTML."""
    return render_talk(project_id, thread_id, message_id, talk_of([message_id]).get(message_id))
