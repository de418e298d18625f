"""Reads of the members of a project."""

from collections.abc import Collection, Iterable

from django.contrib.auth.models import User
from django.db.models import Q

from assistants_app.domain.people.names import tidy_address
from assistants_app.domain.rights import OWNER, ROLES
from assistants_app.models import Membership, Project


def list_members(project: Project) -> list[Membership]:
    """Return the project's memberships with their users: owners first, then by name."""
    members = Membership.objects.filter(project=project).select_related("user")
    return sorted(members, key=lambda row: (-ROLES.index(row.role), name_of(row.user).casefold()))


def role_of(project: Project, user_id: int | None) -> str:
    """Return the role of somebody who can sign in, or "" if they are no member."""
    if user_id is None:
        return ""
    members = Membership.objects.filter(project=project, user_id=user_id, user__is_active=True)
    return members.values_list("role", flat=True).first() or ""


def roles_of(project: Project, user_ids: Iterable[int]) -> dict[int, str]:
    """Return the roles of those who are members and can sign in, by their IDs."""
    members = Membership.objects.filter(
        project=project, user_id__in=set(user_ids), user__is_active=True
    )
    return dict(members.values_list("user_id", "role"))


def has_other_owner(project: Project, user_id: int) -> bool:
    """Return whether the project has an owner who can sign in, other than this person."""
    owners = Membership.objects.filter(project=project, role=OWNER, user__is_active=True)
    return owners.exclude(user_id=user_id).exists()


def name_of(user: User | None) -> str:
    """Return a person's name, or what they sign in with if they have none, or "" for nobody."""
    return (user.get_full_name() or user.get_username()) if user else ""


def names_of_people(user_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of these users by ID, without those whose account was deleted."""
    return {user.pk: name_of(user) for user in User.objects.filter(pk__in=set(user_ids))}


def has_account(address: str) -> bool:
    """Return whether an e-mail address is somebody's own."""
    return bool(address) and User.objects.filter(_owns(address)).exists()


def owns_address(user: User, address: str) -> bool:
    """Return whether an e-mail address is the person's own.

    They sign in with it, or an operator or a provider has vouched for it. The address in their
    profile isn't enough, because people can write anyone's there.
    """
    return User.objects.filter(_owns(address), pk=user.pk).exists()


def has_member_with(project: Project, address: str) -> bool:
    """Return whether an e-mail address is a member's own."""
    return User.objects.filter(_owns(address), memberships__project=project).exists()


def _owns(address: str) -> Q:
    return Q(username__iexact=address) | Q(verified_addresses__email=tidy_address(address))


def username_like(typed: str) -> str:
    """Return the username of the account that somebody means, or what they typed.

    It may be in other letters, or be their e-mail address.
    """
    name = typed.strip()
    found = User.objects.filter(username__iexact=name).values_list("username", flat=True)[:2]
    if found:
        return typed if typed in found or len(found) != 1 else found[0]
    return _username_with_address(name) or typed


def _username_with_address(address: str) -> str:
    if "@" not in address:
        return ""
    owned = User.objects.filter(verified_addresses__email=tidy_address(address))
    if owner := owned.first():
        return owner.get_username()
    # Nobody has vouched for it. In two profiles, it is nobody's.
    users = User.objects.filter(email__iexact=address)
    found = users.values_list("username", flat=True)[:2]
    return found[0] if len(found) == 1 else ""


def names_of_users(user_ids: Collection[int]) -> dict[int, str]:
    """Return the names of these people by ID, as :func:`name_of`."""
    return {user.pk: name_of(user) for user in User.objects.filter(pk__in=user_ids)}
