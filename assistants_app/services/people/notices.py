"""Notices of members: send, and mark as read."""

from collections.abc import Iterable
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistants_app.domain.errors import NotFound
from assistants_app.events.projects import BELL, project_changed
from assistants_app.models import Comment, Membership, Notice, Project
from assistants_app.services.act import act


def notify(
    *, project: Project, users: Iterable[User], kind: str, comment: Comment, actor: User
) -> None:
    """Send a notice about the comment to these users, within the caller's transaction.

    The actor, former members, and users who have a notice about this comment get none.
    """
    wanted = {user.pk for user in users} - {actor.pk}
    members = Membership.objects.filter(project=project, user_id__in=wanted)
    informed = Notice.objects.filter(comment=comment).values("user_id")
    found = members.exclude(user_id__in=informed).values_list("user_id", flat=True)
    made = Notice.objects.bulk_create(
        Notice(project=project, user_id=user_id, kind=kind, comment=comment, actor=actor)
        for user_id in found
    )
    if made:
        _ring_on_commit(project)


def forget_notices(*, project: Project, comment: Comment) -> None:
    """Delete the notices about a comment, within the caller's transaction."""
    gone, _ = Notice.objects.filter(comment=comment).delete()
    if gone:
        _ring_on_commit(project)


def _ring_on_commit(project: Project) -> None:
    """Let open pages load their bell again once the transaction is committed."""
    transaction.on_commit(partial(project_changed, project.id, BELL))


@act()
def read_notice(*, project: Project, user: User, notice_id: str) -> Notice:
    """Mark the user's notice as read. Raises :class:`NotFound`."""
    rows = Notice.objects.select_related("comment").filter(project=project, user_id=user.pk)
    notice = rows.filter(pk=notice_id).first()
    if notice is None:
        raise NotFound("notice", notice_id)
    if notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
        _ring_on_commit(project)
    return notice


@act()
def read_all_notices(*, project: Project, user: User) -> None:
    """Mark all notices of the user in the project as read."""
    unread = Notice.objects.filter(project=project, user_id=user.pk, read_at=None)
    if unread.update(read_at=timezone.now()):
        _ring_on_commit(project)
