"""The steps of a run in its worker. The lease is a condition of each statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.models import Message, ProviderCall, Run, RunStep
from assistants_app.statements.execute import WITHOUT_WAITING, fetch
from assistants_app.statements.rows import (
    changes,
    columns_but_key,
    insert,
    read_columns,
    row_of,
    update,
    values,
)

_LEASE = "lease_expires_at = now() + make_interval(secs => %s)"


@dataclass(frozen=True, slots=True)
class Closed:
    """A run that has ended.

    `has_message` and `has_step` say whether these rows were there. `one_waits` says whether another
    run waits for the thread.
    """

    has_message: bool
    has_step: bool
    one_waits: bool


def claim(run_id: str, owner: str) -> Run | None:
    """Claim a run that is queued or has lost its worker. Return None if it can't be claimed."""
    row = fetch(_claim(), [owner, owner, conf.LEASE_SECONDS, run_id, owner])
    return row_of(Run, row) if row else None


def open_message(run: Run, statuses: Iterable[str], message: Message, step: RunStep) -> bool:
    """Insert a message and the step that writes it. Return whether the lease is still held."""
    lease = [conf.LEASE_SECONDS, run.id, run.lease_owner, list(statuses)]
    row = fetch(_open_message(), [*lease, *values(message, step)])
    return bool(row and row[0])


def close_run(
    run: Run,
    owner: str,
    statuses: Iterable[str],
    *,
    columns: tuple[str, ...],
    message: Message,
    message_columns: tuple[str, ...],
    step: RunStep,
    call: ProviderCall | None,
) -> Closed | None:
    """Write the end of a run, of its message and of its step, and insert its model call.

    Return None, and write nothing, if `owner` doesn't hold the run in one of these statuses.
    """
    statement = _close_run(columns, message_columns, call is not None)
    row = fetch(
        statement,
        [
            *changes(run, columns),
            *(run.id, owner, list(statuses)),
            *changes(message, message_columns),
            message.id,
            *changes(step, columns_but_key(RunStep)),
            step.id,
            *(values(call) if call else []),
            run.thread_id,
        ],
    )
    if row is None or not row[0]:
        return None
    return Closed(has_message=bool(row[1]), has_step=bool(row[2]), one_waits=row[3])


@cache
def _claim() -> str:
    # One conditional UPDATE, so of several workers that try at once only one succeeds
    # (docs/adr/0002). Time is that of the database: the clocks of workers differ.
    return (
        f"WITH {WITHOUT_WAITING} UPDATE run SET status = '{run_status.IN_PROGRESS}',"
        f" attempts = attempts + (lease_owner <> %s)::int, lease_owner = %s, {_LEASE},"
        " started_at = coalesce(started_at, now()) FROM quick"
        " WHERE run.id = %s AND expires_at > now() AND waits IS NULL"
        f" AND (status = '{run_status.QUEUED}'"
        f" OR (status = '{run_status.IN_PROGRESS}' AND (lease_expires_at < now()"
        # The same claim again, after its answer was lost with the connection.
        " OR lease_owner = %s)))"
        f" RETURNING {read_columns(Run)}"
    )


@cache
def _open_message() -> str:
    return (
        f"WITH {WITHOUT_WAITING}, lease AS (UPDATE run SET {_LEASE} FROM quick"
        " WHERE run.id = %s AND lease_owner = %s AND status = ANY(%s) RETURNING 1),"
        f" opened AS ({insert(Message, 'lease', unless_there=True)}),"
        f" step AS ({insert(RunStep, 'lease', unless_there=True)})"
        " SELECT count(*) FROM lease"
    )


@cache
def _close_run(columns: tuple[str, ...], message_columns: tuple[str, ...], has_call: bool) -> str:
    ended = update(Run, columns, "WHERE run.id = %s AND lease_owner = %s AND status = ANY(%s)")
    message = update(Message, message_columns, "FROM ended WHERE message.id = %s")
    step = update(RunStep, columns_but_key(RunStep), "FROM ended WHERE run_step.id = %s")
    call = f", call AS ({insert(ProviderCall, 'ended')})" if has_call else ""
    return (
        f"WITH ended AS ({ended}), written AS ({message}), done AS ({step}){call}"
        " SELECT (SELECT count(*) FROM ended), (SELECT count(*) FROM written),"
        " (SELECT count(*) FROM done), EXISTS (SELECT FROM run WHERE thread_id = %s"
        f" AND status = '{run_status.QUEUED}' AND waits IS NOT NULL)"
    )
