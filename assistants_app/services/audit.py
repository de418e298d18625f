"""Note acts in the audit, in the transaction of the act."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.ids import key_of
from assistants_app.models import ApiKey, AuditEntry, Membership, Project
from assistants_app.models.people.audit import NAME_LENGTH, key_actor, user_actor
from assistants_app.queries.people.members import name_of
from assistants_app.services.acting import current_actor

_address: ContextVar[str] = ContextVar("address", default="")


@dataclass(frozen=True, slots=True)
class Target:
    """What an act was about. The name is that of the moment."""

    type: str = ""
    id: str = ""
    name: str = ""


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """Note acts in this block with the client's address."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def note(
    verb: str,
    *,
    project: Project,
    target_type: str = "",
    target_id: str = "",
    target_name: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note an act of the current actor. If the act is rolled back, so is the note."""
    target = Target(target_type, target_id, target_name)
    note_each(verb, project=project, targets=[target], details=details)


def note_each(
    verb: str,
    *,
    project: Project,
    targets: Iterable[Target],
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note an act once for each of its targets."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{verb} has to be noted in the transaction of its act.")
    actor, name = _actor_and_name()
    address = _address.get()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            project_id=project.pk,
            actor=actor,
            actor_name=name[:NAME_LENGTH],
            verb=verb,
            target_type=target.type,
            target_id=target.id,
            target_name=target.name[:NAME_LENGTH],
            details=dict(details or {}),
            address=address,
        )
        for target in targets
    )


@transaction.atomic(durable=True)
def note_sign_in(*, user: User, way: str) -> None:
    """Note that a person has signed in, in all their projects. `way`: with what."""
    note_of_person("sign_in", user=user, details={"way": way})


def note_of_person(
    verb: str,
    *,
    user: User,
    details: Mapping[str, Any] | None = None,
    by_system: bool = False,
) -> None:
    """Note in all projects of a person what they, or an operator, did with their account."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{verb} has to be noted in the transaction of its act.")
    memberships = Membership.objects.filter(user=user, project__deleted_at=None)
    target = Target("member", str(user.pk), name_of(user)) if by_system else Target()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            project_id=project_id,
            actor="" if by_system else user_actor(user.pk),
            actor_name="" if by_system else name_of(user)[:NAME_LENGTH],
            verb=verb,
            target_type=target.type,
            target_id=target.id,
            target_name=target.name[:NAME_LENGTH],
            details=dict(details or {}),
            address=_address.get(),
        )
        for project_id in memberships.values_list("project_id", flat=True)
    )


def _actor_and_name() -> tuple[str, str]:
    actor = current_actor()
    if actor is None:
        return "", ""
    if actor.key_id:
        key = ApiKey.objects.filter(pk=actor.key_id).first()
        return key_actor(actor.key_id), str(key or "")
    if actor.user_id is None:
        return "", ""
    # The name that the page People shows.
    user = User.objects.filter(pk=actor.user_id).first()
    return user_actor(actor.user_id), name_of(user)


@transaction.atomic(durable=True)
def forget_old_entries(*, limit: int) -> int:
    """Delete up to `limit` entries that are older than `AUDIT_DAYS`. Return their number."""
    before = timezone.now() - timedelta(days=conf.AUDIT_DAYS)
    with connection.cursor() as cursor:
        # The trigger of the table asks for this.
        cursor.execute(
            "SELECT set_config('playground.audit_days', %s, true)", [str(conf.AUDIT_DAYS)]
        )
        # Ids begin with their time, so the primary key finds the oldest entries.
        cursor.execute(
            "DELETE FROM audit_entry WHERE id = ANY(ARRAY(SELECT id FROM audit_entry"
            " WHERE id < %s AND created_at < %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))",
            [f"audit_{key_of(before)}", before, limit],
        )
        return int(cursor.rowcount)
