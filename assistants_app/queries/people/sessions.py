"""Reads of a person's sessions."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
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
    rows = Session.objects.filter(user=user, expire_date__gt=timezone.now())
    return [
        ListedSession(
            session_id(row.pk),
            device_name(row.device),
            row.address,
            row.signed_in_at,
            row.last_seen_at,
            row.pk == current,
        )
        for row in rows.order_by("-last_seen_at", "pk")[:MOST]
    ]
