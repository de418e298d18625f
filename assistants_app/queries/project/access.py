"""Who may enter: API keys and memberships."""

import hashlib
import time

from django.contrib.auth.models import AnonymousUser, User

from assistants_app import conf
from assistants_app.domain.errors import NotFound
from assistants_app.models import ApiKey, Project

KNOWN_KEYS = 10_000
_found: dict[str, tuple[float, ApiKey]] = {}


def digest(secret: str) -> str:
    """The SHA-256 of a key or token, the only form in which one is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_api_key(secret: str) -> ApiKey | None:
    """The valid key with this secret, with its project, or None.

    A key that was found is not looked up again for a few seconds, so a revoked one may still open
    for as long.
    """
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
    """The project if `user` is a member of it. Raises :class:`NotFound`."""
    project = Project.objects.filter(pk=project_id, memberships__user_id=user.pk or 0).first()
    if project is None:
        raise NotFound("project", project_id)
    return project


def list_projects(user: User | AnonymousUser) -> list[Project]:
    """The projects that `user` is a member of, oldest first."""
    return list(Project.objects.filter(memberships__user_id=user.pk or 0).order_by("pk"))


def names_of_api_keys(project: Project) -> dict[str, str]:
    """What the project's keys are called, revoked ones too, with their last characters, by id."""
    return {key.id: str(key) for key in ApiKey.objects.filter(project=project)}


def list_api_keys(project: Project) -> list[ApiKey]:
    """The project's keys that are not revoked, newest first."""
    return list(ApiKey.objects.filter(project=project, revoked_at=None).order_by("-pk"))
