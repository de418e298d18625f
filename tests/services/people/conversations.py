"""Comments for tests."""

from typing import Any

from django.contrib.auth.models import User

from assistants_app.models import Comment, Message
from assistants_app.services.people.comments import OnComment, OnMessage, Target, create_comment
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast


def on_message(cast: Cast) -> OnMessage:
    return OnMessage(cast.thread.id, cast.message.id)


def comment(cast: Cast, author: User, text: str, on: Target | None = None) -> Comment:
    """Comment on the cast's message, or on something else."""
    target = on or on_message(cast)
    return create_comment(project=cast.project, author=author, on=target, text=text)


def answer(cast: Cast, author: User, text: str, parent: Comment) -> Comment:
    return comment(cast, author, text, OnComment(parent.id))


def reply_of(cast: Cast, **columns: Any) -> Message:
    """Return a finished reply of the cast's assistant."""
    given = {"role": "assistant", "content": [text_part("Yes.")], "run_id": cast.run.id, **columns}
    return Message.objects.create(thread=cast.thread, assistant_id=cast.assistant.id, **given)
