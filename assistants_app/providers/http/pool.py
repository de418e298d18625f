"""Connections that wait for another request to the same server."""

import asyncio
import os
import ssl
import time
from functools import cache
from typing import NamedTuple

import httpx2

from assistants_app.providers.http.connection import Connection
from assistants_app.providers.http.dialing import Resolve, connect

# Servers close idle connections after 5 s and more, which is noticed at once. Middleboxes forget
# them without a word, but later than this.
IDLE_SECONDS = 30.0
MOST_IDLE = 512  # to one server; a busy worker needs them again at once


class Origin(NamedTuple):
    """A server. `host` is a name in ASCII, or an address without brackets."""

    scheme: str
    host: str
    port: int


class Pool:
    """The connections of one event loop. Those that were used last are used again first."""

    def __init__(self, *, most: int | None, resolve: Resolve, trust_env: bool) -> None:
        self._room = asyncio.Semaphore(most) if most else None
        self._resolve, self._trust_env = resolve, trust_env
        # The idle ones, each with the time since when. The oldest is the first of its list.
        self._idle: dict[Origin, list[tuple[float, Connection]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def enter(self, seconds: float | None) -> None:
        """Wait until another exchange may begin. Raises ``httpx2.PoolTimeout``."""
        if self._room is None:
            return
        if self._room.locked():
            try:
                async with asyncio.timeout(seconds):
                    await self._room.acquire()
            except TimeoutError as error:
                raise httpx2.PoolTimeout("too many requests at once") from error
        else:
            await self._room.acquire()

    def leave(self) -> None:
        """Make room for another exchange."""
        if self._room is not None:
            self._room.release()

    def take(self, origin: Origin) -> Connection | None:
        """Return an idle connection, or None if there is none."""
        idle = self._idle.get(origin)
        while idle:
            _, connection = idle.pop()
            if connection.is_reusable:
                return connection
        return None

    async def open(self, origin: Origin, seconds: float | None) -> Connection:
        """Return a new connection. Raises ``httpx2.ConnectTimeout`` and ``httpx2.ConnectError``."""
        loop = asyncio.get_running_loop()
        context = None
        try:
            async with asyncio.timeout(seconds):
                if origin.scheme == "https":
                    # In a thread, because building the first one would hold up all streams.
                    context = await asyncio.to_thread(tls_context, trust_env=self._trust_env)
                _, connection = await loop.create_connection(
                    lambda: Connection(loop),
                    sock=await connect(origin.host, origin.port, self._resolve),
                    ssl=context,
                    server_hostname=origin.host if context else None,
                )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(str(error)) from error
        return connection

    def give_back(self, origin: Origin, connection: Connection) -> None:
        """End an exchange. Keeps the connection if it can serve another one."""
        if not connection.finish():
            return
        if self._is_closed:
            connection.close()
            return
        idle = self._idle.setdefault(origin, [])
        idle.append((time.monotonic(), connection))
        if len(idle) > MOST_IDLE:
            idle.pop(0)[1].close()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_old)

    def close(self) -> None:
        """Close the idle connections now, and the others after their exchange."""
        self._is_closed = True
        self._close_idle(since_before=float("inf"))

    def _close_old(self) -> None:
        self._timer = None
        self._close_idle(since_before=time.monotonic() - IDLE_SECONDS)
        if oldest := [idle[0][0] for idle in self._idle.values()]:
            left = min(oldest) + IDLE_SECONDS - time.monotonic()
            self._timer = asyncio.get_running_loop().call_later(max(0, left), self._close_old)

    def _close_idle(self, *, since_before: float) -> None:
        for origin, idle in list(self._idle.items()):
            while idle and (idle[0][0] <= since_before or not idle[0][1].is_reusable):
                idle.pop(0)[1].close()
            if not idle:
                del self._idle[origin]
        if not self._idle and self._timer:
            self._timer.cancel()
            self._timer = None


def tls_context(*, trust_env: bool) -> ssl.SSLContext:
    """Return the settings of TLS connections, with the certificates that the system trusts.

    `trust_env` lets ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name others.
    """
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR") if trust_env else ()
    return _tls_context(trust_env, tuple(map(os.environ.get, names)))


# Building one takes 20 ms.
@cache
def _tls_context(trust_env: bool, named: tuple[str | None, ...]) -> ssl.SSLContext:
    context = httpx2.create_ssl_context(trust_env=trust_env)
    context.set_alpn_protocols(["http/1.1"])
    return context
