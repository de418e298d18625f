"""New threads, messages and runs of the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

from django.db import models

from assistants_app.domain import limits, run_status
from assistants_app.models import Assistant, Message, Run, Thread
from assistants_app.statements.execute import fetch
from assistants_app.statements.notes import Note, Stored
from assistants_app.statements.ordinals import count_before
from assistants_app.statements.rows import insert, read_columns, row_of, values, width_of

MESSAGES_AT_ONCE = 20

# With the words of the conditions of two partial indexes, so that all runs that have ended are left
# out even if the plan is one for any thread.
_STATUSES = ", ".join(f"'{status}'" for status in run_status.ACTIVE)
_WAITS = f"status = '{run_status.QUEUED}' AND waits IS NOT NULL"
# A run that is active or waits for its turn. Held runs wait for a person.
_ACTIVE = (
    f"SELECT id FROM run WHERE thread_id = %s AND status IN ({_STATUSES}) AND waits IS NULL"
    f" UNION ALL SELECT id FROM run WHERE thread_id = %s AND {_WAITS} AND NOT held LIMIT 1"
)


class _Into(Enum):
    """Where new rows go, which decides what can keep them out."""

    NEW = "a new thread"
    FREE = "a locked thread, unless a run is active or it has no room"
    ANY = "a locked thread, as accepted before"


@dataclass(frozen=True, slots=True)
class LockedThread:
    """A thread, which is locked until the transaction ends, and what a new run needs besides it.

    `active_run_id` is as of the moment before the lock: a run may have begun or ended since then.
    """

    thread: Thread
    active_run_id: str | None
    assistant: Assistant | None


def find_and_lock_thread(
    project_id: str, thread_id: str, *, assistant_id: str = ""
) -> LockedThread | None:
    """Lock the thread, so that its messages and runs are created one by one.

    Return it with the assistant if there is one of this id, or None if there is no such thread.
    """
    parameters = [thread_id, thread_id, assistant_id, thread_id, project_id]
    row = fetch(_lock_thread(), [text.replace("\0", "\ufffd") for text in parameters])
    if row is None:
        return None
    end = 1 + width_of(Thread)
    thread, assistant = row_of(Thread, row[1:end]), row_of(Assistant, row[end:])
    assert thread is not None
    return LockedThread(thread, row[0], assistant)


def store_thread(thread: Thread, messages: Sequence[Message], note: Note) -> Stored:
    """Insert a thread with its messages, and end the transaction."""
    return _store(_Into.NEW, messages, threads=[thread], note=note, ends=True)


def store_messages(
    thread_id: str, messages: Sequence[Message], note: Note, *, ends: bool = False
) -> Stored:
    """Insert messages into the locked thread, unless a run is active or waits for its turn.

    Nor are they inserted if the thread would have more than ``MESSAGES_PER_THREAD``. If it `ends`
    the transaction, also the thread's lock has ended.
    """
    return _store(_Into.FREE, messages, note=note, thread_id=thread_id, ends=ends)


def store_run(run: Run, messages: Sequence[Message], note: Note, *, ends: bool = False) -> Stored:
    """Insert a run and its messages into the locked thread, like :func:`store_messages`.

    The run needs room for a reply.
    """
    thread_id = run.thread_id
    return _store(_Into.FREE, messages, runs=[run], note=note, thread_id=thread_id, ends=ends)


def store_thread_and_run(
    thread: Thread, messages: Sequence[Message], run: Run, note: Note
) -> Stored:
    """Insert a thread with its messages and a run, and end the transaction."""
    return _store(_Into.NEW, messages, threads=[thread], runs=[run], note=note, ends=True)


def store_accepted(thread_id: str, messages: Sequence[Message]) -> None:
    """Insert messages that were accepted before into the locked thread."""
    if messages:
        _store(_Into.ANY, messages, note=Note(), thread_id=thread_id, ends=False)


def _store(
    into: _Into,
    messages: Sequence[Message],
    *,
    threads: Sequence[Thread] = (),
    runs: Sequence[Run] = (),
    note: Note,
    ends: bool,
    thread_id: str = "",
) -> Stored:
    # The server keeps a plan for each number of messages, and a statement has at most 65,535
    # parameters, so the other messages of a long thread are inserted afterwards.
    first, others = messages[:MESSAGES_AT_ONCE], messages[MESSAGES_AT_ONCE:]
    for ordinal, message in enumerate(messages, start=1):
        message.ordinal = ordinal  # within these
    groups: list[Sequence[models.Model]] = [group for group in (threads, first, runs) if group]
    shape = tuple((type(group[0]), len(group)) for group in groups)
    rows = [row for group in groups for row in group]
    needed = len(messages) + len(runs)
    given: dict[_Into, list[object]] = {
        _Into.NEW: [],
        _Into.FREE: [thread_id, thread_id, needed, thread_id, thread_id, needed],
        _Into.ANY: [0, thread_id, thread_id],
    }
    noted = [note.kind, note.made, note.after, note.digest, note.receipt, note.receipt]
    statement = _insert_all(shape, into)
    row = fetch(statement, [*given[into], *noted, *values(*rows)], ends=ends and not others)
    assert row is not None
    active_run_id, count, before = row
    stored = Stored(active_run_id, bool(count), is_full=not active_run_id and before is None)
    if stored.was_stored(note):
        for ordinal, message in enumerate(messages, start=before + 1):
            message.ordinal = ordinal
        if others:
            Message.objects.bulk_create(others)
    return stored


@cache
def _insert_all(shape: tuple[tuple[type[models.Model], int], ...], into: _Into) -> str:
    # Each part of a statement sees the rows as they were before it, so a run that is inserted here
    # is not in its own way.
    room = {
        _Into.NEW: "SELECT 0 AS before",
        _Into.FREE: f"SELECT before FROM counted WHERE before + %s <= {limits.MESSAGES_PER_THREAD}"
        " AND NOT EXISTS (SELECT FROM active)",
        _Into.ANY: "SELECT before FROM counted",
    }
    ordinal = {"ordinal": "free.before + new.ordinal"}
    parts = [
        f"active AS MATERIALIZED ({_ACTIVE})" if into is _Into.FREE else "",
        # Materialized, or the condition would count again.
        f"counted AS MATERIALIZED (SELECT {count_before('%s', new='%s')} AS before)"
        if into is not _Into.NEW
        else "",
        f"room AS MATERIALIZED ({room[into]})",
        "noted AS (UPDATE receipt SET kind = %s, made = %s, after = %s, digest = %s WHERE id = %s"
        " AND EXISTS (SELECT FROM room) RETURNING 1)",
        # Nothing is stored if the receipt is gone: the statement may end the transaction, so that
        # nothing could be rolled back.
        "free AS MATERIALIZED (SELECT before FROM room, noted"
        " UNION ALL SELECT before FROM room WHERE %s = 0)",
        *(
            f"part_{model._meta.db_table} AS"
            f" ({insert(model, 'free', n, computed=ordinal if model is Message else None)})"
            for model, n in shape
        ),
    ]
    active = "(SELECT id FROM active)" if into is _Into.FREE else "NULL::text"
    return (
        f"WITH {', '.join(filter(None, parts))}"
        f" SELECT {active}, (SELECT count(*) FROM noted), (SELECT before FROM room)"
    )


@cache
def _lock_thread() -> str:
    # The run is not read under the lock: what waits for a lock still sees the rows from before.
    return (
        f"SELECT ({_ACTIVE}), {read_columns(Thread)}, {read_columns(Assistant)} FROM thread"
        " LEFT JOIN assistant ON assistant.id = %s AND assistant.project_id = thread.project_id"
        " WHERE thread.id = %s AND thread.project_id = %s FOR NO KEY UPDATE OF thread"
    )
