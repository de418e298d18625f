"""Receipts: a repeated request gets what the first one has made, and nothing is made twice.

A request claims its receipt before it does anything. The transaction of its act writes down what it
made, and fails if another request has taken the receipt over meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

from assistants_app import conf
from assistants_app.domain.errors import ApiError
from assistants_app.statements.execute import (
    execute_before,
    execute_now,
    fetch,
    fetch_all,
    leave_out,
)
from assistants_app.statements.notes import Note, Stored

BATCH = 5000  # receipts that are deleted at once
IDS_AT_ONCE = 100  # taken from the sequence
# How long a receipt outlives the last sign of its process. Processes renew it every second.
HELD_SECONDS = 5.0
# How long an answer that didn't leave waits for the client to ask again.
REPEAT_SECONDS = 60.0
# Receipts without a key end with their response. This is for those of lost processes.
KEYLESS_SECONDS = 3600.0
NOTHING = "nothing"  # the kind of an act that returns no object, such as a deletion
# Only the transaction of an act waits for the disk. The claim before it gets there with it.
_WITHOUT_WAITING = "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))"
_NOW = "statement_timestamp()"
_COLUMNS = "id, digest, kind, made, after, answer"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The receipt of an earlier request. Without `kind` and `answer`, it is still carried out."""

    id: int
    digest: str
    kind: str
    made: str
    after: str
    answer: str

    @property
    def done(self) -> bool:
        """Whether the request was carried out."""
        return bool(self.kind or self.answer)


@dataclass(slots=True)
class Attempt:
    """A request that may be a repeated one. `earlier` is what was done before, if anything.

    Until a form is `identified`, its digest is that of its URL, and `of_url` afterwards. A `kept`
    receipt is renewed until its answer has left. `recorded` is set as soon as the act has written
    its receipt, which may still be rolled back. A retry of a `recognized` request finds it.
    """

    project_id: str
    key: str | None
    digest: str
    identified: bool = True
    retried: bool = False
    recognized: bool = False
    kept: bool = False
    of_url: str = ""
    receipt: int = 0
    earlier: Earlier | None = None
    after: str = ""
    recorded: bool = False


@dataclass(slots=True)
class Settled:
    """Receipts whose requests got further, by id."""

    held: list[int] = field(default_factory=list)  # still busy
    begun: list[int] = field(default_factory=list)  # a stream that is being read
    broken: list[int] = field(default_factory=list)  # the response didn't leave
    over: list[int] = field(default_factory=list)  # the response left, or nothing was done
    answers: dict[int, str] = field(default_factory=dict)


_ids: list[int] = []
_ids_lock = Lock()

_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def attempting(attempt: Attempt) -> Iterator[None]:
    """Let the act in this block write the attempt's receipt."""
    token = _attempt.set(attempt)
    try:
        yield
    finally:
        _attempt.reset(token)


def current_attempt() -> Attempt | None:
    """Return the attempt of this request."""
    return _attempt.get()


def made_before(earlier: Earlier) -> Model | None:
    """Return what the earlier request made. Raises :class:`ApiError` if that was deleted."""
    if earlier.kind == NOTHING:
        return None
    model = apps.get_model("assistants", earlier.kind)
    found: Model | None = model._default_manager.filter(pk=earlier.made).first()
    if found is None:
        raise ApiError("What this request made was deleted.", code="deleted", http_status=404)
    return found


def note_of(made: Model) -> Note:
    """Return what the receipt of this request has to say, for the statement that stores `made`.

    The statement's result goes to :func:`record_note`.
    """
    attempt = _attempt.get()
    if attempt is None or attempt.recorded:
        return Note()
    # Before the statement, which may be carried out although its result doesn't arrive.
    attempt.recorded = True
    kind, made_id = _kind_and_id(made)
    return Note(attempt.receipt, kind, made_id, attempt.after, attempt.digest)


def record_note(note: Note, stored: Stored) -> None:
    """Record what the statement has done.

    Raises :class:`ApiError` if it stored nothing because another request has the receipt.
    """
    attempt = _attempt.get()
    if attempt is None or not note.receipt:
        return
    if stored.was_kept_out:
        attempt.recorded = False
    else:
        _note_found(attempt, stored.noted)


def record(attempt: Attempt, made: object) -> None:
    """Write down what the attempt made, in the transaction of its act.

    Raises :class:`ApiError` if another request has taken the receipt over.
    """
    # Acts that every run needs have written it with the rows of what they made. And of a request
    # with several acts, the first one counts.
    if attempt.recorded:
        return
    kind, made_id = _kind_and_id(made)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE receipt SET kind = %s, made = %s, after = %s, digest = %s WHERE id = %s",
            [kind, made_id, attempt.after, attempt.digest, attempt.receipt],
        )
        _note_found(attempt, bool(cursor.rowcount))


def _kind_and_id(made: object) -> tuple[str, str]:
    if isinstance(made, Model):
        return made._meta.model_name or "", str(made.pk)
    return NOTHING, ""


def _note_found(attempt: Attempt, found: bool) -> None:
    # If not, its process seemed lost for HELD_SECONDS, and another one does the work.
    if not found:
        raise ApiError(
            "Another request has taken this one over. Please retry.",
            type="idempotency_error",
            code="idempotency_key_in_use",
            http_status=409,
        )
    attempt.recorded = True


def claim(attempt: Attempt) -> Earlier | None:
    """Claim a receipt for the attempt, or return the one that an earlier request has claimed.

    Only receipts with a key can be claimed already. Those without an answer can be claimed again
    when their process is lost.
    """
    row = fetch(
        f"{_WITHOUT_WAITING} INSERT INTO receipt AS known (project_id, key, digest, held_until)"
        f" SELECT %s, %s, %s, {_NOW} + make_interval(secs => %s) FROM quick"
        # A new id, so that a process that comes back doesn't find its receipt.
        " ON CONFLICT (project_id, key) DO UPDATE SET id = DEFAULT, digest = excluded.digest,"
        " kind = '', made = '', after = '', answer = '', held_until = excluded.held_until,"
        f" claimed_at = {_NOW}"
        f" WHERE known.claimed_at < {_NOW} - make_interval(secs => %s) OR known.kind = ''"
        f" AND known.answer = '' AND coalesce(known.held_until < {_NOW}, true) RETURNING id",
        [attempt.project_id, attempt.key, attempt.digest, HELD_SECONDS, conf.IDEMPOTENCY_SECONDS],
    )
    if row:
        attempt.receipt = row[0]
        return None
    row = fetch(
        f"SELECT {_COLUMNS} FROM receipt WHERE project_id = %s AND key = %s",
        [attempt.project_id, attempt.key],
    )
    # Between the two statements, the earlier request may have failed and released its key.
    return Earlier(*row) if row else Earlier(0, attempt.digest, "", "", "", "")


def claim_with_act(attempt: Attempt) -> None:
    """Claim a receipt for an attempt without a key in the round trip of its first statement.

    It is committed before that. After the attempt, :func:`drop_claim` has to be called.
    """
    attempt.receipt = _new_id()
    execute_before(
        f"{_WITHOUT_WAITING} INSERT INTO receipt (id, project_id, digest, held_until)"
        f" SELECT %s::bigint, %s, %s, {_NOW} + make_interval(secs => %s) FROM quick",
        [attempt.receipt, attempt.project_id, attempt.digest, HELD_SECONDS],
    )


def send_claim() -> None:
    """Claim now, before something other than the database lets the attempt wait."""
    execute_now()


def drop_claim() -> None:
    """Forget the claim of an attempt that has executed no statement."""
    leave_out()


def _new_id() -> int:
    # Taken before the request does anything, so the ids of its retries are larger.
    with _ids_lock:
        if not _ids:
            rows = fetch_all(
                "SELECT nextval(pg_get_serial_sequence('receipt', 'id'))"
                " FROM generate_series(1, %s)",
                [IDS_AT_ONCE],
            )
            _ids.extend(row[0] for row in reversed(rows))
        return _ids.pop()


def take_over(attempt: Attempt, *, open_streams: bool = False) -> Earlier | None:
    """Return the receipt of a request like this whose answer didn't leave, and hold it.

    With `open_streams`, its stream may still seem to be read.
    """
    lost = f"held_until > {_NOW} - make_interval(secs => %s) AND held_until <= {_NOW}"
    if open_streams:
        lost = f"({lost} OR held_until IS NULL)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE receipt SET held_until = {_NOW} + make_interval(secs => %s) WHERE id = ("
            "SELECT id FROM receipt WHERE project_id = %s AND key IS NULL AND digest = %s"
            f" AND kind <> '' AND id <> %s AND {lost}"
            " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
            f" RETURNING {_COLUMNS}",
            [HELD_SECONDS, attempt.project_id, attempt.digest, attempt.receipt, REPEAT_SECONDS],
        )
        row = cursor.fetchone()
    return Earlier(*row) if row else None


def are_others_busy(attempt: Attempt, *, digests: list[str]) -> bool:
    """Return whether earlier requests with one of these digests are still carried out or answered.

    The receipts of lost processes are deleted, so that what they may still do is rolled back.
    """
    earlier = (attempt.project_id, digests, attempt.receipt)
    same = "project_id = %s AND key IS NULL AND digest = ANY(%s) AND id < %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM receipt WHERE id IN (SELECT id FROM receipt WHERE {same}"
            f" AND kind = '' AND held_until < {_NOW} FOR UPDATE SKIP LOCKED)",
            earlier,
        )
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM receipt WHERE {same}"
            f" AND (kind = '' OR held_until > {_NOW}))",
            earlier,
        )
        return bool(cursor.fetchone()[0])


def find_receipt(receipt: int) -> Earlier | None:
    """Return the receipt, as it is committed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM receipt WHERE id = %s", [receipt])
        row = cursor.fetchone()
    return Earlier(*row) if row else None


def release(receipt: int) -> None:
    """Delete the receipt of a refused request, which may be corrected and sent again."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM receipt WHERE id = %s AND kind = ''", [receipt])


def settle(settled: Settled) -> None:
    """Write down how far these requests got."""
    ended = {*settled.over, *settled.broken}
    begun = [receipt for receipt in settled.begun if receipt not in ended]
    moves: list[tuple[str, list[Any]]] = [
        (
            f"UPDATE receipt SET held_until = {_NOW} + make_interval(secs => {HELD_SECONDS})"
            " FROM quick"
            " WHERE id IN (SELECT id FROM receipt WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED)",
            settled.held,
        ),
        ("UPDATE receipt SET held_until = NULL FROM quick WHERE id = ANY(%s)", begun),
        (
            f"UPDATE receipt SET held_until = {_NOW} FROM quick WHERE id = ANY(%s) AND kind <> ''",
            settled.broken,
        ),
        ("DELETE FROM receipt USING quick WHERE id = ANY(%s) AND kind = ''", settled.broken),
        (
            "DELETE FROM receipt USING quick WHERE id = ANY(%s) AND (key IS NULL OR kind = '')",
            settled.over,
        ),
    ]
    statements: list[tuple[str, list[Any]]] = [
        (statement, [ids]) for statement, ids in moves if ids
    ]
    for receipt, answer in settled.answers.items():
        answered = "UPDATE receipt SET answer = %s FROM quick WHERE id = %s"
        statements.append((answered, [answer, receipt]))
    with transaction.atomic():
        for number, (statement, parameters) in enumerate(statements, start=1):
            ends = number == len(statements)
            fetch_all(f"{_WITHOUT_WAITING} {statement}", parameters, ends=ends)


def forget_old_receipts() -> int:
    """Delete a batch of receipts that have expired. Return their number."""
    with connection.cursor() as cursor:
        # An array, because a plan may carry out a subquery with LIMIT several times.
        cursor.execute(
            "DELETE FROM receipt WHERE id = ANY(ARRAY(SELECT id FROM receipt WHERE"
            f" claimed_at < {_NOW} - make_interval(secs => CASE WHEN key IS NULL THEN %s ELSE %s"
            f" END) OR key IS NULL AND held_until < {_NOW} - make_interval(secs => %s)"
            " LIMIT %s FOR UPDATE SKIP LOCKED))",
            [KEYLESS_SECONDS, conf.IDEMPOTENCY_SECONDS, REPEAT_SECONDS, BATCH],
        )
        return int(cursor.rowcount)
