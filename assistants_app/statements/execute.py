"""Execution of a statement."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# Makes a statement, or its transaction, not wait for the disk. What it wrote may be missing after a
# crash of the database, but only with everything that was written later.
WITHOUT_WAITING = "quick AS (SELECT set_config('synchronous_commit', 'off', true))"


def fetch_all(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of the statement's result."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def fetch(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """Return the first row of the statement's result, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
