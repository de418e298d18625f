"""Reads of API keys and memberships, which decide who may use a project."""

import hashlib
import time

from django.contrib.auth.models import AnonymousUser, User

from assistants_app import conf
from assistants_app.domain.errors import NotFound
from assistants_app.models import ApiKey, Project

KNOWN_KEYS = 10_000  # in memory; beyond it the cache starts again
_found: dict[str, tuple[float, ApiKey]] = {}


def digest(secret: str) -> str:
    """Return the SHA-256 of a key or token. Only this digest is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_api_key(secret: str) -> ApiKey | None:
    """Return the valid API key with this secret and its project, or None."""
    # Keys are cached for `API_KEY_SECONDS`, which saves a query per request. A revoked key works
    # for as long. Unknown keys are not cached, so that guesses can't fill the memory.
    wanted = digest(secret)
    expires, known = _found.get(wanted, (0.0, None))
    if known is not None and time.monotonic() < expires:
        return known
    key = ApiKey.objects.select_related("project").filter(digest=wanted, revoked_at=None).first()
    if key is None:
        _found.pop(wanted, None)
        return None
    if len(_found) > KNOWN_KEYS:
        _found.clear()
    _found[wanted] = (time.monotonic() + conf.API_KEY_SECONDS, key)
    return key


def get_project(user: User | AnonymousUser, project_id: str) -> Project:
    """Return the project. Raises :class:`NotFound` if `user` is not a member of it."""
    project = Project.objects.filter(pk=project_id, memberships__user_id=user.pk or 0).first()
    if project is None:
        raise NotFound("project", project_id)
    return project


def list_projects(user: User | AnonymousUser) -> list[Project]:
    """Return the projects that `user` is a member of, oldest first."""
    return list(Project.objects.filter(memberships__user_id=user.pk or 0).order_by("pk"))


def names_of_api_keys(project: Project) -> dict[str, str]:
    """Return the names and last characters of the project's API keys, revoked ones too, by id."""
    return {key.id: str(key) for key in ApiKey.objects.filter(project=project)}


def list_api_keys(project: Project) -> list[ApiKey]:
    """Return the project's API keys that are not revoked, newest first."""
    return list(ApiKey.objects.filter(project=project, revoked_at=None).order_by("-pk"))
