"""Drive the API's ASGI application from tests without a server."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from io import BytesIO
from threading import Thread
from typing import Any

from asgiref.current_thread_executor import CurrentThreadExecutor
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import client

from assistants_app.api import hops
from playground.asgi import application, is_for_api

QUIET_SECONDS = 0.3


def scope_of(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the ASGI scope of a request to Django's test client, as Daphne would make it."""
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower().encode(), value.encode("latin-1"))
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value)
    ]
    return {
        "type": "http",
        "method": environ["REQUEST_METHOD"],
        # WSGI has the bytes of a path as Latin-1.
        "path": environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        "query_string": environ["QUERY_STRING"].encode("latin-1"),
        "headers": [(b"host", b"testserver"), *headers],
    }


class _Handler(client.ClientHandler):
    """Passes requests for the API to its application, and all others to Django."""

    def __call__(self, environ: dict[str, Any]) -> Any:
        scope = scope_of(environ)
        if not is_for_api(scope):
            return super().__call__(environ)
        body = environ["wsgi.input"].read()
        status, headers, sent = call(scope, body)
        response: Any = HttpResponse(sent, status=status)
        del response["Content-Type"]
        for name, value in headers:
            response[name.decode()] = value.decode("latin-1")
        response.wsgi_request = WSGIRequest({**environ, "wsgi.input": BytesIO(body)})
        return response


class Client(client.Client):
    """Django's test client, for the API as well as for pages."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.handler = _Handler(options.get("enforce_csrf_checks", False))


def call(
    scope: dict[str, Any], *body: bytes, gone: bool = False
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return the status, headers and body of the application's response.

    The body of the request comes in pieces. With `gone`, the client leaves before the last one.
    Raises :class:`IndexError` if there is no response.
    """
    client_side = Driven(*body, gone=gone)
    run(lambda: application(scope, client_side.receive, client_side.send))
    return client_side.response()


class Driven:
    """A client of the application, which sends a request and collects the response.

    It leaves a stream of events that has begun when nothing comes for QUIET_SECONDS, as it may go
    on without end. It waits for all other responses, however slow the machine is.
    """

    def __init__(self, *body: bytes, gone: bool = False) -> None:
        pieces = [{"type": "http.request", "body": piece, "more_body": True} for piece in body]
        end = {"type": "http.disconnect" if gone else "http.request"}
        self.unread: list[dict[str, Any]] = [*pieces, end]
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        received = 0
        while not self.unread:
            await asyncio.sleep(QUIET_SECONDS)
            if received and received == len(self.sent) and self._gets_events():
                return {"type": "http.disconnect"}
            received = len(self.sent)
        return self.unread.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def _gets_events(self) -> bool:
        headers = {name.lower(): value for name, value in self.sent[0]["headers"]}
        return bool(headers.get(b"content-type", b"").startswith(b"text/event-stream"))

    def response(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        start = self.sent[0]
        body = b"".join(part.get("body", b"") for part in self.sent[1:])
        return start["status"], start["headers"], body


def run(coroutine: Callable[[], Awaitable[Any]]) -> None:
    """Run a coroutine in a loop of its own, whose hops lead into this thread.

    So they see what the test has written in its transaction.
    """

    async def awaited() -> None:
        await coroutine()

    threads = CurrentThreadExecutor(None)
    done: Future[None] = Future()

    def run_loop() -> None:
        try:
            done.set_result(asyncio.run(awaited()))
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            done.set_exception(error)

    with _hops_into(threads):
        # A daemon, so that a test which takes too long ends, and the session with it.
        Thread(target=run_loop, name="driven", daemon=True).start()
        threads.run_until_future(done)
        done.result()


class _Calls:
    # Stands in for the calls that wait for a thread of a hop.
    def __init__(self, threads: Executor) -> None:
        self._threads = threads

    def put(self, call: Any) -> None:
        self._threads.submit(call.carry_out)


@contextmanager
def _hops_into(threads: Executor) -> Iterator[None]:
    usual = [(each, each._calls, each._most) for each in (hops.hop, hops.waiting_hop)]
    for each, _, _ in usual:
        each._calls, each._most = _Calls(threads), 0  # type: ignore[assignment]
    try:
        yield
    finally:
        for each, calls, most in usual:
            each._calls, each._most = calls, most
