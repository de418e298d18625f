"""Put rows back as they were before somebody saved or deleted them.

Revisions that no version has are gone at once, with their files. So what a row held is kept in
Redis for an hour, and only if that took no file and no tape with it.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.contrib.auth.models import User
from redis.exceptions import RedisError

from assistants_app.domain.errors import Conflict
from assistants_app.domain.ids import new_id
from assistants_app.models import Project, TestRow, WorkingRow
from assistants_app.redis_client import client
from assistants_app.services.act import act
from assistants_app.services.locks import lock_test_set
from assistants_app.services.test_sets.revisions import RowChanged, add_rows, replace_rows

logger = logging.getLogger(__name__)

KEPT_SECONDS = 3600
MOST_BYTES = 2 * 1024**2
_HELD = ("files", "tape")  # what the deletion of a revision takes with it


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a row held. `revision` is the one that has replaced it, or 0 if the row was deleted."""

    key: str
    revision: int
    position: int
    content: dict[str, Any]

    @classmethod
    def saved(cls, before: TestRow, now: TestRow) -> Self | None:
        """Return what a row held before it was saved, or None if it can't be put back whole."""
        # Somebody else's edit came between the two, or nothing has changed.
        is_next = now.revision == before.revision + 1
        same = all(before.content.get(name) == now.content.get(name) for name in _HELD)
        return cls(before.key, now.revision, 0, before.content) if is_next and same else None

    @classmethod
    def deleted(cls, working: WorkingRow) -> Self | None:
        """Return what a deleted row held, or None if it can't be put back whole."""
        content = working.row.content
        if any(content.get(name) for name in _HELD):
            return None
        return cls(working.key, 0, working.position, content)


def keep_for_undo(project: Project, set_id: str, rows: Iterable[Earlier | None]) -> str:
    """Keep what rows held. Return the ID to put them back with, or "" if one of them can't be."""
    kept = [asdict(row) if row else None for row in rows]
    if not kept or None in kept:
        return ""
    text = json.dumps({"set": set_id, "rows": kept})
    undo_id = new_id("undo")
    try:
        if len(text) <= MOST_BYTES:
            client().set(_name(project, undo_id), text, ex=KEPT_SECONDS)
            return undo_id
    except RedisError as error:
        logger.warning("Couldn't keep rows for an undo: %s", error)
    return ""


def _name(project: Project, undo_id: str) -> str:
    # With the project's ID, so that it is deleted with the project.
    return f"tests:undo:{project.pk}:{undo_id}"


@act()
def put_back_test_rows(
    *, project: Project, set_id: str, undo_id: str, author: User | None
) -> list[TestRow]:
    """Put rows back as they were, all of them or none. Return their revisions.

    Raises :class:`NotFound` for the set, :class:`RowChanged` if somebody has changed one of the
    rows since, and :class:`Conflict` if it is too late.
    """
    test_set = lock_test_set(project, set_id)
    earlier = _kept(project, set_id, undo_id)
    rows = WorkingRow.objects.select_related("row").filter(
        test_set=test_set, key__in=[one.key for one in earlier]
    )
    there = {working.key: working for working in rows}
    saved = [one for one in earlier if one.revision]
    for one in saved:
        if one.key not in there:
            raise Conflict("Somebody has deleted the row since. Nothing was undone.")
        if there[one.key].row.revision != one.revision:
            raise RowChanged(there[one.key].row)
    deleted = [one for one in earlier if not one.revision]
    if any(one.key in there for one in deleted):
        raise Conflict("The rows are there already. Nothing was undone.")
    made = replace_rows(test_set, [(there[one.key], one.content) for one in saved], author)
    if deleted:
        made += add_rows(test_set, [(one.key, one.content) for one in deleted], author)
        _place(test_set.pk, deleted)
    return made


def _kept(project: Project, set_id: str, undo_id: str) -> list[Earlier]:
    try:
        text = client().get(_name(project, undo_id.replace("\0", "")))
    except RedisError as error:
        logger.warning("Couldn't read rows for an undo: %s", error)
        text = None
    found = json.loads(text) if isinstance(text, bytes | str) else {}
    if found.get("set") != set_id:
        raise Conflict("It is too late to undo this. Nothing was changed.")
    return [Earlier(**row) for row in found["rows"]]


def _place(set_id: str, rows: Sequence[Earlier]) -> None:
    # The others have kept their positions, so the gaps are still there.
    position_of = {one.key: one.position for one in rows}
    working = list(WorkingRow.objects.filter(test_set=set_id, key__in=position_of))
    for each in working:
        each.position = position_of[each.key]
    WorkingRow.objects.bulk_update(working, ["position"], batch_size=1000)
