"""What tables of people show: roles, members, invitations."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.people.names import initials
from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import Invitation, Membership
from assistants_app.queries.people.invitations import ListedInvitation
from assistants_app.queries.people.members import name_of

HUES = 6  # of avatars, as many as people.css has


@dataclass(frozen=True, slots=True)
class Role:
    """A role, and in a line what it allows."""

    key: str
    name: str | Promise
    allows: str | Promise


_ROLES = {
    VIEWER: Role(
        VIEWER,
        gettext_lazy("Viewer"),
        gettext_lazy("Reads everything, comments and rates. Runs nothing."),
    ),
    EDITOR: Role(
        EDITOR,
        gettext_lazy("Editor"),
        gettext_lazy("Works with assistants, threads, files and runs."),
    ),
    OWNER: Role(
        OWNER,
        gettext_lazy("Owner"),
        gettext_lazy("Also manages people, API keys, endpoints and prices."),
    ),
}


def role_named(role: str) -> Role:
    """Return how a role is shown."""
    return _ROLES[role]


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the table of members."""

    row: Membership
    name: str
    email: str
    initials: str
    role: Role
    is_me: bool

    @property
    def label(self) -> str:
        """The name, with the address, by which people of the same name differ."""
        return f"{self.name} ({self.email})" if self.email not in ("", self.name) else self.name

    @property
    def hue(self) -> int:
        """The number of the avatar's colour, which is the same on each page."""
        return self.row.user_id % HUES


def row_of(member: Membership, reader: User) -> Member:
    """Return a member as the reader sees it."""
    name = name_of(member.user)
    return Member(
        row=member,
        name=name,
        email=member.user.email,
        initials=initials(name),
        role=_ROLES[member.role],
        is_me=member.user_id == reader.pk,
    )


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """A line of the list of invitations."""

    row: Invitation
    state: str
    is_spent: bool
    role: Role
    for_whom: str
    inviter: str
    accepted_by: str


def line_of(listed: ListedInvitation) -> InvitationLine:
    """Return an invitation as the list shows it."""
    row = listed.invitation
    return InvitationLine(
        row=row,
        state=listed.state,
        is_spent=listed.is_spent,
        role=_ROLES[row.role],
        for_whom=row.email or _("Anyone with the link"),
        inviter=name_of(row.invited_by) or _("deleted account"),
        accepted_by=name_of(row.accepted_by) or _("deleted account"),
    )
