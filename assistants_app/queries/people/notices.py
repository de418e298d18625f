"""Reads of notices."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, Subquery

from assistants_app.models import Comment, Membership, Notice, Project

MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class Bell:
    """What a member hears of others.

    `is_shown`: whether the project has other members, or comments of former ones. `unread`: how
    many notices the member hasn't read, counted to one more than `MOST_COUNTED`.
    """

    is_shown: bool = False
    unread: int = 0

    @property
    def count(self) -> str:
        """Return the number as a text, such as "3" or "99+"."""
        return f"{MOST_COUNTED}+" if self.unread > MOST_COUNTED else str(self.unread)


def bell_of(user: User | AnonymousUser, project_id: str) -> Bell:
    """Return the member's bell in the project. It takes two queries, or one for a lone member."""
    mine = Membership.objects.filter(project=project_id, user_id=user.pk or 0)
    others = Membership.objects.filter(project=OuterRef("project")).exclude(user=OuterRef("user"))
    # In the order of an index, as in queries/threads/state.py.
    comments = Comment.objects.filter(project=OuterRef("project")).order_by("pk").values("pk")
    found = mine.values_list(Exists(others), Subquery(comments[:1])).first()
    if found is None or not any(found):
        return Bell()
    unread = Notice.objects.filter(user_id=user.pk or 0, project=project_id, read_at=None)
    return Bell(True, len(unread.order_by("pk").values_list("pk")[: MOST_COUNTED + 1]))


def list_notices(
    project: Project, user: User, *, before: str = "", limit: int = 50
) -> list[Notice]:
    """Return the member's notices that are older than the notice `before`, newest first."""
    rows = Notice.objects.filter(project=project, user_id=user.pk)
    if before:
        rows = rows.filter(pk__lt=before)
    rows = rows.select_related("actor", "comment", "comment__assistant")
    return list(rows.order_by("-pk")[:limit])
