"""Set what a project, its keys and its people may use."""

from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction

from assistants_app.domain.errors import NotFound
from assistants_app.domain.money.amounts import read_count, read_dollars
from assistants_app.domain.money.limits import Limits
from assistants_app.events.access import access_changed
from assistants_app.models import ApiKey, Membership, Project, UsageLimit
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.money.known_limits import forget_limits
from assistants_app.services.money.spending import forget_spent

MOST_DOLLARS = Decimal("9999999999.99")
MOST_COUNT = 10**15 - 1


@act()
def set_limits(
    *,
    project: Project,
    typed: dict[str, str],
    key_id: str = "",
    person_id: int | None = None,
) -> Limits:
    """Set the limits of the project, or of one of its keys or members, as typed.

    An empty field is no limit. What has begun goes on, but no run asks its model again once its
    money or tokens are used up. Raises :class:`InvalidRequest` with the field that has to change,
    and :class:`NotFound`.
    """
    if key_id and not ApiKey.objects.filter(project=project, pk=key_id, revoked_at=None).exists():
        raise NotFound("API key", key_id)
    if person_id is not None:
        members = Membership.objects.filter(project=project, user_id=person_id)
        if not members.exists():
            raise NotFound("member", str(person_id))
    values: dict[str, Any] = {name: _parse(name, typed.get(name, "")) for name in Limits.__slots__}
    limits = Limits(**values)
    # Locked, so that of two who save at once neither leaves the mark of the other's limits out.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    whose: dict[str, Any] = {"api_key_id": key_id or None, "person_id": person_id}
    if limits.are_none:
        UsageLimit.objects.filter(project=project, **whose).delete()
    else:
        UsageLimit.objects.update_or_create(project=project, **whose, defaults=values)
    has_limits = UsageLimit.objects.filter(project=project).exists()
    Project.objects.filter(pk=project.pk).update(has_limits=has_limits)
    transaction.on_commit(partial(_forget, project.id))
    # Other processes know for a while whether a project has limits, and which.
    access_changed(project_id=project.id)
    kind = "key" if key_id else "project" if person_id is None else "person"
    note(
        "set_limits",
        project=project,
        target_type=kind,
        target_id=key_id or str(person_id or project.id),
        details={
            name: str(limit)
            for name in Limits.__slots__
            if (limit := getattr(limits, name)) is not None
        },
    )
    return limits


def _forget(project_id: str) -> None:
    forget_limits(project_id)
    forget_spent(project_id)


def _parse(name: str, text: str) -> int | Decimal | None:
    if name.startswith("dollars"):
        return read_dollars(text, most=MOST_DOLLARS, places=2, param=name)
    return read_count(text, most=MOST_COUNT, param=name)
