"""A transport for clients of `httpx2`."""

from collections.abc import AsyncIterator, Mapping

import httpx2

from assistants_app.providers.http.connection import Connection, NothingReceived
from assistants_app.providers.http.dialing import Resolve, resolve
from assistants_app.providers.http.pool import Origin, Pool

PORTS = {"http": 80, "https": 443}
BODY = "body"  # the extension of responses that `raw_pieces` reads


class Transport(httpx2.AsyncBaseTransport):
    """Sends requests over HTTP/1.1, for use on one event loop. Knows no proxies.

    `httpx2.AsyncHTTPTransport` takes 1 ms of CPU time per request, and looks at all connections of
    the client each time. This one takes a tenth of it, however many there are.
    """

    def __init__(
        self, *, most: int | None = None, trust_env: bool = True, resolve: Resolve = resolve
    ) -> None:
        """Open no connection yet. Carries out up to `most` requests at once.

        `resolve` returns the addresses to which a connection to a host may be made.
        """
        self._pool = Pool(most=most, resolve=resolve, trust_env=trust_env)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response after its head. Raises ``httpx2.TransportError``."""
        origin = _origin_of(request.url)
        message = await _bytes_of(request)
        timeouts = request.extensions.get("timeout", {})
        await self._pool.enter(timeouts.get("pool"))
        try:
            return await self._send(origin, message, timeouts)
        except BaseException:
            self._pool.leave()
            raise

    async def _send(
        self, origin: Origin, message: bytes, timeouts: Mapping[str, float | None]
    ) -> httpx2.Response:
        seconds = timeouts.get("read")
        if (connection := self._pool.take(origin)) is not None:
            try:
                return await self._exchange(connection, origin, message, seconds)
            except NothingReceived:
                # The server closed it in the same moment, as servers do after a while.
                pass
        connection = await self._pool.open(origin, timeouts.get("connect"))
        return await self._exchange(connection, origin, message, seconds)

    async def _exchange(
        self, connection: Connection, origin: Origin, message: bytes, seconds: float | None
    ) -> httpx2.Response:
        try:
            await connection.exchange(message, seconds)
        except BaseException:
            self._pool.give_back(origin, connection)
            raise
        body = Body(self._pool, origin, connection)
        return httpx2.Response(
            connection.status,
            headers=connection.headers,
            stream=body,
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": connection.reason,
                "network_stream": connection,
                BODY: body,
            },
        )

    async def aclose(self) -> None:
        """Close the idle connections."""
        self._pool.close()


class Body(httpx2.AsyncByteStream):
    """The body of a response. Closing it gives its connection back."""

    def __init__(self, pool: Pool, origin: Origin, connection: Connection) -> None:
        self._pool, self._origin = pool, origin
        self._connection: Connection | None = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._connection and (piece := await self._connection.read()):
            return piece
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Give the connection back, or close it if there is more of the body."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.give_back(self._origin, connection)
            self._pool.leave()


def raw_pieces(response: httpx2.Response) -> AsyncIterator[bytes]:
    """Iterate over the body as it was sent. Close the response afterwards.

    Like ``response.aiter_raw()``, but without the three generators that it puts around each piece.
    Raises ``httpx2.TransportError``.
    """
    body: Body | None = response.extensions.get(BODY)
    return response.aiter_raw() if body is None else body


def _origin_of(url: httpx2.URL) -> Origin:
    if url.scheme not in PORTS:
        raise httpx2.UnsupportedProtocol(f"The URL must begin with http:// or https://: {url}")
    host = url.raw_host.decode("ascii").strip("[]")
    return Origin(url.scheme, host, url.port or PORTS[url.scheme])


async def _bytes_of(request: httpx2.Request) -> bytes:
    body = await request.aread()
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    for name, value in request.headers.raw:
        lines.append(b"%s: %s" % (name, value))
    head = b"\r\n".join(lines)
    # A line break in a value would begin another header.
    breaks = len(lines) - 1
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
        raise httpx2.LocalProtocolError("A header has a line break in it.")
    if "transfer-encoding" in request.headers:
        raise httpx2.LocalProtocolError("A request has to have a known length.")
    return b"%s\r\n\r\n%s" % (head, body)
