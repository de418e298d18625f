"""Change the roles of members, remove them, and let them leave."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain.errors import Conflict, InvalidRequest, NotFound
from assistants_app.domain.rights import OWNER, ROLES
from assistants_app.events.access import access_changed
from assistants_app.models import ApiKey, Membership, Project
from assistants_app.queries.people.members import has_other_owner, name_of, role_of
from assistants_app.services import audit
from assistants_app.services.act import act
from assistants_app.services.acting import current_actor

# `last_active_at` is written at most this often, so that most requests write nothing.
ACTIVE_GRAIN = timedelta(seconds=60)


def record_visit(member: Membership) -> None:
    """Record when the member was last active, to the minute."""
    now = timezone.now()
    if member.last_active_at is None or now - member.last_active_at > ACTIVE_GRAIN:
        Membership.objects.filter(pk=member.pk).update(last_active_at=now)


@act()
def change_role(*, project: Project, user_id: int, role: str) -> Membership:
    """Give a member another role.

    Raises :class:`InvalidRequest`, :class:`NotFound`, or :class:`Conflict` for the last owner.
    """
    member = _lock_member(project, user_id, "change_role")
    if role not in ROLES:
        raise InvalidRequest("Choose a role from the list.", param="role")
    if member.role == role:
        return member
    _keep_an_owner(member)
    details = {"from": member.role, "to": role}
    member.role = role
    member.save(update_fields=["role"])
    _note("change_role", member, details)
    return member


@act()
def grant_role(*, project: Project, user: User, role: str) -> Membership:
    """Make somebody a member with this role, as an operator or an identity provider says.

    Raises :class:`InvalidRequest`, or :class:`Conflict` for the last owner.
    """
    if role not in ROLES:
        raise InvalidRequest(f"The roles are {', '.join(ROLES)}.", param="role")
    lock_members(project, "grant_role")
    member = Membership.objects.filter(project=project, user=user).first()
    if member is not None and member.role == role:
        return member
    member = member or Membership(project=project, user=user)
    before = member.role if member.pk else ""
    if before:
        _keep_an_owner(member)
    member.role = role
    member.save()
    details: dict[str, object] = {"from": before, "to": role}
    _note("grant_role", member, details)
    return member


@act()
def remove_member(*, project: Project, user_id: int) -> Membership:
    """Remove a member, and revoke their API keys.

    Raises :class:`NotFound`, or :class:`Conflict` for the last owner.
    """
    return _end(_lock_member(project, user_id, "remove_member"), "remove_member")


@act()
def leave_project(*, project: Project, user_id: int) -> Membership:
    """Remove the member who asks for it. Raises like :func:`remove_member`."""
    return _end(_lock_member(project, user_id, "leave_project"), "leave_project")


def lock_members(project: Project, verb: str) -> None:
    """Let the changes of a project's members take turns, until the caller's transaction ends.

    Raises :class:`Forbidden` or :class:`NotFound` if the person who acts has lost the right to.
    """
    # Without turns, two owners could remove each other, and nobody would be left.
    rows = Project.objects.select_for_update(no_key=True).filter(pk=project.pk, deleted_at=None)
    if rows.first() is None:
        raise NotFound("project", project.id)
    actor = current_actor()
    if actor is not None and actor.user_id is not None:
        # The role that counted when the request came may have changed while it waited.
        role = role_of(project, actor.user_id)
        if not role:
            raise NotFound("project", project.id)
        replace(actor, role=role).require(verb)


def _lock_member(project: Project, user_id: int, verb: str) -> Membership:
    lock_members(project, verb)
    members = Membership.objects.select_related("user", "project")
    member = members.filter(project=project, user_id=user_id).first()
    if member is None:
        raise NotFound("member", str(user_id))
    return member


def _keep_an_owner(member: Membership) -> None:
    if member.role == OWNER and not has_other_owner(member.project, member.user_id):
        raise Conflict(
            f"{name_of(member.user)} is the only owner of this project. Make somebody else an "
            "owner first."
        )


def _end(member: Membership, verb: str) -> Membership:
    _keep_an_owner(member)
    keys = ApiKey.objects.filter(project=member.project, user=member.user_id, revoked_at=None)
    revoked = keys.update(revoked_at=timezone.now())
    _note(verb, member, {"role": member.role, "revoked_keys": revoked})
    member.delete()
    return member


def _note(verb: str, member: Membership, details: Mapping[str, object]) -> None:
    audit.note(
        verb,
        project=member.project,
        target_type="member",
        target_id=str(member.user_id),
        target_name=name_of(member.user),
        details=details,
    )
    access_changed(project_id=member.project_id, user_id=member.user_id)
