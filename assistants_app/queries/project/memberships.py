"""Reads of a person's projects."""

from django.contrib.auth.models import User
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower

from assistants_app import conf
from assistants_app.domain.rights import OWNER
from assistants_app.models import Membership

EVERYONE = "everyone"  # a value of `PROJECT_CREATORS`


def projects_of(user: User, *, text: str = "", limit: int | None = None) -> list[Membership]:
    """Return the user's memberships with their projects, by the projects' names.

    `text` is a part of the names.
    """
    rows = _living(user).select_related("project").order_by(Lower("project__name"), "project_id")
    if text:
        rows = rows.filter(project__name__icontains=text)
    return list(rows[:limit])


def projects_with_people(user: User, *, text: str = "") -> list[Membership]:
    """Return the memberships of :func:`projects_of`, each with its project's number of `people`."""
    others = Membership.objects.filter(project=OuterRef("project")).order_by()
    counted = others.values("project").annotate(count=Count("pk")).values("count")
    rows = _living(user).annotate(people=Coalesce(Subquery(counted), 0))
    if text:
        rows = rows.filter(project__name__icontains=text)
    return list(rows.select_related("project").order_by(Lower("project__name"), "project_id"))


def may_create_projects(user: User) -> bool:
    """Return whether the user may create projects, as `PROJECT_CREATORS` says."""
    # The first owner of an installation is staff, and can begin again after their last project.
    if conf.PROJECT_CREATORS == EVERYONE or user.is_staff:
        return True
    return _living(user).filter(role=OWNER).exists()


def _living(user: User) -> "QuerySet[Membership]":
    return Membership.objects.filter(user=user, project__deleted_at=None)
