"""Notices of members: send, and mark as read."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain.errors import NotFound
from assistants_app.models import Comment, Membership, Notice, Project
from assistants_app.services.act import act


def notify(
    *, project: Project, users: Iterable[User], kind: str, comment: Comment, actor: User
) -> list[int]:
    """Send a notice about the comment to these users, within the caller's transaction.

    The actor, former members, and users who have a notice about this comment get none. Return the
    IDs of the others.
    """
    wanted = {user.pk for user in users} - {actor.pk}
    members = Membership.objects.filter(project=project, user_id__in=wanted)
    informed = Notice.objects.filter(comment=comment).values("user_id")
    found = list(members.exclude(user_id__in=informed).values_list("user_id", flat=True))
    Notice.objects.bulk_create(
        Notice(project=project, user_id=user_id, kind=kind, comment=comment, actor=actor)
        for user_id in found
    )
    return found


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
    return notice


@act()
def read_all_notices(*, project: Project, user: User) -> None:
    """Mark all notices of the user in the project as read."""
    unread = Notice.objects.filter(project=project, user_id=user.pk, read_at=None)
    unread.update(read_at=timezone.now())
