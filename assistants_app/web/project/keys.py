"""The form and the list of API keys on the settings page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.people.names import read_name
from assistants_app.domain.rights import ALL, READ, RUNS, SCOPES
from assistants_app.models import ApiKey, Project
from assistants_app.queries.project.access import is_team, list_api_keys
from assistants_app.rendering.components.badges import ERR, WARN, Badge
from assistants_app.services.acting import current_actor

KEY_NAME = 256  # characters
PERSONAL, SERVICE = "personal", "service"
LIFETIMES = ("", "7", "30", "90", "365")  # days; "" never ends
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewKey:
    """What the form asks for. `user` is None for a service key."""

    name: str
    user: User | None
    scope: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A row of the list. `expiry` marks a key that has expired or is about to."""

    key: ApiKey
    scope: str
    expiry: Badge | None
    may_revoke: bool


def read_form(form: QueryDict, user: User) -> NewKey:
    """Return what the form asks for. Raises :class:`InvalidRequest`."""
    name = read_name(form.get("name", ""), most=KEY_NAME, param="name")
    kind = form.get("kind", SERVICE if _may("create_service_key") else PERSONAL)
    scope = form.get("scope", ALL)
    days = form.get("days", "")
    if kind not in (PERSONAL, SERVICE):
        raise InvalidRequest(_("Choose whose key it is from the list."), param="kind")
    if scope not in SCOPES:
        raise InvalidRequest(_("Choose a scope from the list."), param="scope")
    if days not in LIFETIMES:
        raise InvalidRequest(_("Choose a time from the list."), param="days")
    expires_at = timezone.now() + timedelta(days=int(days)) if days else None
    return NewKey(name, user if kind == PERSONAL else None, scope, expires_at)


def keys_context(project: Project, user: User) -> dict[str, Any]:
    """Return what the section shows to this person."""
    names = scope_names()
    sees_all = _may("revoke_any_key")
    keys = list_api_keys(project, of=None if sees_all else user) if _may("read_keys") else []
    return {
        "sees_keys": _may("read_keys"),
        "keys": [
            KeyRow(key, names[key.scope], _expiry(key), sees_all or key.user_id == user.pk)
            for key in keys
        ],
        # Whose a key is matters only where it could be somebody else's.
        "shows_owners": is_team(project) or any(key.user_id for key in keys),
        "may_create_service_keys": _may("create_service_key"),
        "scopes": names.items(),
        "lifetimes": {
            "": _("Never"),
            "7": _("In 7 days"),
            "30": _("In 30 days"),
            "90": _("In 90 days"),
            "365": _("In a year"),
        }.items(),
    }


def _may(verb: str) -> bool:
    actor = current_actor()
    return actor is not None and actor.may(verb)


def scope_names() -> dict[str, str]:
    """Return the names of scopes for people."""
    return {
        ALL: _("Everything"),
        RUNS: _("Threads and runs"),
        READ: _("Read only"),
    }


def _expiry(key: ApiKey) -> Badge | None:
    if key.has_expired:
        return Badge(_("expired"), ERR)
    if key.expires_at and key.expires_at < timezone.now() + SOON:
        return Badge(_("expires soon"), WARN)
    return None
