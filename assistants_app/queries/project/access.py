"""Reads of API keys and memberships, which decide who may use a project."""

import hashlib
import time
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from assistants_app import conf
from assistants_app.domain.errors import NotFound
from assistants_app.models import ApiKey, Membership, Project

KNOWN_KEYS = 10_000  # in memory; beyond it the cache starts again
_found: dict[str, tuple[float, ApiKey]] = {}


def digest(secret: str) -> str:
    """Return the SHA-256 of a key or token. Only this digest is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_api_key(secret: str) -> ApiKey | None:
    """Return the valid API key with this secret and its project, or None."""
    # Keys are cached for `API_KEY_SECONDS`, which saves a query per request. A revoked key works
    # for as long. Unknown keys are not cached, so that guesses can't fill the memory.
    if known := known_api_key(secret):
        return known
    wanted = digest(secret)
    key = ApiKey.objects.select_related("project").filter(digest=wanted, revoked_at=None).first()
    if key is None:
        _found.pop(wanted, None)
        return None
    if len(_found) > KNOWN_KEYS:
        _found.clear()
    _found[wanted] = (time.monotonic() + conf.API_KEY_SECONDS, key)
    return key


def project_of_known_key(secret: str) -> str:
    """Return the id of the project whose key this was when last looked up, or an empty string.

    Makes no query. The key may have been revoked meanwhile.
    """
    _, known = _found.get(digest(secret), (0.0, None))
    return "" if known is None else known.project_id


def known_api_key(secret: str) -> ApiKey | None:
    """Return the key like :func:`find_api_key`, or None if that would need a query."""
    expires, known = _found.get(digest(secret), (0.0, None))
    return known if time.monotonic() < expires else None


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in user's use of a project. `user_hash` changes with the user's password."""

    session_key: str
    user_id: int
    user_hash: str
    project_id: str


def session_user(session_key: str) -> User | None:
    """Return the user who is signed in with this session, or None."""
    # A cookie can have any characters, and PostgreSQL compares no text with NUL.
    if "\0" in session_key:
        return None
    session = Session.objects.filter(pk=session_key, expire_date__gt=timezone.now()).first()
    signed_in = session.get_decoded() if session else {}
    user = User.objects.filter(pk=signed_in.get(SESSION_KEY, 0), is_active=True).first()
    if user is None:
        return None
    # Of a session from before the user's last change of password, this is another one.
    user_hash = signed_in.get(HASH_SESSION_KEY, "")
    return user if constant_time_compare(user_hash, user.get_session_auth_hash()) else None


def visits_allowed(visits: Collection[Visit]) -> set[Visit]:
    """Return those visits whose session and membership are still valid. Makes two queries."""
    keys = {visit.session_key for visit in visits}
    sessions = Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now())
    signed_in = set(sessions.values_list("pk", flat=True))
    members = Membership.objects.select_related("user").filter(
        user__in={visit.user_id for visit in visits},
        project__in={visit.project_id for visit in visits},
        user__is_active=True,
    )
    hashes = {(row.user_id, row.project_id): row.user.get_session_auth_hash() for row in members}
    return {
        visit
        for visit in visits
        if visit.session_key in signed_in
        and hashes.get((visit.user_id, visit.project_id)) == visit.user_hash
    }


def get_membership(user: User | AnonymousUser, project_id: str) -> Membership:
    """Return the user's membership with its project, in one query. Raises :class:`NotFound`."""
    members = Membership.objects.select_related("project")
    found = members.filter(project=project_id, user_id=user.pk or 0).first()
    if found is None:
        raise NotFound("project", project_id)
    return found


def list_projects(user: User | AnonymousUser) -> list[Project]:
    """Return the projects that `user` is a member of, oldest first."""
    return list(Project.objects.filter(memberships__user_id=user.pk or 0).order_by("pk"))


def names_of_api_keys(project: Project) -> dict[str, str]:
    """Return the names and last characters of the project's API keys, revoked ones too, by id."""
    return {key.id: str(key) for key in ApiKey.objects.filter(project=project)}


def list_api_keys(project: Project) -> list[ApiKey]:
    """Return the project's API keys that are not revoked, newest first."""
    return list(ApiKey.objects.filter(project=project, revoked_at=None).order_by("-pk"))
