"""Between Daphne's sockets and our views: what costs time or memory there is left out."""

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
    """Django's, with the body of the request as Twisted has spooled it, and no more of the answer
    in memory than the reader's line takes.
    """

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """A request that came through Daphne, or through something else as it is."""
        if request := scope.get(REQUEST):
            receive, send = _Received(receive, request.body), request.paced(send)
        await super().handle(scope, receive, send)

    async def read_body(self, receive: Any) -> Any:
        """The body's file."""
        if not isinstance(receive, _Received):
            return await super().read_body(receive)
        message = await receive()
        if message["type"] == "http.disconnect":
            receive.body.close()
            raise RequestAborted
        return receive.body


class ApiHandler(SiteHandler):
    """Requests of the API pass no middleware: sessions, languages and forms are the site's.

    Under ASGI each of Django's would hop between loop and thread, twice a request; the views hop
    once. What the API needs (keys, errors, headers) is in ``assistants_app.api.http``.
    """

    def load_middleware(self, is_async: bool = True) -> None:
        """No middleware at all."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        view: Any = getattr(self, "_get_response_async")  # noqa: B009 - unknown to Django's types
        self._middleware_chain = convert_exception_to_response(view)


class _Received:
    """ASGI's `receive`, with the body beside it."""

    def __init__(self, receive: Receive, body: Any) -> None:
        self._receive = receive
        self.body = body

    async def __call__(self) -> dict[str, Any]:
        return await self._receive()


class _TooLarge(BytesIO):
    """Where a body goes that is too large: nowhere. Read, it says so."""

    def write(self, data: Any) -> int:
        return len(data)

    def read(self, size: int | None = -1, /) -> bytes:
        raise RequestDataTooBig("The request's body is too large.")


class StreamedRequest(WebRequest):
    """A request whose body stays in the file that Twisted spools it to, and that is its own
    producer in Twisted's sense: it is told when the reader's line is full.

    Daphne alone would hold a body of any length in memory three times over: Twisted parses forms
    of its own accord, the queue to the application takes the whole body, and all that is answered
    waits in the transport however slowly it is read.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsePOSTFormSubmission = False
        self.body: Any = None
        self.content: Any = None
        self._may_write = asyncio.Event()
        self._may_write.set()

    def gotLength(self, length: int | None) -> None:
        """Twisted: the headers have been read."""
        super().gotLength(length)
        if length is not None and length > LARGEST_BODY:
            self._refuse_body()

    def handleContentChunk(self, data: bytes) -> None:
        """Twisted: more of the body has come."""
        if self.content.tell() + len(data) > LARGEST_BODY:
            self._refuse_body()
        super().handleContentChunk(data)

    def process(self) -> None:
        """Twisted: the request is complete. To Daphne it has no body."""
        self.body, self.content = self.content, BytesIO()
        super().process()

    def paced(self, send: Send) -> Send:
        """`send`, which waits while the reader's line is full."""

        async def send_when_ready(message: dict[str, Any]) -> None:
            if message.get("more_body") and self.producer is None and not self._disconnected:
                self.registerProducer(self, True)
            await self._may_write.wait()
            await send(message)

        return send_when_ready

    def finish(self) -> None:
        """Daphne: the answer is complete."""
        if self.producer is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        """Twisted: nobody reads any more, so nothing has to wait."""
        self._may_write.set()
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        """Twisted: the line is full."""
        self._may_write.clear()

    def resumeProducing(self) -> None:
        """Twisted: the line has room again."""
        self._may_write.set()

    def stopProducing(self) -> None:
        """Twisted: the line is gone."""
        self._may_write.set()

    def _refuse_body(self) -> None:
        self.content.close()
        self.content = _TooLarge()


def prepare_daphne() -> None:
    """Take our requests in place of Daphne's own, and send without delay."""
    HTTPFactory.buildProtocol = _building(HTTPFactory.buildProtocol)
    create = Server.create_application

    def create_application(server: Any, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, StreamedRequest):
            scope[REQUEST] = protocol
        return create(server, protocol, scope)

    Server.create_application = create_application


def _building(build: Callable[..., Any]) -> Callable[..., Any]:
    def build_protocol(factory: HTTPFactory, address: Any) -> Any:
        """With TCP_NODELAY: else the kernel holds a token back until the one before is
        acknowledged, which clients do after 40 ms: the first token then came 50 ms late.
        """
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
