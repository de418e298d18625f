"""What tables of people show: roles, members, invitations."""

from collections import Counter
from collections.abc import Mapping, Sequence
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
    shares_name: bool = False  # with another member

    @property
    def beside(self) -> str:
        """What is shown beside the name: the address, and the username if the name isn't enough."""
        username = self.row.user.get_username() if self.shares_name else ""
        others = dict.fromkeys(text for text in (username, self.email) if text != self.name)
        return ", ".join(filter(None, others))

    @property
    def label(self) -> str:
        """The name, with that by which people of the same name differ."""
        return f"{self.name} ({self.beside})" if self.beside else self.name

    @property
    def hue(self) -> int:
        """The number of the avatar's colour, which is the same on each page."""
        return self.row.user_id % HUES


def rows_of(members: Sequence[Membership], reader: User) -> list[Member]:
    """Return the members as the reader sees them."""
    counts = Counter(name_of(member.user).casefold() for member in members)
    return [_row_of(member, reader, counts) for member in members]


def _row_of(member: Membership, reader: User, counts: Mapping[str, int]) -> Member:
    name = name_of(member.user)
    return Member(
        row=member,
        name=name,
        email=member.user.email,
        initials=initials(name),
        role=_ROLES[member.role],
        is_me=member.user_id == reader.pk,
        shares_name=counts[name.casefold()] > 1,
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
