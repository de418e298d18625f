"""The way of a request from Daphne's sockets to our applications and back, in little memory."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from daphne.http_protocol import WebRequest
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse, HttpResponseBadRequest

from assistants_app.api.bodies import LARGEST_BODY
from assistants_app.api.connections import CONNECTION
from assistants_app.api.departures import Departure, Reached
from assistants_app.api.responses import too_large
from assistants_app.domain.errors import ApiError
from assistants_app.web.received import unreadable
from playground.websockets import PageSocket

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

REQUEST = "playground.request"
# Daphne obeys and decodes these from anybody: a stranger could move all links of a page, and
# a byte that isn't ASCII was a 500. The live page has no subprotocols.
_NOT_FOR_DAPHNE = (b"daphne-root-path", b"sec-websocket-protocol")


class SiteHandler(ASGIHandler):
    """Django's handler, with limited memory for the request's body and the response.

    The body stays in the file to which Twisted has spooled it. The response is sent no faster than
    the client reads it.
    """

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle a request, with our own `receive` and `send` if it came through our Daphne."""
        if request := scope.get(REQUEST):
            if request.refusal:
                await _refuse(request.refusal, scope, send)
                return
            receive, send = _Received(receive, request.body), request.paced(send)
            await self._handle_or_break(scope, receive, send, request.abort)
            return
        await super().handle(scope, receive, send)

    async def _handle_or_break(
        self, scope: Any, receive: Receive, send: Send, abort: Callable[[], None]
    ) -> None:
        is_begun = is_whole = False

        async def send_and_note(message: Any) -> None:
            nonlocal is_begun, is_whole
            is_begun = True
            await send(message)
            is_whole = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            await super().handle(scope, receive, send_and_note)
        except Exception:
            if not is_begun:
                raise
            logger.exception("A response broke off.")
        finally:
            # The status is sent already, so this is how the client notices.
            if is_begun and not is_whole:
                abort()

    def create_request(self, scope: Any, body_file: Any) -> Any:
        """Return the request and None, or None and the response to one that can't be read."""
        try:
            request, answer = super().create_request(scope, body_file)
        except (LookupError, ValueError):
            # Of a `charset` that can't be looked up, which Django doesn't expect.
            request, answer = None, HttpResponseBadRequest()
        if answer is not None:
            # Django's own has no page.
            answer = HttpResponse(unreadable(), status=answer.status_code)
        return request, answer

    async def read_body(self, receive: Any) -> Any:
        """Return the file that the body is in."""
        if not isinstance(receive, _Received):
            return await super().read_body(receive)
        message = await receive()
        if message["type"] == "http.disconnect":
            receive.body.close()
            raise RequestAborted
        return receive.body


async def _refuse(error: ApiError, scope: dict[str, Any], send: Send) -> None:
    # Pages that htmx has loaded stay, and show the words (static/js/shell/toasts.js).
    stays = any(name.lower() == b"hx-request" for name, _value in scope["headers"])
    kind, text = ("plain", str(error)) if stays else ("html", unreadable(str(error)))
    body = text.encode()
    headers = [
        (b"Content-Type", f"text/{kind}; charset=utf-8".encode()),
        (b"Content-Length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": error.http_status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def with_connections(api: Application) -> Application:
    """Return the API's application, extended by what Daphne knows of each connection."""

    async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        request: StreamedRequest | None = scope.get(REQUEST)
        if request is None:
            await api(scope, receive, send)
            return
        connection = scope[CONNECTION] = _Connection(request)
        try:
            await api(scope, receive, connection.reporting(request.paced(send)))
        finally:
            connection.departure.report(Reached.BROKEN)

    return serve


class _Connection:
    # What the API knows about a request's connection.
    def __init__(self, request: "StreamedRequest") -> None:
        self._request = request
        self.body = request.body
        self.departure = Departure()

    def abort(self) -> None:
        self._request.abort()

    def reporting(self, send: Send) -> Send:
        async def send_and_report(message: dict[str, Any]) -> None:
            await send(message)
            # Daphne drops what it can't send any more.
            if message["type"] != "http.response.body" or self._request.is_gone():
                return
            self.departure.report(Reached.BEGUN if message.get("more_body") else Reached.LEFT)

        return send_and_report


class _Received:
    # ASGI's `receive`, with the file of the body beside it.
    def __init__(self, receive: Receive, body: Any) -> None:
        self._receive = receive
        self.body = body

    async def __call__(self) -> dict[str, Any]:
        return await self._receive()


class _UnreadBody(BytesIO):
    # Drops what is written to it, and raises the error for the response when it is read.
    def __init__(self, error: ApiError) -> None:
        super().__init__()
        self._error = error

    def write(self, data: Any) -> int:
        return len(data)

    def read(self, size: int | None = -1, /) -> bytes:
        raise self._error


class StreamedRequest(WebRequest):
    """A request whose body stays in a file, and whose response waits for a slow client.

    It is a push producer for Twisted, which pauses and resumes it.
    """

    # Daphne alone keeps a body of any size in memory several times: Twisted parses forms itself,
    # the queue to the application takes the whole body, and a response waits in the transport until
    # the client has read it. It needed 2.3 GB to receive a file of 160 MB, and 260 MB to send it to
    # a slow client. With this class, memory grows by less than 40 MB.

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Else Twisted would parse forms in memory, before Django sees them.
        self._parsePOSTFormSubmission = False
        self.body: Any = None
        self.content: Any = None
        self.largest_body = LARGEST_BODY
        self.refusal: ApiError | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()

    def handleContentChunk(self, data: bytes) -> None:
        """Write a piece of the body, or refuse one that has become too large."""
        # A chunked body announces no length.
        if self.refusal is None and self.content.tell() + len(data) > self.largest_body:
            self.refuse(too_large())
        super().handleContentChunk(data)

    def refuse(self, error: ApiError) -> None:
        """Drop the body, and raise the error when the application reads it."""
        self.refusal = error
        if self.content is not None:
            self.content.close()
        self.content = _UnreadBody(error)
        # A handshake with a body would be handled by the websocket's class.
        self.requestHeaders.removeHeader(b"upgrade")

    def gotLength(self, length: int | None) -> None:
        """Make a file for the body, unless it is refused already. Twisted calls this."""
        if self.refusal is None:
            super().gotLength(length)

    def process(self) -> None:
        """Pass the complete request on to Daphne, but not its body."""
        self.body, self.content = self.content, BytesIO()
        for name in _NOT_FOR_DAPHNE:
            self.requestHeaders.removeHeader(name)
        channel, transport = self.channel, self.transport
        super().process()
        # The connection of a websocket has a protocol of its own from here on.
        if isinstance(socket := transport.protocol, PageSocket):
            socket.seat = channel.give_seat()

    def paced(self, send: Send) -> Send:
        """Return a `send` that waits while the transport's buffer is full."""

        async def send_when_ready(message: dict[str, Any]) -> None:
            # Only for streams: a response in one piece is in memory anyway.
            if message.get("more_body") and self.producer is None and not self._disconnected:
                self.registerProducer(self, True)
            await self._may_write.wait()
            await send(message)

        return send_when_ready

    def is_gone(self) -> bool:
        """Return whether the client's connection has ended."""
        return bool(self._disconnected)

    def abort(self) -> None:
        """Cut the connection."""
        if self.channel is not None:
            self.channel.forceAbortClient()

    def handle_reply(self, message: Any) -> None:
        """Send a part of the response. Daphne calls this."""
        super().handle_reply(message)
        # A stream may send its head long before its body.
        if not self.finished and self.channel is not None:
            self.channel.flush()

    def finish(self) -> None:
        """End the response. Daphne calls this."""
        if self.producer is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        """Let a waiting `send` go on, because nobody reads any more."""
        self._may_write.set()
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        """Make `send` wait. Twisted calls this when its buffer is full."""
        self._may_write.clear()

    def resumeProducing(self) -> None:
        """Let `send` go on. Twisted calls this when its buffer has room again."""
        self._may_write.set()

    def stopProducing(self) -> None:
        """Let `send` go on. Twisted calls this when the connection is gone."""
        self._may_write.set()
