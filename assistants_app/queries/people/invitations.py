"""Reads of invitations, and which of them still work."""

from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from assistants_app.domain.people.grants import may_grant
from assistants_app.models import Invitation, Project
from assistants_app.queries.people.members import role_of, roles_of
from assistants_app.queries.project.access import digest

OPEN: Final = "open"
ACCEPTED: Final = "accepted"
REVOKED: Final = "revoked"
EXPIRED: Final = "expired"
WITHOUT_INVITER: Final = "without_inviter"
SHOWN = 200  # of those that can be renewed, and as many that can't


@dataclass(frozen=True, slots=True)
class ListedInvitation:
    """An invitation, and its state at this moment."""

    invitation: Invitation
    state: str

    @property
    def is_spent(self) -> bool:
        """Whether nobody can renew the invitation any more."""
        return self.state in (ACCEPTED, REVOKED)


def list_invitations(project: Project) -> list[ListedInvitation]:
    """Return the project's invitations, newest first, those that can be renewed before others."""
    rows = Invitation.objects.filter(project=project).order_by("-pk")
    rows = rows.select_related("invited_by", "accepted_by")
    unspent = rows.filter(accepted_at=None, revoked_at=None)[:SHOWN]
    spent = rows.exclude(accepted_at=None, revoked_at=None)[:SHOWN]
    found = [*unspent, *spent]
    roles = roles_of(project, [row.invited_by_id for row in found if row.invited_by_id])
    return [
        ListedInvitation(row, state_of(row, roles.get(row.invited_by_id or 0, ""))) for row in found
    ]


def find_invitation(token: str) -> Invitation | None:
    """Return the invitation with this token and its project, or None if it doesn't work."""
    rows = Invitation.objects.select_related("project", "invited_by")
    found = rows.filter(digest=digest(token), project__deleted_at=None).first()
    if found is None or state_of(found, role_of(found.project, found.invited_by_id)) != OPEN:
        return None
    return found


def state_of(invitation: Invitation, inviters_role: str) -> str:
    """Return the state of an invitation whose inviter has this role now, or "" without any."""
    if invitation.accepted_at:
        return ACCEPTED
    if invitation.revoked_at:
        return REVOKED
    if invitation.expires_at <= timezone.now():
        return EXPIRED
    return OPEN if may_grant(inviters_role, invitation.role) else WITHOUT_INVITER


def project_joined_by(user_id: int | None, token: str) -> str:
    """Return the ID of the project that somebody has joined with this token, or "" if they are no
    member of it.
    """
    if not user_id:
        return ""
    joined = Invitation.objects.filter(
        digest=digest(token),
        accepted_by=user_id,
        project__memberships__user_id=user_id,
        project__deleted_at=None,
    )
    return joined.values_list("project_id", flat=True).first() or ""
