"""Projects, their API keys, and one-time sign-in links."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.days import zone_names
from assistants_app.domain.errors import Forbidden, InvalidRequest, NotFound, PlaygroundError
from assistants_app.domain.people.names import read_name
from assistants_app.domain.rights import ALL, OWNER
from assistants_app.events.access import access_changed
from assistants_app.models import ApiKey, Membership, Project, SignInLink
from assistants_app.queries.project.access import digest, links_with
from assistants_app.queries.project.memberships import may_create_projects
from assistants_app.services.act import act
from assistants_app.services.acting import Actor, acting, current_actor
from assistants_app.services.audit import note

KEY_PREFIX = "sk-ap-"
PROJECT_NAME = 100  # characters
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


@transaction.atomic(durable=True)
def create_project(*, user: User, name: str) -> Project:
    """Create a project whose owner is the user.

    Raises :class:`Forbidden` if the user may not do this, and :class:`InvalidRequest`.
    """
    if not may_create_projects(user):
        raise Forbidden("Only owners of a project can create another one.", needed=OWNER)
    project = Project.objects.create(name=read_name(name, most=PROJECT_NAME, param="project_name"))
    Membership.objects.create(project=project, user=user, role=OWNER)
    with acting(Actor(project.pk, OWNER, user_id=user.pk)):
        _note_project("create_project", project)
    return project


@act()
def rename_project(*, project: Project, name: str) -> None:
    """Give the project another name. Raises :class:`InvalidRequest`."""
    tidied = read_name(name, most=PROJECT_NAME, param="project_name")
    locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if locked.name == tidied:
        return
    before, locked.name = locked.name, tidied
    locked.save(update_fields=["name"])
    _note_project("rename_project", locked, before=before)


def _note_project(verb: str, project: Project, **details: str) -> None:
    note(
        verb,
        project=project,
        target_type="project",
        target_id=project.pk,
        target_name=project.name,
        details=details,
    )


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
def create_api_key(
    *,
    project: Project,
    name: str,
    user: User | None = None,
    scope: str = ALL,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Create an API key of `user`, or a service key without one, which needs an owner.

    Return it with its secret, which can't be shown again.
    """
    actor = current_actor()
    if actor and user is None:
        actor.require("create_service_key")
    secret = KEY_PREFIX + secrets.token_urlsafe(36)
    key = ApiKey.objects.create(
        project=project,
        user=user,
        name=name,
        scope=scope,
        expires_at=expires_at,
        digest=digest(secret),
        last_four=secret[-4:],
    )
    note(
        "create_api_key",
        project=project,
        target_type="api_key",
        target_id=key.id,
        target_name=str(key),
        details={"scope": scope, "kind": "personal" if user else "service"},
    )
    return key, secret


@act()
def revoke_api_key(*, project: Project, key_id: str) -> None:
    """Revoke an API key, and end the streams that it has opened.

    Raises :class:`NotFound`, also for somebody else's key unless an owner asks.
    """
    keys = ApiKey.objects.filter(project=project, pk=key_id, revoked_at=None)
    actor = current_actor()
    if actor and not actor.may("revoke_any_key"):
        keys = keys.filter(user=actor.user_id)
    key = keys.select_for_update(no_key=True).first()
    if key is None:
        raise NotFound("API key", key_id)
    keys.update(revoked_at=timezone.now())
    note(
        "revoke_api_key",
        project=project,
        target_type="api_key",
        target_id=key.id,
        target_name=str(key),
    )
    access_changed(project_id=project.pk, key_id=key_id)


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
    link = links_with(token).select_for_update(of=("self",)).first()
    if link is None:
        return None
    user = link.user
    link.delete()
    return user
