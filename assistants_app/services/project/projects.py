"""Projects, their keys and the links that sign their people in."""

import secrets
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.days import zone_names
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import ApiKey, Membership, Project, SignInLink
from assistants_app.queries.project.access import digest

KEY_PREFIX = "sk-ap-"
LAST_USED_GRAIN = timedelta(seconds=60)


@transaction.atomic(durable=True)
def bootstrap(*, api_key: str) -> tuple[Project, User]:
    """The first project, user and key. What is there already stays as it is."""
    user, _ = get_user_model().objects.get_or_create(
        username="owner", defaults={"is_staff": True, "is_superuser": True}
    )
    project = Project.objects.order_by("pk").first() or Project.objects.create(name="My project")
    Membership.objects.get_or_create(project=project, user=user)
    ApiKey.objects.get_or_create(
        digest=digest(api_key),
        defaults={"project": project, "name": "First key", "last_four": api_key[-4:]},
    )
    return project, user


@transaction.atomic(durable=True)
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


@transaction.atomic(durable=True)
def create_api_key(*, project: Project, name: str) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown this once and not kept."""
    secret = KEY_PREFIX + secrets.token_urlsafe(36)
    key = ApiKey.objects.create(
        project=project, name=name, digest=digest(secret), last_four=secret[-4:]
    )
    return key, secret


@transaction.atomic(durable=True)
def revoke_api_key(*, project: Project, key_id: str) -> None:
    """The key opens nothing any more, within a few seconds. Raises :class:`NotFound`."""
    keys = ApiKey.objects.filter(project=project, pk=key_id, revoked_at=None)
    if not keys.update(revoked_at=timezone.now()):
        raise NotFound("API key", key_id)


def note_use(key: ApiKey) -> None:
    """Remember that the key was used, to the minute."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_GRAIN:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


@transaction.atomic(durable=True)
def create_sign_in_link(*, user: User) -> str:
    """The token of a link that signs `user` in once, within a day."""
    token = secrets.token_urlsafe(32)
    SignInLink.objects.filter(expires_at__lt=timezone.now()).delete()
    SignInLink.objects.create(
        digest=digest(token),
        user=user,
        expires_at=timezone.now() + timedelta(seconds=conf.SIGN_IN_LINK_SECONDS),
    )
    return token


@transaction.atomic(durable=True)
def use_sign_in_link(*, token: str) -> User | None:
    """The user of this link, which is used up by it; None if it is not good any more."""
    links = SignInLink.objects.select_for_update().select_related("user")
    link = links.filter(digest=digest(token), expires_at__gt=timezone.now()).first()
    if link is None:
        return None
    user = link.user
    link.delete()
    return user
