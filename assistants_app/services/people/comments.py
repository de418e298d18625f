"""Create, change, resolve and delete comments."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistants_app.domain import limits, run_status
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.words.mentions import mentioned_names
from assistants_app.domain.words.quotes import lines_of
from assistants_app.events import publish
from assistants_app.events.projects import COMMENTS, project_changed
from assistants_app.models import Assistant, Comment, Message, Project, Thread
from assistants_app.models.people.notices import MENTION, REPLY
from assistants_app.queries.assistants.versions import get_version
from assistants_app.queries.people.comments import get_comment, members_by_name
from assistants_app.services.act import act
from assistants_app.services.acting import current_actor
from assistants_app.services.audit import note
from assistants_app.services.locks import lock_assistant, lock_thread
from assistants_app.services.people.notices import forget_notices, notify
from assistants_app.services.people.texts import checked_text
from assistants_app.services.publishing import publish_on_commit


@dataclass(frozen=True, slots=True)
class OnMessage:
    """A message to comment on."""

    thread_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class OnInstructions:
    """Lines of the instructions of a version to comment on. Lines are counted from 1."""

    assistant_id: str
    version: int
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class OnComment:
    """A comment to answer. An answer to a reply is a reply to the first comment."""

    comment_id: str


Target = OnMessage | OnInstructions | OnComment


@act()
def create_comment(*, project: Project, author: User, on: Target, text: str) -> Comment:
    """Add a comment, and send notices to whom it mentions or answers.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a text or lines that can't be taken, a
    message that is being written, and one comment too many.
    """
    comment = _placed(project, on)
    comment.author = author
    _set_text(project, comment, text)
    comment.save()
    _send_notices(project, comment, author)
    _publish_change(comment)
    return comment


def _placed(project: Project, on: Target) -> Comment:
    """Return a new comment on this target, which is locked."""
    match on:
        case OnMessage():
            thread = lock_thread(project, on.thread_id)
            comment = _on_message(project, thread, on.message_id)
        case OnInstructions():
            assistant = lock_assistant(project, on.assistant_id)
            comment = _on_instructions(project, assistant, on)
        case OnComment():
            parent = _locked(project, on.comment_id)
            comment = Comment(
                project=project,
                thread_id=parent.thread_id,
                message_id=parent.message_id,
                assistant_id=parent.assistant_id,
                version_number=parent.version_number,
                parent_id=parent.parent_id or parent.id,
            )
    _require_room(comment)
    return comment


def _on_message(project: Project, thread: Thread, message_id: str) -> Comment:
    message = Message.objects.filter(thread=thread, pk=message_id).first()
    if message is None:
        raise NotFound("message", message_id)
    # The page would show the comment on a text that is still growing.
    if message.status == run_status.IN_PROGRESS:
        raise InvalidRequest("This message is still being written. Comment on it when it's done.")
    return Comment(project=project, thread=thread, message=message)


def _on_instructions(project: Project, assistant: Assistant, on: OnInstructions) -> Comment:
    version = get_version(project, assistant.id, on.version)
    lines = lines_of(version.configuration.get("instructions"))
    first, last = on.first_line, on.last_line
    if not 1 <= first <= last <= len(lines):
        raise InvalidRequest(
            f"Choose lines between 1 and {len(lines)}, the first one first.", param="first_line"
        )
    quote = "\n".join(lines[first - 1 : last])
    if last - first >= limits.QUOTED_LINES or len(quote) > limits.QUOTE:
        raise InvalidRequest(
            f"Choose at most {limits.QUOTED_LINES} lines with {limits.QUOTE} characters.",
            param="last_line",
        )
    return Comment(
        project=project,
        assistant=assistant,
        version_number=version.number,
        quote=quote,
        line=first,
    )


def _require_room(comment: Comment) -> None:
    same = (
        Comment.objects.filter(message_id=comment.message_id)
        if comment.message_id
        else Comment.objects.filter(assistant_id=comment.assistant_id)
    )
    if same.count() >= limits.COMMENTS:
        raise InvalidRequest(
            f"There are {limits.COMMENTS} comments here, which is the most. Delete some that are "
            "no longer needed."
        )


@act()
def edit_comment(*, project: Project, comment_id: str, user: User, text: str) -> Comment:
    """Replace the text of one's own comment, and send notices to whom it mentions now.

    Raises :class:`NotFound`, also for comments of others, and :class:`InvalidRequest` for a text
    that can't be taken.
    """
    comment = _locked(project, comment_id, author=user)
    before = comment.text
    _set_text(project, comment, text)
    if comment.text != before:
        comment.edited_at = timezone.now()
        comment.save(update_fields=["text", "mentions", "edited_at"])
        _send_notices(project, comment, user)
        _publish_change(comment)
    return comment


@act()
def delete_comment(*, project: Project, comment_id: str, user: User) -> None:
    """Delete a comment. One with replies keeps its place without its text.

    Raises :class:`NotFound`, also for comments of others unless an owner asks.
    """
    comment = _locked(project, comment_id)
    if comment.is_deleted or not may_delete(comment, user):
        raise NotFound("comment of yours", comment_id)
    if comment.author_id != user.pk:
        _note_deletion(project, comment)
    parent = comment.parent
    forget_notices(project=project, comment=comment)
    if Comment.objects.filter(parent=comment).exists():
        comment.text, comment.mentions = "", []
        comment.save(update_fields=["text", "mentions"])
    else:
        comment.delete()
        # The place was only kept for its replies.
        if parent and parent.is_deleted and not parent.replies.exists():
            parent.delete()
    _publish_change(comment)


def may_delete(comment: Comment, user: User) -> bool:
    """Return whether the user may delete the comment: their own one, or any as an owner."""
    actor = current_actor()
    return comment.author_id == user.pk or bool(actor and actor.may("delete_any_comment"))


def _note_deletion(project: Project, comment: Comment) -> None:
    # The entry names the author, who may ask, but doesn't keep what was to be deleted.
    note(
        "delete_comment",
        project=project,
        target_type="comment",
        target_id=comment.id,
        target_name=comment.author.get_username() if comment.author else "",
        details={"thread": comment.thread_id}
        if comment.thread_id
        else {"assistant": comment.assistant_id, "version": comment.version_number},
    )


@act()
def resolve_comment(*, project: Project, comment_id: str, user: User) -> Comment:
    """Mark a comment and its replies as resolved. Raises :class:`NotFound`, also for a reply."""
    return _set_resolved(project, comment_id, user)


@act()
def reopen_comment(*, project: Project, comment_id: str) -> Comment:
    """Take back that a comment is resolved. Raises :class:`NotFound`, also for a reply."""
    return _set_resolved(project, comment_id, None)


def _set_resolved(project: Project, comment_id: str, user: User | None) -> Comment:
    comment = _locked(project, comment_id)
    if comment.parent_id:
        raise NotFound("comment that isn't a reply", comment_id)
    if bool(comment.resolved_at) != bool(user):
        comment.resolved_at = timezone.now() if user else None
        comment.resolved_by = user
        comment.save(update_fields=["resolved_at", "resolved_by"])
        _publish_change(comment)
    return comment


def _locked(project: Project, comment_id: str, *, author: User | None = None) -> Comment:
    """Return the comment. What it is about is locked, so that neither changes."""
    where = get_comment(project, comment_id)
    if where.thread_id:
        lock_thread(project, where.thread_id)
    elif where.assistant_id:
        lock_assistant(project, where.assistant_id)
    # Again, because it may have changed before the lock.
    comment = get_comment(project, comment_id)
    if author and (comment.author_id != author.pk or comment.is_deleted):
        raise NotFound("comment of yours", comment_id)
    return comment


def _set_text(project: Project, comment: Comment, text: str) -> None:
    comment.text = checked_text(text, "text", limits.COMMENT, required=True)
    comment.mentions = mentioned_names(comment.text, _names_in(project, comment.text))


def _names_in(project: Project, text: str) -> Collection[str]:
    return members_by_name(project) if "@" in text else ()


def _send_notices(project: Project, comment: Comment, actor: User) -> None:
    members = members_by_name(project) if comment.mentions else {}
    mentioned = [members[name] for name in comment.mentions if name in members]
    notify(project=project, users=mentioned, kind=MENTION, comment=comment, actor=actor)
    if comment.parent_id is None:
        return
    # Everybody who has said something there. Whom it mentions as well has a notice by now.
    conversation = Comment.objects.filter(pk=comment.parent_id) | Comment.objects.filter(
        parent=comment.parent_id
    )
    users = User.objects.filter(pk__in=conversation.values("author_id"))
    notify(project=project, users=users, kind=REPLY, comment=comment, actor=actor)


def _publish_change(comment: Comment) -> None:
    if comment.thread_id and comment.message_id:
        publish_on_commit(comment.thread_id, [publish.talk_changed(comment.message_id)])
    else:
        # A page of instructions has no log of its own.
        transaction.on_commit(partial(project_changed, comment.project_id, COMMENTS))
