"""Invite people to a project, and let them in."""

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from assistants_app.domain.errors import Forbidden, InvalidRequest, NotFound, PlaygroundError
from assistants_app.domain.people.grants import is_higher, may_grant
from assistants_app.domain.people.names import ADDRESS, NAME, read_name, tidy_address
from assistants_app.domain.rights import OWNER, ROLES
from assistants_app.events.access import access_changed
from assistants_app.models import Invitation, Membership, Project
from assistants_app.queries.people.invitations import OPEN, state_of
from assistants_app.queries.people.members import (
    has_account,
    has_member_with,
    owns_address,
    role_of,
)
from assistants_app.queries.project.access import digest
from assistants_app.services import audit
from assistants_app.services.act import act
from assistants_app.services.acting import acting, actor_of_member
from assistants_app.services.people.accounts import is_address
from assistants_app.services.people.members import lock_members

DAYS, USUAL_DAYS = (1, 7, 30), 7
"""How long an invitation may be valid."""
MOST_OPEN = 100
PASSWORD = 1024  # characters, because hashing a longer one takes long


class InvitationEnded(PlaygroundError):
    """Raised for an invitation that doesn't work: used, revoked, expired, unknown, of a deleted
    project, or by somebody who may no longer invite anybody.
    """


class OtherAddress(PlaygroundError):
    """Raised for an invitation that is bound to the e-mail address of somebody else."""


@act()
def create_invitation(
    *, project: Project, inviter: User, role: str, email: str, days: int
) -> tuple[Invitation, str]:
    """Create an invitation, and return it with the token of its link, which is stored nowhere.

    With an `email`, only somebody with this address may accept it. Raises :class:`InvalidRequest`
    with the field that has to change, or :class:`Forbidden`.
    """
    if role not in ROLES:
        raise InvalidRequest("Choose a role from the list.", param="role")
    if days not in DAYS:
        raise InvalidRequest("Choose a period from the list.", param="days")
    address = tidy_address(email)
    if address:
        _check_address(address)
    lock_members(project, "create_invitation")
    _require_grant(project, inviter, role)
    _require_room(project, address)
    token = _new_token()
    invitation = Invitation.objects.create(
        project=project,
        digest=digest(token),
        role=role,
        email=address,
        days=days,
        invited_by=inviter,
        expires_at=timezone.now() + timedelta(days=days),
    )
    _note("create_invitation", invitation)
    return invitation, token


@act()
def renew_invitation(
    *, project: Project, inviter: User, invitation_id: str
) -> tuple[Invitation, str]:
    """Give an invitation a new link, in the name of `inviter`. The earlier link stops working.

    Returns it with the token of the link. Raises :class:`NotFound` or :class:`Forbidden`.
    """
    lock_members(project, "renew_invitation")
    invitation = _unspent(project, invitation_id)
    _require_grant(project, inviter, invitation.role)
    token = _new_token()
    invitation.digest = digest(token)
    invitation.invited_by = inviter
    invitation.expires_at = timezone.now() + timedelta(days=invitation.days)
    invitation.save(update_fields=["digest", "invited_by", "expires_at"])
    _note("renew_invitation", invitation)
    return invitation, token


@act()
def revoke_invitation(*, project: Project, invitation_id: str) -> None:
    """Revoke an invitation, so that its link stops working. Raises :class:`NotFound`."""
    lock_members(project, "revoke_invitation")
    invitation = _unspent(project, invitation_id)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    _note("revoke_invitation", invitation)


@act()
def accept_invitation(*, project: Project, token: str, user: User) -> None:
    """Let somebody who has an account into the project.

    A member whose role is lower gets the invitation's role. For other members nothing changes, and
    the invitation stays open for the person it was meant for. Raises :class:`InvitationEnded` or
    :class:`OtherAddress`.
    """
    invitation = _lock_open(project, token)
    if invitation.email and not owns_address(user, invitation.email):
        raise OtherAddress
    _join(invitation, user)


def create_invited_account(
    *, project: Project, token: str, name: str, email: str, password: str
) -> User:
    """Create an account for somebody with an invitation, and let them into the project.

    An invitation that is bound to an address decides the `email`. Raises :class:`InvalidRequest`
    with the field that has to change, or :class:`InvitationEnded`.
    """
    shown, address = read_name(name, most=NAME, param="name"), tidy_address(email)
    _check_address(address)
    user = User(username=address, email=address, first_name=shown)
    _check_password(password, user)
    _require_unused(address)
    # Before the transaction, because it takes a fifth of a second on purpose.
    user.password = make_password(password)
    return _create_invited_account(project=project, token=token, user=user)


@act()
def _create_invited_account(*, project: Project, token: str, user: User) -> User:
    invitation = _lock_open(project, token)
    if invitation.email and invitation.email != user.email:
        raise OtherAddress
    _require_unused(user.email)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        # An invitation to another project was accepted with the same address at the same moment.
        raise _taken() from None
    _join(invitation, user)
    return user


def _require_unused(address: str) -> None:
    if has_account(address):
        raise _taken()


def _taken() -> InvalidRequest:
    return InvalidRequest(
        "There is an account with this address. Sign in to accept the invitation.", param="email"
    )


def _lock_open(project: Project, token: str) -> Invitation:
    # The same lock as for changes of members, because the inviter's role counts.
    try:
        lock_members(project, "accept_invitation")
    except NotFound:
        raise InvitationEnded from None
    found = Invitation.objects.filter(project=project, digest=digest(token)).first()
    if found is None or state_of(found, role_of(project, found.invited_by_id)) != OPEN:
        raise InvitationEnded
    return found


def _join(invitation: Invitation, user: User) -> None:
    project = invitation.project
    members = Membership.objects.filter(project=project, user=user)
    before = members.values_list("role", flat=True).first()
    if before is not None and not is_higher(invitation.role, before):
        return
    member, _created = Membership.objects.update_or_create(
        project=project, user=user, defaults={"role": invitation.role}
    )
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    with acting(actor_of_member(member)):
        _note("accept_invitation", invitation, {"role_before": before or ""})
    access_changed(project_id=project.id, user_id=user.pk)


def _unspent(project: Project, invitation_id: str) -> Invitation:
    rows = Invitation.objects.filter(project=project, pk=invitation_id)
    found = rows.filter(accepted_at=None, revoked_at=None).first()
    if found is None:
        raise NotFound("invitation", invitation_id)
    return found


def _require_grant(project: Project, inviter: User, role: str) -> None:
    if not may_grant(role_of(project, inviter.pk), role):
        raise Forbidden("You can't give anybody a role that you don't have.", needed=OWNER)


def _require_room(project: Project, address: str) -> None:
    if address and has_member_with(project, address):
        raise InvalidRequest(f"{address} is already a member.", param="email")
    now = timezone.now()
    unused = Invitation.objects.filter(project=project, accepted_at=None, revoked_at=None)
    current = unused.filter(expires_at__gt=now)
    if address and current.filter(email=address).exists():
        raise InvalidRequest(
            f"{address} has an invitation already. Create a new link for it in the list.",
            param="email",
        )
    if current.count() >= MOST_OPEN:
        raise InvalidRequest(
            f"There are {MOST_OPEN} open invitations. Revoke those that nobody needs any more."
        )


def _check_address(address: str) -> None:
    if not is_address(address):
        raise InvalidRequest(
            f"Enter an e-mail address of at most {ADDRESS} characters, such as ann@example.org.",
            param="email",
        )


def _check_password(password: str, user: User) -> None:
    if "\0" in password or len(password) > PASSWORD:
        # The form for signing in accepts no NUL.
        raise InvalidRequest(
            f"Choose a password of at most {PASSWORD:,} characters.", param="password"
        )
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidRequest(" ".join(error.messages), param="password") from error


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _note(verb: str, invitation: Invitation, details: dict[str, object] | None = None) -> None:
    audit.note(
        verb,
        project=invitation.project,
        target_type="invitation",
        target_id=invitation.id,
        target_name=invitation.email,
        details={"role": invitation.role, **(details or {})},
    )
