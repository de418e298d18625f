"""Delete a project: nobody reaches it from one moment on, then everything of it goes in batches.

A sweeper deletes the batches. Each is a transaction, and a sweeper that takes over after a kill
begins again with what is left.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, Q
from django.db.models.functions import Now
from django.utils import timezone

from assistants_app.dispatch import dispatch_close_session
from assistants_app.domain import run_status
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.people.names import is_same_name
from assistants_app.events.access import access_changed
from assistants_app.events.cancels import publish_cancel
from assistants_app.events.indexing import forget_progress
from assistants_app.events.log import forget_logs
from assistants_app.gateway.endpoints import endpoint_from, forget_endpoint
from assistants_app.models import (
    ApiKey,
    CodeSession,
    File,
    HeldFile,
    Invitation,
    Membership,
    ModelEndpoint,
    Project,
    ProjectDeletion,
    Run,
    Share,
    TapeFile,
    TestFile,
    Thread,
    UploadPart,
    VectorStoreFile,
)
from assistants_app.redis_client import client
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.project.owned_tables import OwnedTable, owned_tables
from assistants_app.storage.byte_store import byte_store

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 2000
KEYS_AT_ONCE = 1000
# Longer than a batch takes. If it expires anyway, two sweepers do the same work, which is harmless.
LEASE = timedelta(seconds=15)
# What lets somebody in. These rows go with the act itself.
DOORS: tuple[type[Model], ...] = (ApiKey, Membership, Invitation, Share)


@act()
def delete_project(*, project: Project, name: str) -> None:
    """Make the project unreachable, and leave the rest to the sweeper.

    Raises :class:`InvalidRequest` unless `name` is the project's name.
    """
    # The full lock: rows that others add to the project at this moment wait, and are found later.
    locked = Project.objects.select_for_update().filter(pk=project.pk, deleted_at=None).first()
    if locked is None:
        raise NotFound("project", project.pk)
    if not is_same_name(name, locked.name):
        raise InvalidRequest(
            "Nothing was deleted. Type the project's name as it is shown.", param="confirm"
        )
    note(
        "delete_project",
        project=locked,
        target_type="project",
        target_id=locked.pk,
        target_name=locked.name,
    )
    locked.deleted_at = timezone.now()
    locked.save(update_fields=["deleted_at"])
    for door in DOORS:
        door._default_manager.filter(project=locked).delete()
    ProjectDeletion.objects.create(project_id=locked.pk)
    access_changed(project_id=locked.pk)
    # The sweeper does it too, a few seconds later.
    transaction.on_commit(partial(stop_runs, project_id=locked.pk), robust=True)


def claim_deletion() -> str | None:
    """Claim a project whose deletion no sweeper works on. Return its ID, or None without one."""
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    waiting = ProjectDeletion.objects.filter(free)
    for project_id in waiting.order_by("began_at").values_list("pk", flat=True):
        if waiting.filter(pk=project_id).update(lease_expires_at=Now() + LEASE):
            return str(project_id)
    return None


def delete_everything(*, project_id: str) -> None:
    """Delete all that is left of the claimed project.

    Raises the errors of the database, Redis and the storage. Then, and after a kill, another call
    continues.
    """
    try:
        stop_runs(project_id=project_id)
        for table in owned_tables():
            while _delete_batch(table, project_id):
                _renew(project_id)
        _forget_keys(project_id)
        # Fails if a request that began before has added something. Then the next call deletes it.
        _delete_row(project_id)
        while _forget_entries(project_id):
            _renew(project_id)
    except BaseException:
        ProjectDeletion.objects.filter(pk=project_id).update(lease_expires_at=None)
        raise
    ProjectDeletion.objects.filter(pk=project_id).delete()
    logger.info("Deleted everything of %s.", project_id)


def stop_runs(*, project_id: str) -> None:
    """Take the project's runs away from their workers, which stop at once."""
    while stopped := _take_runs(project_id):
        for run_id in stopped:
            publish_cancel(run_id)


@transaction.atomic(durable=True)
def _take_runs(project_id: str) -> list[str]:
    active = Run.objects.filter(project_id=project_id, status__in=run_status.ACTIVE)
    # In the order of the sweepers. Runs that a worker writes at this moment are locked, and waited
    # for.
    locked = active.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    ids = list(locked[:ROWS_AT_ONCE])
    Run.objects.filter(pk__in=ids).update(
        status=run_status.CANCELLED, cancelled_at=Now(), lease_owner="", lease_expires_at=None
    )
    return ids


def _delete_batch(table: OwnedTable, project_id: str) -> int:
    ids = table.ids_of(project_id, limit=ROWS_AT_ONCE)
    if not ids:
        return 0
    # Bytes, logs and sessions go before their rows, so that a kill between both loses none of them.
    # Nobody can reach the rows, so none misses its bytes.
    if remove := _OUTSIDE.get(table.model):
        remove(ids)
    _delete_rows(table, ids)
    return len(ids)


@transaction.atomic(durable=True)
def _delete_rows(table: OwnedTable, ids: list[Any]) -> None:
    with connection.cursor() as cursor:
        # Losing the last batches in a crash costs nothing but deleting them again.
        cursor.execute("SET LOCAL synchronous_commit = off")
    table.delete(ids)


def _renew(project_id: str) -> None:
    ProjectDeletion.objects.filter(pk=project_id).update(lease_expires_at=Now() + LEASE)


def _remove_bytes(keys: list[str]) -> None:
    store = byte_store()
    for key in keys:
        store.delete(key)


def _forget_progress(row_ids: list[str]) -> None:
    for row_id in row_ids:
        forget_progress(row_id)


def _close_sessions(session_ids: list[int]) -> None:
    sessions = CodeSession.objects.filter(pk__in=session_ids)
    for thread_id in sessions.values_list("thread_id", flat=True).distinct():
        dispatch_close_session(thread_id)


def _let_go_of_endpoints(endpoint_ids: list[str]) -> None:
    for row in ModelEndpoint.objects.filter(pk__in=endpoint_ids):
        forget_endpoint(endpoint_from(row))


# What is kept outside of the database for rows of these tables.
_OUTSIDE: dict[type[Model], Callable[[list[Any]], None]] = {
    File: _remove_bytes,
    UploadPart: _remove_bytes,
    TapeFile: _remove_bytes,
    TestFile: _remove_bytes,
    HeldFile: _remove_bytes,
    Thread: forget_logs,
    VectorStoreFile: _forget_progress,
    CodeSession: _close_sessions,
    ModelEndpoint: _let_go_of_endpoints,
}


def _forget_keys(project_id: str) -> None:
    # All keys with the project's ID in their names, such as those of limits.
    redis, found = client(), []
    for key in redis.scan_iter(match=f"*{project_id}*", count=KEYS_AT_ONCE):
        found.append(key)
    for start in range(0, len(found), KEYS_AT_ONCE):
        redis.unlink(*found[start : start + KEYS_AT_ONCE])


@transaction.atomic(durable=True)
def _delete_row(project_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM project WHERE id = %s", [project_id])


@transaction.atomic(durable=True)
def _forget_entries(project_id: str) -> int:
    # The trigger of the table allows this once the project's row is gone.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(
            "DELETE FROM audit_entry WHERE id = ANY(ARRAY(SELECT id FROM audit_entry"
            " WHERE project_id = %s AND verb <> 'delete_project' LIMIT %s))",
            [project_id, ROWS_AT_ONCE],
        )
        return int(cursor.rowcount)
