"""One HTTP/1.1 connection of a client, which serves one request after another.

It reads with llhttp, the parser of Node.js, and calls no coroutine per piece.
"""

import asyncio

import httptools
import httpx2

# Bytes of a response's head or trailers, with the interim responses before them.
LARGEST_HEAD = 100 * 1024
# Bytes of a body that nobody has read yet. Above it, the server has to wait.
MOST_UNREAD = 256 * 1024
NO_RESPONSE = "the server closed the connection without a response"
CUT_SHORT = "the server closed the connection before the end of its response"


class NothingReceived(httpx2.RemoteProtocolError):
    """Raised if the connection ends without a byte of the response."""


class Connection(asyncio.Protocol):
    """Sends a request and reads its response. Belongs to the event loop that opened it."""

    status: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parser = httptools.HttpResponseParser(self)
        # What servers send although they shouldn't. This is no danger here: nothing is passed on
        # to another connection, and none of it reaches a second request.
        self._parser.set_dangerous_leniencies(
            lenient_chunked_length=True,
            lenient_data_after_close=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self._transport: asyncio.Transport | None = None
        self._is_open = False
        self._is_busy = False
        self._waiting: asyncio.Future[None] | None = None
        self._waiting_since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._seconds: float | None = None
        self._begin()

    def _begin(self) -> None:
        # Everything that belongs to one response.
        self.status, self.reason, self.headers = 0, b"", []
        self._has_head = self._is_complete = self._keeps_alive = False
        self._is_silent = True
        self._error: httpx2.TransportError | None = None
        self._pieces: list[bytes] = []
        self._unread = self._headerless = self._received = 0
        self._is_paused = False

    @property
    def is_reusable(self) -> bool:
        """Whether another request can be sent."""
        return self._is_open and not self._is_busy

    def get_extra_info(self, name: str) -> object:
        """Return information about the socket, as transports of asyncio do."""
        return self._transport.get_extra_info(name) if self._transport else None

    async def exchange(self, request: bytes, seconds: float | None) -> None:
        """Send a request and wait for the head of its response.

        The server may be silent for `seconds`, now and between two pieces of the body. Raises
        ``httpx2.TransportError``.
        """
        assert self._transport is not None
        self._begin()
        self._is_busy = True
        self._seconds = seconds
        if seconds is not None:
            self._timer = self._loop.call_later(seconds, self._look_at_clock)
        self._transport.write(request)
        while not self._has_head:
            if self._error:
                raise self._error
            await self._wait()

    async def read(self) -> bytes:
        """Return the next piece of the body, or nothing at its end.

        Raises ``httpx2.TransportError``.
        """
        while not self._pieces:
            if self._error:
                raise self._error
            if self._is_complete:
                return b""
            await self._wait()
        pieces = self._pieces
        piece = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._pieces, self._unread = [], 0
        if self._is_paused and self._transport:
            self._is_paused = False
            self._transport.resume_reading()
        return piece

    def finish(self) -> bool:
        """End the exchange, and return whether another one can follow.

        If not, because there is more of the response for example, the connection is closed.
        """
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._is_busy = False
        transport = self._transport
        if self._is_open and self._is_complete and self._keeps_alive and not self._error:
            assert transport is not None
            # A server may respond before it has the whole request.
            if not transport.is_closing() and not transport.get_write_buffer_size():
                self._pieces.clear()
                if self._is_paused:
                    transport.resume_reading()
                return True
        self.close()
        return False

    def close(self) -> None:
        """Close the connection, without waiting for it."""
        self._is_open = False
        if self._transport is None:
            return
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()

    async def _wait(self) -> None:
        self._waiting = self._loop.create_future()
        self._waiting_since = self._loop.time()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    def _look_at_clock(self) -> None:
        # One timer per exchange instead of one per piece: it is set again for what is left.
        assert self._seconds is not None
        left = self._seconds
        if self._waiting:
            left -= self._loop.time() - self._waiting_since
        if left <= 0:
            self._timer = None
            self._fail(httpx2.ReadTimeout(f"nothing was received for {self._seconds:g} s"))
        else:
            self._timer = self._loop.call_later(left, self._look_at_clock)

    def _fail(self, error: httpx2.TransportError) -> None:
        if not self._error and not self._is_complete:
            self._error = error
        self.close()
        self._wake()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._is_open = True

    def data_received(self, data: bytes) -> None:
        if not self._is_busy or self._error:
            # A response that nobody asked for.
            self.close()
            return
        self._is_silent = False
        self._headerless += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(httpx2.RemoteProtocolError("the server went on in another protocol"))
            return
        except httptools.HttpParserError as error:
            what = "response" if self.reason or self.headers or self._has_head else "status line"
            self._fail(httpx2.RemoteProtocolError(f"illegal {what}: {error}"))
            return
        if self._headerless > LARGEST_HEAD:
            self._fail(httpx2.RemoteProtocolError("the head of the response is too large"))
            return
        if self._unread > MOST_UNREAD and not self._is_paused and self._transport:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        # asyncio closes the connection then, but later, and it must not be used meanwhile.
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc)
        self._transport = None

    def _end(self, exc: Exception | None) -> None:
        self._is_open = False
        if not self._is_busy or self._is_complete:
            return
        headers = {name.lower(): value for name, value in self.headers}
        expected = headers.get(b"content-length", b"").decode("ascii", "replace")
        if exc is not None:
            said = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
        elif self._is_silent:
            said = NO_RESPONSE
        elif expected:
            said = f"{CUT_SHORT}: received {self._received} bytes, expected {expected}"
        elif self._has_head and b"transfer-encoding" not in headers:
            # RFC 9112, section 6.3: the body ends with the connection.
            self._is_complete = True
            self._wake()
            return
        else:
            said = CUT_SHORT
        self._fail((NothingReceived if self._is_silent else httpx2.RemoteProtocolError)(said))

    # Called by the parser.

    def on_message_begin(self) -> None:
        if self._is_complete:
            # A second response, which nobody asked for.
            self._keeps_alive = False

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        # Those after the body are trailers, which have nothing that is needed.
        if not self._has_head:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._has_head:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            # "100 Continue", for example: the response is still to come.
            self.reason, self.headers = b"", []
            return
        self.status = status
        self._keeps_alive = self._parser.should_keep_alive()
        self._has_head = True
        self._headerless = 0

    def on_body(self, body: bytes) -> None:
        if self._is_complete:
            return
        self._pieces.append(body)
        self._unread += len(body)
        self._received += len(body)
        self._headerless = 0

    def on_message_complete(self) -> None:
        if self._has_head:
            self._is_complete = True
