"""Let people in who sign in at the identity provider."""

import logging
from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import transaction

from assistants_app.domain.errors import Conflict, PlaygroundError
from assistants_app.domain.people.sign_on import Identity, Provider
from assistants_app.domain.rights import VIEWER
from assistants_app.models import Membership, Project, VerifiedAddress
from assistants_app.services.people.accounts import unused_username, verify_address
from assistants_app.services.people.members import grant_role

logger = logging.getLogger(__name__)

Join = Callable[[User], None]


class NotAdmitted(PlaygroundError):
    """Raised for a person whom nobody has let in."""


def admit(*, provider: Provider, identity: Identity, invited: bool, join: Join) -> User:
    """Return the account of somebody who signs in at the provider for the first time.

    It is the account with their verified address, if the provider is trusted with that, or else a
    new one. `invited`: whether they follow an invitation that is for them. `join` joins the account
    to their subject at the provider, and raises :class:`NotAdmitted` if it belongs to another one.
    Raises :class:`NotAdmitted`.
    """
    with transaction.atomic(durable=True):
        user = _user_with_address(provider, identity)
        is_new = user is None
        if user is None:
            if not (invited or provider.admits(identity)):
                raise NotAdmitted
            user = _create_user(identity)
        join(user)
    if is_new and provider.admits(identity):
        _grant_roles(user, dict.fromkeys(provider.projects, VIEWER))
    return user


def grant_claimed_roles(*, provider: Provider, identity: Identity, user: User) -> None:
    """Give the person the roles that their groups have now."""
    # The usual sign-in changes nothing, and takes no locks to find that out.
    wanted = provider.roles_for(identity)
    members = Membership.objects.filter(user=user, project__in=wanted)
    present = dict(members.values_list("project_id", "role"))
    _grant_roles(user, {key: role for key, role in wanted.items() if present.get(key) != role})


def _user_with_address(provider: Provider, identity: Identity) -> User | None:
    if not (provider.trusts_email and identity.email_verified):
        return None
    rows = VerifiedAddress.objects.select_related("user")
    row = rows.filter(email=identity.email).first()
    return row.user if row else None


def _create_user(identity: Identity) -> User:
    known_by = identity.email if identity.email_verified else identity.username
    user = User(
        username=unused_username(known_by or identity.username or identity.name),
        first_name=identity.name,
        email=identity.email,
    )
    user.set_unusable_password()
    user.save(force_insert=True)
    if identity.email_verified:
        # Somebody else's if the provider isn't trusted to say whose it is now.
        verify_address(user, identity.email)
    return user


def _grant_roles(user: User, roles: dict[str, str]) -> None:
    projects = {project.pk: project for project in Project.objects.filter(pk__in=roles)}
    for project_id, role in roles.items():
        if (project := projects.get(project_id)) is None:
            logger.warning("There is no project %s, as in OIDC_PROJECTS or OIDC_ROLES.", project_id)
            continue
        try:
            grant_role(project=project, user=user, role=role)
        except Conflict:
            logger.warning("User %s stays an owner of %s, as the last one.", user.pk, project_id)
