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
    """Return whether somebody signs in with this e-mail address, or is known to have it."""
    # Not the address in somebody's profile, which can be anyone's.
    known = Q(username__iexact=address) | Q(verified_addresses__email=tidy_address(address))
    return bool(address) and User.objects.filter(known).exists()


def username_like(typed: str) -> str:
    """Return the username that somebody means who types it in other letters, or what they typed."""
    name = typed.strip()
    found = User.objects.filter(username__iexact=name).values_list("username", flat=True)[:2]
    return typed if typed in found or len(found) != 1 else found[0]


def names_of_users(user_ids: Collection[int]) -> dict[int, str]:
    """Return the names of these people by ID, as :func:`name_of`."""
    return {user.pk: name_of(user) for user in User.objects.filter(pk__in=user_ids)}
