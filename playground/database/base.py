"""A thread holds a connection only during a statement or a transaction.

Nobody has to give connections back: a thread that waits for a model, the event log or a slow client
holds none, because it is in no transaction then.
"""

import atexit
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError as WrappedError
from django.db.backends.postgresql import base
from django.db.backends.postgresql.features import DatabaseFeatures
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.utils import CursorWrapper
from django.utils.asyncio import async_unsafe
from psycopg import OperationalError
from psycopg.pq import TransactionStatus

from playground.database.cursors import BindingCursor
from playground.database.direct import Call
from playground.database.kept import Kept, KeptConnections

TIMEOUT = 30.0  # seconds that a thread waits for a connection
# Seconds between two attempts to open a connection.
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25

_all: dict[str, KeptConnections] = {}


def _forget_all() -> None:
    for kept in _all.values():
        kept.forget()


def close_all() -> None:
    """Close the idle connections of this process."""
    for kept in _all.values():
        kept.close()


os.register_at_fork(after_in_child=_forget_all)
atexit.register(close_all)


class Cursor(CursorWrapper):
    """A cursor that gives its connection back when it is closed, outside a transaction."""

    db: "DatabaseWrapper"

    def __init__(self, cursor: Any, db: "DatabaseWrapper") -> None:
        super().__init__(cursor, db)
        self._kept: Kept | None = db.cursor_opened()

    @contextmanager
    def copy(self, statement: Any, *args: Any, **options: Any) -> Iterator[Any]:
        """Begin a COPY, whose errors are Django's like those of other statements."""
        with self.db.wrap_database_errors, self.cursor.copy(statement, *args, **options) as copy:
            yield copy

    def close(self) -> None:
        """Close the cursor."""
        try:
            self.cursor.close()
        finally:
            if kept := self._kept:
                self._kept = None
                self.db.cursor_closed(kept)


class LoggingCursor(base.CursorDebugWrapper, Cursor):
    """The same for ``connection.queries``, which tests count."""


class Features(DatabaseFeatures):
    """What the server can do. Parameters that it binds itself are counted in 16 bits."""

    max_query_params = 2**16 - 1


class Operations(DatabaseOperations):
    """How statements are written."""

    def bulk_batch_size(self, fields: Any, objs: Any) -> int:
        """Return the number of rows that one statement can insert."""
        return Features.max_query_params // max(len(fields), 1)


class DatabaseWrapper(base.DatabaseWrapper):
    """A thread's way to the database."""

    features_class = Features
    ops_class = Operations

    _kept: Kept | None = None
    _open_cursors = 0
    _before: Call | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Return what psycopg needs to open a connection."""
        params = super().get_connection_params()
        if self.features.uses_server_side_binding:
            params["cursor_factory"] = BindingCursor
        return params

    # Taking and giving back.

    @property
    def _connections(self) -> KeptConnections | None:
        most = self.settings_dict.get("MAX_CONNECTIONS")
        name = self.settings_dict["NAME"]
        # Without a name it is for a moment, to create or drop the databases of tests.
        if not most or not name:
            return None
        # By name, because tests change it.
        if (known := _all.get(name)) is None:
            known = _all.setdefault(name, KeptConnections(most, TIMEOUT))
        return known

    @async_unsafe
    def connect(self) -> None:
        """Take an open connection, or open one."""
        connections = self._connections
        if connections is None:
            super().connect()
            return
        kept = connections.take()
        if kept is None:
            try:
                self._open(connections)
                self._kept = Kept(self.connection)
            except BaseException:
                connections.give_up()
                raise
        else:
            # What Django's method sets for a new connection, which takes 40 µs.
            self._kept, self.connection = kept, kept.connection
            self.in_atomic_block, self.needs_rollback = False, False
            self.closed_in_transaction, self.errors_occurred = False, False
            self.savepoint_ids, self.atomic_blocks, self.run_on_commit = [], [], []
            self.autocommit = True
        self._open_cursors = 0

    def _open(self, connections: KeptConnections) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                super().connect()
            except (OperationalError, WrappedError):
                # A server that restarts is back in a moment, and no statement has failed yet.
                self.connection = None
                if not connections.outage.may_wait(self.settings_dict.get("PATIENCE") or 0.0):
                    raise
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                connections.outage.end()
                return

    def _close(self) -> None:
        kept, self._kept = self._kept, None
        connections = self._connections
        if kept is None or connections is None:
            if self.connection is not None:
                self.connection.close()
            return
        with self.wrap_database_errors:
            connections.give(kept)

    def close_pool(self) -> None:
        """Close the idle connections."""
        close_all()

    def _give_back(self) -> None:
        if self._kept and self.autocommit and not self.in_atomic_block and not self._open_cursors:
            self._close()
            self.connection = None

    # Statements that every run needs.

    def execute_before(self, statement: str, parameters: Sequence[Any]) -> None:
        """Execute this in the round trip of the thread's next statement, and committed before it.

        If that never comes, :meth:`leave_out` has to be called.
        """
        self._before = statement, parameters

    def execute_now(self) -> None:
        """Execute what :meth:`execute_before` was called with, if it wasn't executed yet."""
        if before := self._before:
            self._before = None
            self.fetch_all(*before)

    def leave_out(self) -> None:
        """Don't execute what :meth:`execute_before` was called with, if it wasn't executed yet."""
        self._before = None

    def fetch_all(
        self, statement: str, parameters: Sequence[Any], *, ends: bool = False
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a prepared statement.

        The first of a transaction begins it in the same round trip. One that `ends` the outermost
        transaction commits it, unless it fails. Nothing may be executed after it.
        """
        self.ensure_connection()
        kept = self._kept
        if kept and self._prepares and not (self.queries_logged or self.execute_wrappers):
            self.validate_no_broken_transaction()
            begun = not self.autocommit and self.in_atomic_block
            before, self._before = self._before, None
            try:
                with self.wrap_database_errors:
                    rows = kept.direct.fetch_all(
                        (statement, parameters),
                        begin=begun and self._is_idle,
                        # Tests begin a transaction around all others.
                        commit=begun and ends and len(self.atomic_blocks) == 1,
                        before=before,
                    )
            finally:
                self._give_back()
            if rows is not None:
                return rows
            self._before = before
        with self.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def fetch_each(self, *calls: Call) -> list[list[tuple[Any, ...]]]:
        """Return the rows of prepared statements, each a transaction of its own, after one trip.

        In a transaction, they are part of it.
        """
        self.ensure_connection()
        kept, found = self._kept, None
        is_first = self.in_atomic_block and self._is_idle
        if (
            kept
            and self._prepares
            and not (is_first or self._before or self.queries_logged or self.execute_wrappers)
        ):
            self.validate_no_broken_transaction()
            try:
                with self.wrap_database_errors:
                    found = kept.direct.fetch_each(calls)
            finally:
                self._give_back()
        return [self.fetch_all(*call) for call in calls] if found is None else found

    def _cursor(self, name: str | None = None) -> CursorWrapper:
        if before := self._before:
            self._before = None
            self._execute_alone(before)
        cursor: CursorWrapper = super()._cursor(name)  # type: ignore[misc]
        return cursor

    def _execute_alone(self, call: Call) -> None:
        self.ensure_connection()
        # Not in a transaction whose first statement is still to come.
        waits = not self.autocommit and self._is_idle
        if waits:
            self._set_autocommit(True)
        try:
            with super()._cursor() as cursor:  # type: ignore[misc]
                cursor.execute(*call)
        finally:
            if waits:
                self._set_autocommit(False)

    @property
    def _prepares(self) -> bool:
        return bool(self.settings_dict["OPTIONS"].get("server_side_binding"))

    # When a statement or a transaction ends.

    def cursor_opened(self) -> Kept | None:
        """Note that a cursor was opened. Return its connection."""
        self._open_cursors += 1
        return self._kept

    def cursor_closed(self, kept: Kept) -> None:
        """Note that a cursor of this connection was closed."""
        if kept is self._kept:
            self._open_cursors -= 1
            self._give_back()

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        """Return a cursor without logging."""
        return Cursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> LoggingCursor:
        """Return a cursor that logs its statements."""
        return LoggingCursor(cursor, self)

    def get_autocommit(self) -> bool:
        """Return whether each statement is a transaction. That takes no connection."""
        return self.autocommit if self.connection is not None else True

    def set_autocommit(self, autocommit: bool, *args: Any, **options: Any) -> None:
        """Begin or end a transaction."""
        if autocommit and self.connection is None:
            # A transaction that lost its connection ends. That needs no other one.
            self.autocommit = True
            return
        super().set_autocommit(autocommit, *args, **options)
        self._give_back()

    def _set_autocommit(self, autocommit: bool) -> None:
        if self._is_idle:
            # psycopg's own setter waits for its lock and asks for the state once more, which takes
            # 7 µs. A transaction has two of these.
            self.connection._autocommit = autocommit
        else:
            super()._set_autocommit(autocommit)  # type: ignore[misc]

    def _commit(self) -> None:
        # Its last statement may have ended the transaction.
        if not self._is_idle:
            super()._commit()  # type: ignore[misc]

    @property
    def _is_idle(self) -> bool:
        # No statement of a transaction was executed yet.
        kept = self._kept
        return kept is not None and kept.status == TransactionStatus.IDLE

    def run_and_clear_commit_hooks(self) -> None:
        """Do what waited for the commit. It may take long, so the connection is given back."""
        self._give_back()
        super().run_and_clear_commit_hooks()
