"""Sessions of the site: when they were seen, and their end."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistants_app.domain.errors import NotFound
from assistants_app.events.access import access_changed
from assistants_app.models import AddressLink, Session, SignInLink
from assistants_app.queries.people.sessions import session_id as id_of

SEEN_GRAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from: a browser's name for itself, and an address."""

    device: str = ""
    address: str = ""


def record_seen(session: Session, visitor: Visitor) -> None:
    """Record when and where a session was seen, at most once a minute."""
    now = timezone.now()
    if now - session.last_seen_at <= SEEN_GRAIN:
        return
    # Of several requests at once, one writes.
    rows = Session.objects.filter(pk=session.pk, last_seen_at__lt=now - SEEN_GRAIN)
    rows.update(last_seen_at=now, device=visitor.device, address=visitor.address)


def remove_expired() -> None:
    """Delete the sessions that have expired."""
    # Called at each sign-in, so no sweeper has to do it.
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


@transaction.atomic(durable=True)
def end_session(*, user: User, session_id: str) -> None:
    """End one session of a person. Raises :class:`NotFound`."""
    keys = Session.objects.filter(user=user).values_list("pk", flat=True)
    key = next((key for key in keys if id_of(key) == session_id), None)
    if key is None:
        raise NotFound("session", session_id)
    Session.objects.filter(pk=key).delete()
    access_changed(session_key=key)


@transaction.atomic(durable=True)
def end_all_sessions(*, user: User) -> int:
    """End all sessions and sign-in links of a person, and return the number of sessions."""
    return revoke_access(user)


def revoke_access(user: User, *, keep: str = "") -> int:
    """End the sessions and links of a person except for one session, within a transaction."""
    SignInLink.objects.filter(user=user).delete()
    AddressLink.objects.filter(user=user).delete()
    ended, _ = Session.objects.filter(user=user).exclude(pk=keep).delete()
    access_changed(user_id=user.pk)
    return ended
