"""Projects, their API keys, and one-time sign-in links."""

import secrets
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.days import zone_names
from assistants_app.domain.errors import InvalidRequest, NotFound, PlaygroundError
from assistants_app.domain.rights import OWNER
from assistants_app.models import ApiKey, Membership, Project, SignInLink
from assistants_app.queries.project.access import digest
from assistants_app.services.act import act

KEY_PREFIX = "sk-ap-"
# `last_used_at` is written at most this often, so that most requests write nothing.
LAST_USED_GRAIN = timedelta(seconds=60)


class NobodyLeft(PlaygroundError):
    """Raised if there are people, and none of them may sign in."""


@transaction.atomic(durable=True)
def bootstrap(*, api_key: str) -> tuple[Project | None, User]:
    """Create the first project, its owner and an API key, if there is nobody yet.

    Otherwise, change nothing, and return the oldest project that has an owner, with this owner. If
    no project has one, return None and the first person who may sign in.
    """
    people = get_user_model().objects.order_by("pk")
    if not people.exists():
        user, is_first = people.get_or_create(
            username="owner", defaults={"is_staff": True, "is_superuser": True}
        )
        # Of two first starts at once, the other one may have made everything meanwhile.
        if is_first:
            return _create_first_project(user, api_key), user
    owners = Membership.objects.filter(role=OWNER, user__is_active=True)
    oldest = owners.select_related("project", "user").order_by("project_id", "pk").first()
    if oldest:
        return oldest.project, oldest.user
    person = people.filter(is_active=True).first()
    if person is None:
        raise NobodyLeft("Nobody can sign in, because all accounts are deactivated.")
    return None, person


def _create_first_project(owner: User, api_key: str) -> Project:
    project = Project.objects.create(name="My project")
    Membership.objects.create(project=project, user=owner, role=OWNER)
    ApiKey.objects.create(
        digest=digest(api_key), project=project, name="First key", last_four=api_key[-4:]
    )
    return project


@act()
def set_time_zone(*, project: Project, name: str, only_if_unset: bool = False) -> None:
    """Set the time zone of the project's days. Raises :class:`InvalidRequest`."""
    if name not in zone_names():
        raise InvalidRequest(
            "Choose a time zone from the list, such as Europe/Berlin.", param="time_zone"
        )
    rows = Project.objects.filter(pk=project.pk)
    # The condition is part of the update: of two browsers that name their zones at once, the first
    # one wins.
    if only_if_unset:
        rows = rows.filter(time_zone="")
    rows.update(time_zone=name)


@act()
def create_api_key(*, project: Project, name: str) -> tuple[ApiKey, str]:
    """Create an API key. Return it with its secret, which can't be shown again."""
    secret = KEY_PREFIX + secrets.token_urlsafe(36)
    key = ApiKey.objects.create(
        project=project, name=name, digest=digest(secret), last_four=secret[-4:]
    )
    return key, secret


@act()
def revoke_api_key(*, project: Project, key_id: str) -> None:
    """Revoke an API key. Processes stop accepting it after `API_KEY_SECONDS`.

    Raises :class:`NotFound`.
    """
    keys = ApiKey.objects.filter(project=project, pk=key_id, revoked_at=None)
    if not keys.update(revoked_at=timezone.now()):
        raise NotFound("API key", key_id)


def record_key_use(key: ApiKey) -> None:
    """Record when the key was used, to the minute."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_GRAIN:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


@transaction.atomic(durable=True)
def create_sign_in_link(*, user: User) -> str:
    """Create a sign-in link for the user, which works once, and return its token."""
    token = secrets.token_urlsafe(32)
    # Expired links are removed here, so no sweeper has to do it.
    SignInLink.objects.filter(expires_at__lt=timezone.now()).delete()
    SignInLink.objects.create(
        digest=digest(token),
        user=user,
        expires_at=timezone.now() + timedelta(seconds=conf.SIGN_IN_LINK_SECONDS),
    )
    return token


@transaction.atomic(durable=True)
def use_sign_in_link(*, token: str) -> User | None:
    """Use up a sign-in link and return its user, or None if it is used or expired."""
    # The lock keeps two requests from using the same link.
    links = SignInLink.objects.select_for_update().select_related("user")
    link = links.filter(digest=digest(token), expires_at__gt=timezone.now()).first()
    if link is None:
        return None
    user = link.user
    link.delete()
    return user
