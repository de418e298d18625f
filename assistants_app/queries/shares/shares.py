"""Reads of share links."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from assistants_app.domain.rights import can
from assistants_app.models import Membership, Project, Share
from assistants_app.queries.pages import Page, read_numbered_page
from assistants_app.queries.project.access import digest

# A link works in a project that allows links, until it ends or somebody revokes it.
ALIVE = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=Now()))
TOKEN = 43  # characters: 256 bits in URL-safe base64


def find_share(token: str) -> Share | None:
    """Return the share with this token, with its project and thread, if its link works."""
    if len(token) != TOKEN:
        return None
    return _alive().select_related("project", "thread").filter(digest=digest(token)).first()


def shares_alive(share_ids: Collection[str]) -> set[str]:
    """Return those of the shares whose links work."""
    return set(_alive().filter(pk__in=share_ids).values_list("pk", flat=True))


def shares_of_project(project: Project, number: int, *, limit: int) -> Page[Share]:
    """Return a numbered page of the project's links that aren't revoked, newest first."""
    rows = _not_revoked().filter(project=project).select_related("thread")
    return read_numbered_page(rows.order_by("-pk"), number, limit)


def shares_of_thread(project: Project, thread_id: str, *, of: User | None) -> list[Share]:
    """Return the links to a thread that aren't revoked, newest first; those of one person only
    with `of`.
    """
    rows = _not_revoked().filter(project=project, thread_id=thread_id)
    if of is not None:
        rows = rows.filter(created_by=of)
    return list(rows.order_by("-pk")[:100])


def memberships_for_copies(user: User) -> list[Membership]:
    """Return the person's memberships with the projects that they may copy a thread into."""
    rows = Membership.objects.select_related("project").filter(user=user)
    return [row for row in rows.order_by("pk") if can(row.role, "fork_shared_thread")]


def _alive() -> "QuerySet[Share]":
    return Share.objects.filter(ALIVE, project__forbids_sharing=False, project__deleted_at=None)


def _not_revoked() -> "QuerySet[Share]":
    # Without the snapshots, which can be large.
    rows = Share.objects.filter(revoked_at=None).select_related("created_by")
    return rows.defer("snapshot", "numbered")
