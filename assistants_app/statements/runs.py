"""The steps of a run in its worker. The lease is a condition of each statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.models import Message, ModelEndpoint, ProviderCall, Run, RunStep
from assistants_app.statements.execute import WITHOUT_WAITING, fetch, fetch_each
from assistants_app.statements.ordinals import count_before
from assistants_app.statements.prompts import PromptMessage, messages_of, newest_of_run
from assistants_app.statements.reads import endpoints_of_run, rows_of
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
class EndOfRun:
    """What is written when a run completes: the columns of three rows, and a new row.

    The run is written if `owner` still holds it, and the others with it.
    """

    run: Run
    owner: str
    message: Message
    step: RunStep
    call: ProviderCall | None
    run_columns: tuple[str, ...]
    message_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that was claimed, and what its first question needs besides it.

    These are the project's own endpoints and the thread's newest messages, newest first.
    """

    run: Run
    endpoints: list[ModelEndpoint]
    messages: list[PromptMessage]


@dataclass(frozen=True, slots=True)
class Found:
    """Which rows of a run that has ended were there."""

    message: bool
    step: bool


def claim(run_id: str, owner: str, *, messages: int) -> Claimed | None:
    """Claim a run that is queued or has lost its worker. Return None if it can't be claimed.

    Up to this many of its thread's newest `messages` are read with it.
    """
    claimed, endpoints, newest = fetch_each(
        (_claim(), [owner, owner, conf.LEASE_SECONDS, run_id, owner]),
        endpoints_of_run(run_id),
        newest_of_run(run_id, messages),
    )
    run = row_of(Run, claimed[0]) if claimed else None
    return Claimed(run, rows_of(ModelEndpoint, endpoints), messages_of(newest)) if run else None


def open_message(run: Run, statuses: Iterable[str], message: Message, step: RunStep) -> bool:
    """Insert a message and the step that writes it. Return whether the lease is still held."""
    lease = [conf.LEASE_SECONDS, run.id, run.lease_owner, list(statuses)]
    row = fetch(_open_message(), [*lease, *values(message, step)])
    return bool(row and row[0])


def close_simple_run(end: EndOfRun, status: str) -> bool:
    """Write the end of a run if that is all there is to do. Return whether it was.

    Nothing is written if the run is not held in this status, if its message or step is missing, or
    if another run waits for the thread.
    """
    condition = [end.message.id, end.step.id, end.run.thread_id]
    row = fetch(_close_run(_shape_of(end), simple=True), _parameters(end, [status], condition))
    return bool(row and row[0])


def close_run(end: EndOfRun, statuses: Iterable[str]) -> Found | None:
    """Write the end of a run that is held in one of these statuses. Return None if it isn't."""
    row = fetch(_close_run(_shape_of(end), simple=False), _parameters(end, statuses))
    return Found(bool(row[1]), bool(row[2])) if row and row[0] else None


def _shape_of(end: EndOfRun) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    return end.run_columns, end.message_columns, end.call is not None


def _parameters(
    end: EndOfRun, statuses: Iterable[str], condition: Iterable[str] = ()
) -> list[object]:
    return [
        *changes(end.run, end.run_columns),
        *(end.run.id, end.owner, list(statuses), *condition),
        *changes(end.message, end.message_columns),
        end.message.id,
        *changes(end.step, columns_but_key(RunStep)),
        end.step.id,
        *(values(end.call) if end.call else []),
    ]


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
    # Whether the thread has room was asked when the run was created.
    ordinal = {"ordinal": f"{count_before('new.thread_id')} + 1"}
    opened = insert(Message, "lease", unless_there=True, computed=ordinal)
    return (
        f"WITH {WITHOUT_WAITING}, lease AS (UPDATE run SET {_LEASE} FROM quick"
        " WHERE run.id = %s AND lease_owner = %s AND status = ANY(%s) RETURNING 1),"
        f" opened AS ({opened}),"
        f" step AS ({insert(RunStep, 'lease', unless_there=True)})"
        " SELECT count(*) FROM lease"
    )


@cache
def _close_run(shape: tuple[tuple[str, ...], tuple[str, ...], bool], *, simple: bool) -> str:
    columns, message_columns, has_call = shape
    held = "WHERE run.id = %s AND lease_owner = %s AND status = ANY(%s)"
    if simple:
        held += (
            " AND EXISTS (SELECT FROM message WHERE id = %s)"
            " AND EXISTS (SELECT FROM run_step WHERE id = %s)"
            " AND NOT EXISTS (SELECT FROM run AS next WHERE next.thread_id = %s"
            f" AND next.status = '{run_status.QUEUED}' AND next.waits IS NOT NULL)"
        )
    ended = update(Run, columns, held)
    message = update(Message, message_columns, "FROM ended WHERE message.id = %s")
    step = update(RunStep, columns_but_key(RunStep), "FROM ended WHERE run_step.id = %s")
    call = f", call AS ({insert(ProviderCall, 'ended')})" if has_call else ""
    return (
        f"WITH ended AS ({ended}), written AS ({message}), done AS ({step}){call}"
        " SELECT (SELECT count(*) FROM ended), (SELECT count(*) FROM written),"
        " (SELECT count(*) FROM done)"
    )
