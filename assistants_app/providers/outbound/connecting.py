"""Connect to a host at one of its addresses, after a look at each of them."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any, TypeVar

import httpcore2

from assistants_app.providers.outbound.errors import AddressDenied
from assistants_app.providers.outbound.networks import NetworkRules

logger = logging.getLogger(__name__)

# The next address is tried after this time, as RFC 8305 recommends.
NEXT_ADDRESS_SECONDS = 0.25
# Apart from the loop's own threads: a name server that never answers holds one for many seconds.
_lookups = ThreadPoolExecutor(32, thread_name_prefix="dns")

T = TypeVar("T")
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


async def checked_addresses(host: str, port: int, rules: NetworkRules) -> list[str]:
    """Return the addresses of a host to which the rules permit a connection, in the usual order.

    Connect to these and not to the name, which may have another address a moment later. Raises
    :class:`AddressDenied` if none is left, and :class:`OSError` if the name can't be looked up.
    """
    found = await _look_up(host, port)
    permitted = [text for text in found if rules.permit(ip_address(text))]
    if not permitted:
        # For the operator. The person who entered the name must not learn its address this way.
        logger.warning("No connection to %s: %s isn't permitted.", host, ", ".join(found))
        raise AddressDenied(f"The address of {host} isn't permitted.")
    return permitted


async def _look_up(host: str, port: int) -> list[str]:
    try:
        return [str(ip_address(host))]
    except ValueError:
        # Also numbers such as 2852039166 and 0xa9fea9fe, which the C library takes for addresses.
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(_lookups, _rows_of, host, port)
    return list(dict.fromkeys(str(address[0]) for *_, address in rows))


def _rows_of(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def permits_literal(host: str, rules: NetworkRules) -> bool:
    """Return False if the host is an address, in any notation, that the rules deny.

    For requests through a proxy, which looks names up itself.
    """
    try:
        rows = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return True
    return all(rules.permit(ip_address(address[0])) for *_, address in rows)


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections of a pool, to permitted addresses alone."""

    def __init__(self, rules: NetworkRules) -> None:
        self._rules = rules
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the pool's interface)
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that accepts. Raises what a pool expects."""
        options = list(socket_options or ())

        async def connect(address: str) -> httpcore2.AsyncNetworkStream:
            try:
                return await self._sockets.connect_tcp(
                    address, port, local_address=local_address, socket_options=options
                )
            except httpcore2.ConnectError as error:
                raise httpcore2.ConnectError(_words_of(error)) from error

        try:
            async with asyncio.timeout(timeout):
                addresses = await checked_addresses(host, port, self._rules)
                return await _first(connect, addresses)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 (the pool's interface)
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raise an error: a base URL can't name a socket."""
        raise httpcore2.UnsupportedProtocol(f"No endpoint is at a socket such as {path}.")

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts of the pool."""
        await asyncio.sleep(seconds)


def _words_of(error: BaseException) -> str:
    # The system's error is the last cause. Those above it say only that an attempt failed.
    while error.__cause__ is not None:
        error = error.__cause__
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number and number > 0 else str(error)


async def _first(
    connect: Callable[[str], Awaitable[httpcore2.AsyncNetworkStream]], addresses: Sequence[str]
) -> httpcore2.AsyncNetworkStream:
    # Returns the connection that is made first. With one address, and usually with several, the
    # first attempt succeeds before another begins.
    waiting = list(addresses)
    running: set[asyncio.Future[httpcore2.AsyncNetworkStream]] = set()
    failure: BaseException | None = None
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.ensure_future(connect(waiting.pop(0))))
            done, running = await asyncio.wait(
                running,
                timeout=NEXT_ADDRESS_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            connected = [attempt.result() for attempt in done if attempt.exception() is None]
            for spare in connected[1:]:
                await spare.aclose()
            if connected:
                return connected[0]
            failure = next((attempt.exception() for attempt in done), failure)
    finally:
        for attempt in running:
            attempt.cancel()
            attempt.add_done_callback(_close_late)
    assert failure is not None, "a host has at least one address"
    raise failure


def _close_late(attempt: "asyncio.Future[httpcore2.AsyncNetworkStream]") -> None:
    # A connection that was made at the moment of the cancel has no other owner.
    if not attempt.cancelled() and attempt.exception() is None:
        asyncio.ensure_future(attempt.result().aclose())
