"""Reads of API keys and memberships, which decide who may use a project."""

import hashlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from assistants_app import conf
from assistants_app.domain.errors import NotFound
from assistants_app.models import ApiKey, Membership, Project, Session, SignInLink

KNOWN_KEYS = 10_000  # in memory; beyond it the cache starts again
_found: dict[str, tuple[float, ApiKey]] = {}
_times_forgotten = 0


def digest(secret: str) -> str:
    """Return the SHA-256 of a key or token. Only this digest is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_api_key(secret: str) -> ApiKey | None:
    """Return the valid API key with this secret and its project, or None."""
    # Keys are cached for `API_KEY_SECONDS`, which saves a query per request. Unknown keys are not
    # cached, so that guesses can't fill the memory.
    if known := known_api_key(secret):
        return known
    wanted = digest(secret)
    before = _times_forgotten
    key = _valid_keys().select_related("project").filter(digest=wanted).first()
    if key is None:
        _found.pop(wanted, None)
        return None
    if before != _times_forgotten:
        # The key may have been revoked since it was read, and forgotten before it is kept here.
        return key
    if len(_found) > KNOWN_KEYS:
        _found.clear()
    _found[wanted] = (time.monotonic() + conf.API_KEY_SECONDS, key)
    return key


def _valid_keys() -> "QuerySet[ApiKey]":
    # With the person's role as it is now. It is null for a former member, whose keys don't work.
    member = Membership.objects.filter(project=OuterRef("project"), user=OuterRef("user"))
    rows = ApiKey.objects.select_related("project").filter(project__deleted_at=None)
    rows = rows.annotate(current_role=Subquery(member.values("role")[:1]))
    rows = rows.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)
    works = Q(user=None) | Q(current_role__isnull=False, user__is_active=True)
    return rows.filter(works)


def invalid_api_key(secret: str) -> ApiKey | None:
    """Return the API key with this secret although it no longer works, or None."""
    return ApiKey.objects.filter(digest=digest(secret)).first()


def project_of_known_key(secret: str) -> str:
    """Return the id of the project whose key this was when last looked up, or an empty string.

    Makes no query. The key may have been revoked meanwhile.
    """
    _, known = _found.get(digest(secret), (0.0, None))
    return "" if known is None else known.project_id


def known_api_key(secret: str) -> ApiKey | None:
    """Return the key like :func:`find_api_key`, or None if that would need a query."""
    until, known = _found.get(digest(secret), (0.0, None))
    if known is None or time.monotonic() >= until or known.has_expired:
        return None
    return known


def forget_keys(concerns: Callable[[str, str], bool]) -> None:
    """Look those keys up again for which `concerns` is true, given the ids of project and key."""
    global _times_forgotten
    _times_forgotten += 1
    for secret, (_, key) in list(_found.items()):
        if concerns(key.project_id, key.pk):
            _found.pop(secret, None)


def keys_allowed(key_ids: Collection[str]) -> set[str]:
    """Return those of the API keys that are still valid. Makes one query."""
    return set(_valid_keys().filter(pk__in=key_ids).values_list("pk", flat=True))


def links_with(token: str) -> QuerySet[SignInLink]:
    """Return the sign-in link with this token, unless it is used or expired."""
    links = SignInLink.objects.select_related("user").filter(user__is_active=True)
    return links.filter(digest=digest(token), expires_at__gt=timezone.now())


def user_of_link(token: str) -> User | None:
    """Return the user whom a sign-in link would sign in, or None if it is used or expired."""
    link = links_with(token).first()
    return link.user if link else None


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


def memberships_of(visits: Collection[Visit]) -> dict[Visit, Membership | None]:
    """Return the membership of each visit, or None if its user has left the project.

    Visits whose user is signed out are left out. Makes three queries.
    """
    keys = {visit.session_key for visit in visits}
    sessions = Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now())
    signed_in = set(sessions.values_list("pk", flat=True))
    user_ids = {visit.user_id for visit in visits}
    users = User.objects.filter(pk__in=user_ids, is_active=True)
    hashes = {user.pk: user.get_session_auth_hash() for user in users}
    rows = Membership.objects.filter(
        user__in=user_ids,
        project__in={visit.project_id for visit in visits},
        project__deleted_at=None,
    )
    memberships = {(row.user_id, row.project_id): row for row in rows}
    return {
        visit: memberships.get((visit.user_id, visit.project_id))
        for visit in visits
        if visit.session_key in signed_in and hashes.get(visit.user_id) == visit.user_hash
    }


def get_membership(user: User | AnonymousUser, project_id: str) -> Membership:
    """Return the user's membership with its project, in one query. Raises :class:`NotFound`."""
    members = Membership.objects.select_related("project").filter(project__deleted_at=None)
    found = members.filter(project=project_id, user_id=user.pk or 0).first()
    if found is None:
        raise NotFound("project", project_id)
    return found


def list_projects(user: User | AnonymousUser) -> list[Project]:
    """Return the projects that `user` is a member of, oldest first."""
    rows = Project.objects.filter(memberships__user_id=user.pk or 0, deleted_at=None)
    return list(rows.order_by("pk"))


def is_team(project: Project) -> bool:
    """Return whether the project has more than one member."""
    return Membership.objects.filter(project=project)[1:2].exists()


def names_of_api_keys(project: Project) -> dict[str, str]:
    """Return the names and last characters of the project's API keys, revoked ones too, by id."""
    return {key.id: str(key) for key in ApiKey.objects.filter(project=project)}


def list_api_keys(project: Project, *, of: User | None = None) -> list[ApiKey]:
    """Return the project's API keys that are not revoked, with their people, newest first.

    With `of`, without those of other people.
    """
    rows = ApiKey.objects.select_related("user").filter(project=project, revoked_at=None)
    if of is not None:
        rows = rows.filter(Q(user=of) | Q(user=None))
    return list(rows.order_by("-pk"))


def personal_keys(project: Project, user: User) -> list[ApiKey]:
    """Return the person's own API keys in the project that are not revoked, newest first."""
    rows = ApiKey.objects.filter(project=project, user=user, revoked_at=None)
    return list(rows.order_by("-pk"))
