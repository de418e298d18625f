"""Rebuild the words of messages and chunks, in batches, after an update that changes them.

Searches use the old words until the new ones are written. A rebuild that stops continues where it
was.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.domain.words.vectors import VERSION
from assistants_app.models import WordsState
from assistants_app.models.threads import words_of_content
from assistants_app.models.vector_stores import words_of_chunk
from assistants_app.queries.words import FREE

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 100
# Rows that somebody is writing are not waited for: with two locked in the other order, one of both
# transactions would fail, perhaps a person's. They are tried again.
WRITE = (
    'UPDATE "{table}" t SET words = new.words::tsvector'
    " FROM unnest(%s::{key}[], %s::text[]) AS new(id, words)"
    ' WHERE t.id = new.id AND t.id IN (SELECT id FROM "{table}" WHERE id = ANY(%s::{key}[]){still}'
    " FOR NO KEY UPDATE SKIP LOCKED) RETURNING t.id"
)


class Step(Enum):
    """What a step of a rebuild leaves: more rows, rows that others have locked, or none."""

    MORE = "more"
    LOCKED = "locked"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class _Table:
    key: str
    columns: str
    words: Callable[..., str]
    # A message that was written since has its words, which must not be replaced by older ones.
    still: str = ""


def _message_words(content: Any) -> str:
    return words_of_content(content)


def _chunk_words(store_id: str, heading: str, text: str) -> str:
    return words_of_chunk(store_id=store_id, heading=heading, text=text)


_TABLES = {
    "message": _Table("text", "content", _message_words, " AND words IS NULL"),
    "chunk": _Table("bigint", "store_id, heading, text", _chunk_words),
}


def claim_rebuild() -> str | None:
    """Claim a rebuild that no worker holds. Return its table, or None without one."""
    waiting = WordsState.objects.filter(FREE, version__lt=VERSION)
    for table in waiting.order_by("-table").values_list("table", flat=True):
        if waiting.filter(pk=table).update(lease_expires_at=_lease()):
            return table
    return None


def release_rebuild(*, table: str) -> None:
    """Let other workers continue the rebuild."""
    WordsState.objects.filter(pk=table).update(lease_expires_at=None)


def rebuild_next_rows(*, table: str) -> Step:
    """Rebuild the words of the table's next rows."""
    state = WordsState.objects.get(pk=table)
    if state.version >= VERSION:
        return Step.DONE
    if state.rebuilding != VERSION:
        _start(state)
    rows = _next_rows(state)
    if rows:
        return Step.MORE if _rebuild_rows(state, rows) else Step.LOCKED
    _finish(state)
    return Step.DONE


def _start(state: WordsState) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{state.table}" WHERE id <= %s', [_last(state)])
        [(state.rows,)] = cursor.fetchall()
    state.rebuilding, state.position, state.rows_done = VERSION, "", 0
    state.save()
    # In a new database there is nothing to update.
    if state.rows:
        logger.info("Updating the search index of %s: %d rows.", state.table, state.rows)


@transaction.atomic(durable=True)
def _rebuild_rows(state: WordsState, rows: list[tuple[Any, ...]]) -> int:
    # Returns the number of rows up to the first that was locked.
    table = _TABLES[state.table]
    ids = [row[0] for row in rows]
    words = [table.words(*row[1:]) for row in rows]
    with connection.cursor() as cursor:
        # Losing the last batches in a crash costs nothing but writing them again.
        cursor.execute("SET LOCAL synchronous_commit = off")
        sql = WRITE.format(table=state.table, key=table.key, still=table.still)
        cursor.execute(sql, [ids, words, ids])
        written = {row_id for (row_id,) in cursor.fetchall()}
    return _advance(state, ids, written | _gone(state, ids))


def _advance(state: WordsState, ids: list[Any], done: set[Any]) -> int:
    until = next((at for at, row_id in enumerate(ids) if row_id not in done), len(ids))
    before = 10 * state.rows_done // max(state.rows, 1)
    if until:
        state.position = str(ids[until - 1])
    state.rows_done += until
    state.lease_expires_at = _lease()
    state.save(update_fields=["position", "rows_done", "lease_expires_at"])
    if 10 * state.rows_done // max(state.rows, 1) > before:
        percent = min(100, 100 * state.rows_done // max(state.rows, 1))
        logger.info("Updating the search index of %s: %d %%.", state.table, percent)
    return until


def _gone(state: WordsState, ids: list[Any]) -> set[Any]:
    # Rows that were deleted, or written by others, since they were read.
    table = _TABLES[state.table]
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id FROM "{state.table}" WHERE id = ANY(%s::{table.key}[]){table.still}', [ids]
        )
        return set(ids) - {row_id for (row_id,) in cursor.fetchall()}


def _next_rows(state: WordsState) -> list[tuple[Any, ...]]:
    table = _TABLES[state.table]
    position: Any = state.position
    if table.key == "bigint":
        position = int(position or 0)
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id, {table.columns} FROM "{state.table}"'
            f" WHERE id > %s AND id <= %s{table.still} ORDER BY id LIMIT {ROWS_AT_ONCE}",
            [position, _last(state)],
        )
        return list(cursor.fetchall())


def _last(state: WordsState) -> Any:
    # Rows after the last one of the update have present words already.
    return int(state.last or 0) if _TABLES[state.table].key == "bigint" else state.last


def _finish(state: WordsState) -> None:
    WordsState.objects.filter(pk=state.table).update(version=VERSION, lease_expires_at=None)
    if state.rows:
        logger.info("Updated the search index of %s.", state.table)
    if state.table == "message":
        _drop_index("message_words_before")


def _drop_index(name: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
    except DatabaseError as error:
        # The database's user may own no tables. An index too many only costs time.
        logger.warning("Couldn't drop the index %s, which is no longer used: %s", name, error)


def _lease() -> Any:
    # By the database's clock, because those of workers differ.
    return Now() + timedelta(seconds=conf.INDEX_LEASE_SECONDS)
