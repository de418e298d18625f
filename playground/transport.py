"""The way between Daphne's sockets and the views, without what costs time or memory there."""

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from django.core.exceptions import RequestAborted, RequestDataTooBig
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response

from assistants_app.domain import limits

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

REQUEST = "playground.request"
LARGEST_BODY = limits.FILE_BYTES + 1024**2  # a file and the form around it


class SiteHandler(ASGIHandler):
    """Django's handler, reading the body from Twisted's spool file, and pacing the answer.

    It keeps no more of an answer in memory than the client's connection accepts.
    """

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle a request from Daphne, or from another server in the usual way."""
        if request := scope.get(REQUEST):
            receive, send = _Received(receive, request.body), request.paced(send)
        await super().handle(scope, receive, send)

    async def read_body(self, receive: Any) -> Any:
        if not isinstance(receive, _Received):
            return await super().read_body(receive)
        message = await receive()
        if message["type"] == "http.disconnect":
            receive.body.close()
            raise RequestAborted
        return receive.body


class ApiHandler(SiteHandler):
    """The handler of the API, without middleware: only the site has sessions and forms.

    Under ASGI each of Django's middlewares switches between event loop and thread twice a request;
    the API's views switch once. Keys, errors and headers are in ``assistants_app.api.http``.
    """

    def load_middleware(self, is_async: bool = True) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        view: Any = getattr(self, "_get_response_async")  # noqa: B009 - unknown to Django's types
        self._middleware_chain = convert_exception_to_response(view)


class _Received:
    def __init__(self, receive: Receive, body: Any) -> None:
        self._receive = receive
        self.body = body

    async def __call__(self) -> dict[str, Any]:
        return await self._receive()


class _TooLarge(BytesIO):
    """A body that is too large: it stores nothing, and raises when it is read."""

    def write(self, data: Any) -> int:
        return len(data)

    def read(self, size: int | None = -1, /) -> bytes:
        raise RequestDataTooBig("The request body is too large.")


class StreamedRequest(WebRequest):
    """A request whose body stays in Twisted's spool file, and whose answer waits for the client.

    It registers as its own producer, so Twisted reports when the connection is congested. Plain
    Daphne keeps bodies of any length in memory three times: Twisted parses forms by itself, the
    queue to the application takes the whole body, and the answer waits in the transport.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsePOSTFormSubmission = False
        self.body: Any = None
        self.content: Any = None
        self._may_write = asyncio.Event()
        self._may_write.set()

    def gotLength(self, length: int | None) -> None:
        """Handle Twisted's event: the headers are complete."""
        super().gotLength(length)
        if length is not None and length > LARGEST_BODY:
            self._refuse_body()

    def handleContentChunk(self, data: bytes) -> None:
        """Handle Twisted's event: a part of the body has arrived."""
        if self.content.tell() + len(data) > LARGEST_BODY:
            self._refuse_body()
        super().handleContentChunk(data)

    def process(self) -> None:
        """Handle Twisted's event: the request is complete."""
        # Daphne would read all of the body into memory, so it gets an empty one.
        self.body, self.content = self.content, BytesIO()
        super().process()

    def paced(self, send: Send) -> Send:
        """Return `send`, which then waits while the connection is congested."""

        async def send_when_ready(message: dict[str, Any]) -> None:
            if message.get("more_body") and self.producer is None and not self._disconnected:
                self.registerProducer(self, True)
            await self._may_write.wait()
            await send(message)

        return send_when_ready

    def finish(self) -> None:
        """Handle Daphne's event: the answer is complete."""
        if self.producer is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        """Handle Twisted's event: the connection is lost, so nothing has to wait any more."""
        self._may_write.set()
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        """Handle Twisted's event: the connection is congested."""
        self._may_write.clear()

    def resumeProducing(self) -> None:
        """Handle Twisted's event: the connection accepts data again."""
        self._may_write.set()

    def stopProducing(self) -> None:
        """Handle Twisted's event: the connection is gone."""
        self._may_write.set()

    def _refuse_body(self) -> None:
        self.content.close()
        self.content = _TooLarge()


def prepare_daphne() -> None:
    """Make Daphne use `StreamedRequest`, and send without delay."""
    HTTPFactory.buildProtocol = _building(HTTPFactory.buildProtocol)
    create = Server.create_application

    def create_application(server: Any, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, StreamedRequest):
            scope[REQUEST] = protocol
        return create(server, protocol, scope)

    Server.create_application = create_application


def _building(build: Callable[..., Any]) -> Callable[..., Any]:
    def build_protocol(factory: HTTPFactory, address: Any) -> Any:
        # TCP_NODELAY, because the kernel otherwise holds back a token until the previous one is
        # acknowledged, which clients do after 40 ms. The first token was 50 ms late.
        protocol = build(factory, address)
        protocol.requestFactory = StreamedRequest
        connect = protocol.makeConnection

        def make_connection(transport: Any) -> None:
            if hasattr(transport, "setTcpNoDelay"):
                transport.setTcpNoDelay(True)
            connect(transport)

        protocol.makeConnection = make_connection
        return protocol

    return build_protocol
