"""Execution of a statement."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# Makes a statement, or its transaction, not wait for the disk. What it wrote may be missing after a
# crash of the database, but only with everything that was written later.
WITHOUT_WAITING = "quick AS (SELECT set_config('synchronous_commit', 'off', true))"


def fetch_all(
    statement: str, parameters: Sequence[Any], *, ends: bool = False
) -> list[tuple[Any, ...]]:
    """Return the rows of the statement's result.

    A statement that `ends` the transaction commits it in the same round trip, unless it fails.
    """
    rows: list[tuple[Any, ...]] = connection.fetch_all(statement, parameters, ends=ends)  # type: ignore[attr-defined]
    return rows


def fetch(
    statement: str, parameters: Sequence[Any], *, ends: bool = False
) -> tuple[Any, ...] | None:
    """Return the first row of the statement's result, or None."""
    rows = fetch_all(statement, parameters, ends=ends)
    return rows[0] if rows else None


def fetch_each(*calls: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
    """Return the rows of several statements, which are sent together.

    Each is a transaction of its own, and sees what the ones before it have written.
    """
    rows: list[list[tuple[Any, ...]]] = connection.fetch_each(*calls)  # type: ignore[attr-defined]
    return rows


def execute_before(statement: str, parameters: Sequence[Any]) -> None:
    """Execute this in the round trip of the thread's next statement, and committed before it.

    If that never comes, :func:`leave_out` has to be called.
    """
    connection.execute_before(statement, parameters)  # type: ignore[attr-defined]


def execute_now() -> None:
    """Execute what :func:`execute_before` was called with, if it wasn't executed yet."""
    connection.execute_now()  # type: ignore[attr-defined]


def leave_out() -> None:
    """Don't execute what :func:`execute_before` was called with, if it wasn't executed yet."""
    connection.leave_out()  # type: ignore[attr-defined]
