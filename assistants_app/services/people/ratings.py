"""Rate assistants' replies."""

from django.contrib.auth.models import User

from assistants_app.domain import limits, run_status
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.events import publish
from assistants_app.models import Message, Project, Rating
from assistants_app.models.people.ratings import DOWN, UP
from assistants_app.services.act import act
from assistants_app.services.locks import lock_thread
from assistants_app.services.people.texts import checked_text
from assistants_app.services.publishing import publish_on_commit

VALUES = {"up": UP, "down": DOWN}


@act()
def rate_message(
    *,
    project: Project,
    thread_id: str,
    message_id: str,
    user: User,
    value: str,
    note: str | None = None,
) -> Rating:
    """Rate a reply "up" or "down", in place of the user's earlier rating.

    Without a `note`, the note of an earlier rating with the same value stays. Raises
    :class:`NotFound`, and :class:`InvalidRequest` for a message that is no finished reply.
    """
    message = _reply(project, thread_id, message_id)
    if value not in VALUES:
        raise InvalidRequest("Rate the reply 'up' or 'down'.", param="value", code="invalid_value")
    rating = Rating.objects.filter(message=message, user_id=user.pk).first()
    if rating is None:
        rating = Rating(thread_id=thread_id, message=message, user=user)
    if note is None:
        note = rating.note if rating.value == VALUES[value] else ""
    rating.value = VALUES[value]
    rating.note = checked_text(note, "note", limits.RATING_NOTE)
    rating.save()
    publish_on_commit(thread_id, [publish.talk_changed(message_id)])
    return rating


@act()
def unrate_message(*, project: Project, thread_id: str, message_id: str, user: User) -> None:
    """Remove the user's rating of a message, if there is one. Raises :class:`NotFound`."""
    message = _message(project, thread_id, message_id)
    Rating.objects.filter(message=message, user_id=user.pk).delete()
    publish_on_commit(thread_id, [publish.talk_changed(message_id)])


def _reply(project: Project, thread_id: str, message_id: str) -> Message:
    message = _message(project, thread_id, message_id)
    if message.role != "assistant" or message.status == run_status.IN_PROGRESS:
        raise InvalidRequest("Only finished replies of an assistant can be rated.")
    return message


def _message(project: Project, thread_id: str, message_id: str) -> Message:
    # Locked, so that the thread isn't deleted before the rating is stored.
    thread = lock_thread(project, thread_id)
    message = Message.objects.filter(thread=thread, pk=message_id).first()
    if message is None:
        raise NotFound("message", message_id)
    return message
