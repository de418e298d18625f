"""The connection of an HTTP client: how long it may take, and how a request is refused."""

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

from twisted.web import http

from assistants_app.api.responses import error_response
from assistants_app.domain.errors import ApiError
from playground.addresses import Addresses, Seat
from playground.door import Ask, Door, Head, head_of
from playground.transport import StreamedRequest
from playground.websockets import send_at_once

logger = logging.getLogger(__name__)

# Twisted declares the types of a few of its methods only.
HTTPChannel: Any = http.HTTPChannel

# A phone with a bad line sends faster than this.
SLOWEST = 1000  # bytes a second, on average of `Seconds.body`
# A client that is still sending would lose the response if its connection were cut at once.
LINGER_SECONDS = 10
REFUSED_SECONDS = 2  # the same for connections that are refused as a whole


@dataclass(frozen=True)
class Seconds:
    """How long a connection may take for all headers of a request, to begin the next request, and
    for `SLOWEST` times as many bytes of a body.
    """

    header: float
    idle: float
    body: float


class Phase(Enum):
    """What a connection is waiting for."""

    IDLE = "a request"
    HEADERS = "the rest of the headers"
    BODY = "the rest of the body"
    HANDLED = "the response"
    ENDING = "the client to close it"


class Channel(HTTPChannel):
    """A connection with limits of time, whose requests pass a :class:`Door` before their bodies.

    A body that isn't wanted, too large or too slow is not read to its end. The application gets the
    request without it, and an error if it tries to read it, so that it makes the response.
    """

    # Twisted has one limit of time, which each byte prolongs: one byte a minute kept a connection
    # for ever. It passes a request on, even of a stranger, when all of its body is there.

    seconds: Seconds
    door: Door
    addresses: Addresses | None = None  # None counts no connections
    requestFactory = StreamedRequest
    length: int | None
    _abortingCall: Any

    def __init__(self) -> None:
        super().__init__()
        self.timeOut = self.seconds.header
        self._phase = Phase.IDLE
        self._seat: Seat | None = None
        self._ask: Ask | None = None
        self._asking: asyncio.Task[None] | None = None
        self._owes_continue = False
        self._received = 0  # bytes of the body since the limit of time was set
        self._drops = False  # what the client still sends
        self._head = b""  # of a response, which is sent with the first part of its body

    def connectionMade(self) -> None:
        """Take a seat, or refuse the connection."""
        super().connectionMade()
        host = getattr(self.transport.getPeer(), "host", None)
        if self.addresses is None or host is None:
            return
        self._seat = self.addresses.enter(host)
        if self._seat.is_far_beyond:
            self.transport.abortConnection()
        elif self._seat.is_beyond:
            self._answer(_too_many_connections(), REFUSED_SECONDS)

    def connectionLost(self, reason: Any) -> None:
        """Leave the seat."""
        self._phase = Phase.ENDING
        if seat := self.give_seat():
            seat.leave()
        super().connectionLost(reason)

    def give_seat(self) -> Seat | None:
        """Return the connection's seat, which the caller leaves from now on."""
        seat, self._seat = self._seat, None
        return seat

    def dataReceived(self, data: bytes) -> None:
        """Read a part of a request, and ask whether the rest may come."""
        if self._drops:
            return
        super().dataReceived(data)
        # Most bodies come with their headers, and are read already.
        if self._ask is not None and self._phase is Phase.BODY:
            self._networkProducer.pauseProducing()
            asking = self._ask_door(self._ask, self.requests[-1])
            # Kept, because the event loop alone wouldn't keep it from being collected.
            self._asking = asyncio.get_event_loop().create_task(asking)
        self._ask = None

    def resetTimeout(self) -> None:
        """Begin to count when the first byte of a request comes. Twisted calls this for each."""
        if self._phase is Phase.IDLE:
            self._wait_for(Phase.HEADERS, self.seconds.header)

    def allHeadersReceived(self) -> None:
        """Look at the headers. Twisted reads the body next."""
        request = self.requests[-1]
        if self.length == 0:
            super().allHeadersReceived()
            return
        head = self._head_of(request)
        request.largest_body = self.door.largest_body(head)
        verdict = self.door.check(head)
        if isinstance(verdict, ApiError):
            self._leave_body(request, verdict)
            # Twisted goes on as after a body that has ended.
            self.length = 0
        else:
            self._ask = verdict
            self._received = 0
            self._wait_for(Phase.BODY, self.seconds.body)
        super().allHeadersReceived()

    def lineLengthExceeded(self, _line: bytes) -> None:
        """Refuse a first line or header that is too long. Twisted would only close."""
        self._refuse_headers(_too_long())

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted's response has no body.
        too_many = self._receivedHeaderCount > self.maxHeaders
        too_long = self._receivedHeaderSize > self.totalHeadersSize
        self._refuse_headers(_too_long() if too_many or too_long else _not_http())

    def _refuse_headers(self, error: ApiError) -> None:
        # Twisted would go on with the lines that are there already.
        self.clearLineBuffer()
        if not self._drops:
            self._answer(error, LINGER_SECONDS)

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """Return whether the connection stays open after the response. Twisted calls this."""
        return not self._drops and bool(super().checkPersistence(request, version))

    def rawDataReceived(self, data: bytes) -> None:
        """Read a part of the body, unless the client sends too much."""
        if self._drops:
            return
        self._received += len(data)
        super().rawDataReceived(data)
        if self._phase is Phase.BODY and self.requests[-1].refusal:
            self._refuse(self.requests[-1].refusal)

    def allContentReceived(self) -> None:
        """Pass the request on. Twisted calls this."""
        self._phase = Phase.HANDLED
        super().allContentReceived()

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Any) -> None:
        """Keep the head of a response until :meth:`write` or :meth:`flush`."""
        lines = [b"%b %b %b" % (version, code, reason)]
        for name, values in headers.getAllRawHeaders():
            lines += [b"%b: %b" % (name, value) for value in values]
        self._head = b"\r\n".join((*lines, b"", b""))

    def write(self, data: bytes) -> None:
        """Send a part of a response."""
        head, self._head = self._head, b""
        send_at_once(self.transport, head + data if head else data)

    def writeSequence(self, iovec: list[bytes]) -> None:
        """Send a chunk of a stream: its length, its data and its end."""
        self.write(b"".join(iovec))

    def flush(self) -> None:
        """Send the head of a response that has no body yet."""
        if self._head:
            self.write(b"")

    def requestDone(self, request: Any) -> None:
        """Wait for the next request. Twisted calls this after the response."""
        self.flush()
        if self.persistent:
            self._phase = Phase.IDLE
            self._savedTimeOut = self.seconds.idle
        super().requestDone(request)

    def timeoutConnection(self) -> None:
        """Refuse a request that takes too long, or close an idle connection."""
        if self._phase is Phase.BODY:
            enough = self._received >= SLOWEST * self.seconds.body
            if enough or self._asking is not None:
                self._received = 0
                self.setTimeout(self.seconds.body)
            else:
                self._refuse(_too_slow())
        elif self._phase is Phase.HEADERS:
            self._answer(_too_slow(), LINGER_SECONDS)
        else:
            # Without an answer: to some clients it would look like that of their next request.
            super().timeoutConnection()

    def loseConnection(self) -> None:
        """Close the connection when everything is sent."""
        if not self._drops:
            super().loseConnection()
            return
        self._linger(LINGER_SECONDS)

    def _wait_for(self, phase: Phase, seconds: float) -> None:
        self._phase = phase
        self.setTimeout(seconds)

    def _head_of(self, request: Any) -> Head:
        headers = [
            (name, value)
            for name, values in request.requestHeaders.getAllRawHeaders()
            for value in values
        ]
        return head_of(self._command, self._path, headers, self.length)

    async def _ask_door(self, ask: Ask, request: Any) -> None:
        refusal: ApiError | None
        try:
            refusal = await ask()
        except Exception as error:  # noqa: BLE001 - the application meets it too, and answers
            logger.warning("Couldn't find out whose request this is: %s", error)
            refusal = ApiError(
                "The server is busy. Try again in a moment.", type="server_error", http_status=503
            )
        self._asking = None
        if self._phase is not Phase.BODY or self.requests[-1:] != [request]:
            return
        if refusal:
            self._refuse(refusal)
        elif self._owes_continue:
            self._send100Continue()
        if not self._waitingForTransport:
            self._networkProducer.resumeProducing()

    def _send100Continue(self) -> None:
        # Not before it is clear that the body may come.
        self._owes_continue = self._ask is not None
        if not self._owes_continue and not self._drops:
            super()._send100Continue()

    def _refuse(self, refusal: ApiError) -> None:
        """Pass the request on without the rest of its body."""
        self._leave_body(self.requests[-1], refusal)
        self.allContentReceived()

    def _leave_body(self, request: Any, refusal: ApiError) -> None:
        request.refuse(refusal)
        self._drops = True
        self.persistent = False
        request.responseHeaders.setRawHeaders(b"Connection", [b"close"])

    def _answer(self, error: ApiError, seconds: float) -> None:
        """Answer instead of the application, and close the connection."""
        response = error_response(error)
        status = HTTPStatus(response.status)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {response.content_type}\r\n"
            f"Content-Length: {len(response.body)}\r\nConnection: close\r\n"
        )
        more = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
        self.transport.write(f"{head}{more}\r\n".encode() + response.body)
        self._drops = True
        self._linger(seconds)

    def _linger(self, seconds: float) -> None:
        """Close our side, and wait a little until the client has read it and closes its own."""
        self._phase = Phase.ENDING
        self.setTimeout(None)
        self._networkProducer.unregisterProducer()
        self.transport.loseWriteConnection()
        self.transport.resumeProducing()
        if self._abortingCall is None:
            self._abortingCall = self.callLater(seconds, self.forceAbortClient)


def _too_slow() -> ApiError:
    return ApiError(
        "The request came too slowly. Send it again, over a faster connection if you can.",
        http_status=408,
    )


def _too_long() -> ApiError:
    return ApiError(
        "The address or the headers of the request are too long: all lines together can have up to "
        "16 KB, and there can be up to 500 headers. In a browser, delete this site's cookies.",
        http_status=431,
    )


def _not_http() -> ApiError:
    return ApiError("The request isn't valid HTTP. Check its first line and its headers.")


def _too_many_connections() -> ApiError:
    return ApiError(
        "Your address has too many connections open. Close some, or try again later.",
        type="requests",
        code="rate_limit_exceeded",
        http_status=429,
        headers={"Retry-After": "1"},
    )
