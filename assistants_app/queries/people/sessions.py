"""Reads of a person's sessions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from assistants_app.domain.devices import device_name
from assistants_app.models import Session
from assistants_app.queries.project.access import digest

ID = 24  # characters
MOST = 100  # sessions that a page shows


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session as its person sees it. `current` is the session that asks."""

    id: str
    device: str
    address: str
    signed_in_at: datetime
    last_seen_at: datetime
    current: bool


def session_id(session_key: str) -> str:
    """Return the ID of a session, by which nobody can use it: its key is a secret."""
    return digest(session_key)[:ID]


def list_sessions(user: User, *, current: str = "") -> list[ListedSession]:
    """Return the newest sessions of a person, the last seen first. `current` is a session key."""
    rows = _current_rows().filter(user=user).order_by("-last_seen_at", "pk")[:MOST]
    return [_listed(row, current) for row in rows]


def all_sessions(user: User | None) -> Iterator[tuple[str, ListedSession]]:
    """Yield the sessions of a person, or of everybody, with the usernames, the last seen first."""
    rows = _current_rows().filter(**({"user": user} if user else {"user__isnull": False}))
    for row in rows.select_related("user").order_by("-last_seen_at", "pk").iterator(1000):
        # Without a constraint, a row may outlive its person for an instant.
        if row.user is not None:
            yield row.user.get_username(), _listed(row, "")


def _current_rows() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__gt=timezone.now())


def _listed(row: Session, current: str) -> ListedSession:
    return ListedSession(
        session_id(row.pk),
        device_name(row.device),
        row.address,
        row.signed_in_at,
        row.last_seen_at,
        row.pk == current,
    )
