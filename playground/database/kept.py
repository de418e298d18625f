"""The open connections of a process, shared by its threads."""

import select
import time
from collections import deque
from threading import BoundedSemaphore
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus

from playground.database.direct import DirectStatements

# A connection that is idle for longer is closed. Busy ones are closed after an hour, because what
# the server's process remembers of each statement grows.
IDLE_SECONDS = 300.0
LIFE_SECONDS = 3600.0
# A failed connection that is older belongs to another outage. Longer than an attempt can take.
FORGOTTEN_SECONDS = 60.0


class Kept:
    """An open connection."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection
        self.direct = DirectStatements(connection)
        self.opened_at = self.idle_since = time.monotonic()
        self._socket = select.poll()
        self._socket.register(connection.fileno(), select.POLLIN)

    @property
    def status(self) -> int:
        """The state of the connection's transaction."""
        return self.connection.pgconn.transaction_status

    @property
    def is_alive(self) -> bool:
        """Whether the server has sent nothing, and not closed the connection, since it is idle."""
        # A server that stops says so and closes the socket. One look at the socket takes 1 µs and
        # no round trip. Any other message, such as a changed setting, also costs the connection.
        return not self._socket.poll(0)

    @property
    def is_reusable(self) -> bool:
        """Whether the next thread finds the connection as a new one."""
        # The status is UNKNOWN for a connection that is closed or broken.
        return (
            self.status == TransactionStatus.IDLE
            and self.connection.autocommit
            and time.monotonic() - self.opened_at < LIFE_SECONDS
        )


class Outage:
    """How long the server hasn't accepted connections."""

    def __init__(self) -> None:
        self._since = self._failed_at = 0.0

    def may_wait(self, seconds: float) -> bool:
        """Note a failed connection. Return whether the first one was less than `seconds` ago."""
        # From the first failure of the process, not of each thread: with requests that all wait,
        # those behind them would wait for them, too.
        now = time.monotonic()
        if not self._since or now - self._failed_at > FORGOTTEN_SECONDS:
            self._since = now
        self._failed_at = now
        return now < self._since + seconds

    def end(self) -> None:
        """Note that a connection was opened."""
        self._since = 0.0


class KeptConnections:
    """Up to `most` connections, used by one thread each at a time."""

    def __init__(self, most: int, timeout: float) -> None:
        self._most = most
        self._timeout = timeout
        self._slots = BoundedSemaphore(most)
        # The last one that was used is taken first, so that those too many grow old.
        self._idle: deque[Kept] = deque()
        self.outage = Outage()

    def take(self) -> Kept | None:
        """Return an idle connection, or None if the caller shall open one.

        Either must come back, by :meth:`give` or :meth:`give_up`. Raises ``OperationalError`` if
        all connections are in use for `timeout` seconds.
        """
        if not self._slots.acquire(timeout=self._timeout):
            raise OperationalError(
                f"All {self._most} database connections of this process were in use for "
                f"{self._timeout:g} seconds."
            )
        while True:
            try:
                kept = self._idle.pop()
            except IndexError:
                return None
            if kept.is_alive:
                return kept
            kept.connection.close()

    def give(self, kept: Kept) -> None:
        """Take a connection back. It is closed if another thread couldn't use it."""
        try:
            if kept.is_reusable:
                kept.idle_since = time.monotonic()
                self._idle.append(kept)
            else:
                kept.connection.close()
        finally:
            self._slots.release()
        self._close_oldest()

    def give_up(self) -> None:
        """Note that the caller of :meth:`take` could open no connection."""
        self._slots.release()

    def close(self) -> None:
        """Close the connections that are idle."""
        while self._idle:
            self._idle.pop().connection.close()

    def forget(self) -> None:
        """Forget all connections, which belong to the process that this one was forked from."""
        self._idle.clear()
        self._slots = BoundedSemaphore(self._most)

    def _close_oldest(self) -> None:
        # One at a time is enough: a connection is given back for each that is taken.
        try:
            if time.monotonic() - self._idle[0].idle_since > IDLE_SECONDS:
                self._idle.popleft().connection.close()
        except IndexError:
            return  # another thread was faster
