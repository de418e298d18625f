"""Between Daphne's sockets and our views: what costs time there, measured, is left out."""

from typing import Any

from daphne.http_protocol import HTTPFactory
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response


class ApiHandler(ASGIHandler):
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


def send_at_once() -> None:
    """Set TCP_NODELAY on every connection that Daphne takes.

    Without it the kernel holds a token back until the one before is acknowledged, which clients do
    after 40 ms: the first token then came 50 ms late.
    """
    build = HTTPFactory.buildProtocol

    def build_without_delay(factory: HTTPFactory, address: Any) -> Any:
        protocol = build(factory, address)
        connect = protocol.makeConnection

        def make_connection(transport: Any) -> None:
            if hasattr(transport, "setTcpNoDelay"):
                transport.setTcpNoDelay(True)
            connect(transport)

        protocol.makeConnection = make_connection
        return protocol

    HTTPFactory.buildProtocol = build_without_delay
