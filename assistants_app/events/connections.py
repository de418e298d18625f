"""Bare connections to Redis for the event log: one that waits, and one on an event loop.

Each token passes through them. redis-py's client and PubSub took 0.07 ms of CPU to write a token
and 0.06 ms to read it (docs/adr/0018). Everything rare uses redis-py (`redis_client`).
"""

import asyncio
import contextlib
import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self, cast

import hiredis
from django.conf import settings
from redis.asyncio.connection import SSLConnection
from redis.connection import parse_url

CONNECT_SECONDS = 2.0
REPLY_SECONDS = 5.0
_CHUNK = 65536
_NOTHING_YET: Final = object()

Argument = str | bytes | int
Command = tuple[Argument, ...]


class ReplyError(Exception):
    """Redis refused a command. The message begins with a code, such as ``OOM`` or ``NOSCRIPT``."""


@dataclass(frozen=True, slots=True)
class _Address:
    """Where Redis is, and the commands that open a session there."""

    path: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    session: tuple[Command, ...]


@lru_cache(maxsize=4)
def _address(url: str) -> _Address:
    options: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
    session: list[Command] = []
    if password := options.get("password"):
        name = options.get("username")
        session.append(("AUTH", name, password) if name else ("AUTH", password))
    if database := int(options.get("db") or 0):
        session.append(("SELECT", database))
    tls = None
    if "SSL" in getattr(options.get("connection_class"), "__name__", ""):
        # redis-py knows all options that a rediss:// URL can have.
        given = {name: value for name, value in options.items() if name.startswith("ssl_")}
        tls = SSLConnection(**given).ssl_context.get()
    return _Address(
        options.get("path", ""),
        options.get("host", "localhost"),
        int(options.get("port", 6379)),
        tls,
        tuple(session),
    )


class Connection:
    """A connection for one thread at a time, opened by its first call."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._reader = _new_reader()

    def call(self, *arguments: Argument) -> Any:
        """Send a command, and return its reply.

        Raises :class:`ReplyError` if Redis refuses it, and ``OSError`` if Redis can't be reached:
        then it may or may not have been carried out.
        """
        try:
            return self._exchange(self._opened(), arguments)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection. The next call opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __del__(self) -> None:
        # Of a forked process, which leaves the connection to its parent.
        self.close()

    def _opened(self) -> socket.socket:
        if self._socket is None:
            address = _address(settings.REDIS_URL)
            self._socket, self._reader = _connected(address), _new_reader()
            try:
                for command in address.session:
                    self._exchange(self._socket, command)
            except ReplyError:
                # Such as LOADING. The connection would go on in another database.
                self.close()
                raise
        return self._socket

    def _exchange(self, connected: socket.socket, command: Command) -> Any:
        connected.sendall(_packed(command))
        while (reply := self._reader.gets()) is _NOTHING_YET:
            received = connected.recv(_CHUNK)
            if not received:
                raise ConnectionError("Redis closed the connection.")
            self._reader.feed(received)
        if isinstance(reply, ReplyError):
            raise reply
        return reply


def _connected(address: _Address) -> socket.socket:
    if address.path:
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(CONNECT_SECONDS)
        try:
            connected.connect(address.path)
        except OSError:
            connected.close()
            raise
    else:
        connected = socket.create_connection((address.host, address.port), CONNECT_SECONDS)
        _tune(connected)
        if address.tls:
            connected = address.tls.wrap_socket(connected, server_hostname=address.host)
    connected.settimeout(REPLY_SECONDS)
    return connected


def _tune(connected: socket.socket) -> None:
    # Tokens don't wait for the next packet, and a server that vanished is noticed.
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def _packed(command: Command) -> bytes:
    return cast(bytes, hiredis.pack_command(cast(Any, command)))


def _new_reader() -> hiredis.Reader:
    return hiredis.Reader(
        replyError=ReplyError, protocolError=ConnectionError, notEnoughData=_NOTHING_YET
    )


class LoopConnection(asyncio.Protocol):
    """A connection of the running event loop, which also receives what is published.

    `on_push` is called with each message that Redis sends by itself, as a list. `lost` is done when
    the connection has ended.
    """

    def __init__(self, on_push: Callable[[list[Any]], None]) -> None:
        self._on_push = on_push
        self._reader = _new_reader()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[None] = self._loop.create_future()

    @classmethod
    async def open(cls, on_push: Callable[[list[Any]], None]) -> Self:
        """Connect. Raises ``OSError`` or :class:`ReplyError`."""
        address = _address(settings.REDIS_URL)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS):
            if address.path:
                _, opened = await loop.create_unix_connection(lambda: cls(on_push), address.path)
            else:
                _, opened = await loop.create_connection(
                    lambda: cls(on_push), address.host, address.port, ssl=address.tls
                )
            # Version 3 of the protocol lets a connection that has subscriptions send commands.
            try:
                for command in (*address.session, ("HELLO", 3)):
                    await opened.call(command)
            except BaseException:
                opened.close()
                raise
        return opened

    def send(self, *commands: Command) -> None:
        """Send commands that have no reply of their own, such as SUBSCRIBE."""
        if self._transport is not None:
            self._transport.write(b"".join(map(_packed, commands)))

    def call(self, command: Command) -> asyncio.Future[Any]:
        """Send a command. The future has its reply, or raises like :meth:`Connection.call`."""
        reply: asyncio.Future[Any] = self._loop.create_future()
        if self._transport is None or self._transport.is_closing():
            reply.set_exception(ConnectionError("The connection to Redis is closed."))
        else:
            self._waiting.append(reply)
            self._transport.write(_packed(command))
        return reply

    def close(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        connected = transport.get_extra_info("socket")
        # The sockets that uvloop shows don't all have options. It sets TCP_NODELAY itself.
        with contextlib.suppress(AttributeError, TypeError):
            if connected.family != socket.AF_UNIX:
                _tune(connected)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not _NOTHING_YET:
            if isinstance(reply, hiredis.PushNotification):
                self._on_push(reply)
                continue
            waiting = self._waiting.popleft()
            if waiting.done():
                continue  # nobody waits for it any more
            if isinstance(reply, ReplyError):
                waiting.set_exception(reply)
            else:
                waiting.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(ConnectionError(f"Lost the connection to Redis: {error}"))
        self._waiting.clear()
        with contextlib.suppress(asyncio.InvalidStateError):
            self.lost.set_result(None)
