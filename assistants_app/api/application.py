"""The ASGI application of the API: from a request's headers to the last byte of its response."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from secrets import token_hex
from typing import Any

from django.db import Error as DatabaseFailure

from assistants_app.api import rate_limit
from assistants_app.api.access import authenticate, check_beta, project_of
from assistants_app.api.addresses import invalid_url
from assistants_app.api.bodies import Disconnected, Receive, read_body
from assistants_app.api.connections import CONNECTION, Connection
from assistants_app.api.cors import cors_headers, is_preflight, preflight_response
from assistants_app.api.hops import in_turn
from assistants_app.api.people import open_requests
from assistants_app.api.repeats import LOOK_EVERY, Once, StillBusy
from assistants_app.api.request import ApiRequest, headers_of
from assistants_app.api.responses import (
    EVENT_STREAM,
    AnyResponse,
    BrokenOff,
    Deferred,
    Response,
    StreamedResponse,
    error_event,
    error_response,
    json_response,
)
from assistants_app.api.router import Match, View
from assistants_app.api.urls import router
from assistants_app.domain.errors import ApiError
from assistants_app.faults import fault_of, refusal_after
from assistants_app.models import ApiKey
from assistants_app.services.acting import Actor, acting, actor_of_key
from assistants_app.services.audit import coming_from

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

ACTING = ("POST", "DELETE")
DRIVING = {"create_run", "create_thread_and_run", "submit_tool_outputs"}
LAST_WORDS_SECONDS = 1.0  # for the error in a stream that is ended, if the client reads slowly
METHODS = ("GET", "POST", "DELETE")
NO_CONTENT = 204


class Gone(Exception):
    """Raised when the client has gone away."""


async def application(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one HTTP request of the API."""
    client = _Client(scope, receive, send)
    try:
        file = client.connection.body if client.connection else await read_body(receive)
    except Disconnected:
        return
    except Exception as error:  # noqa: BLE001 - the client gets a response
        await client.send_response(_response_to(error, scope["method"], scope["path"]))
        return
    request = ApiRequest(scope, client.headers, file, client.connection)
    try:
        response = await _respond(request, client)
        await client.send_response(response)
    except Gone:
        return
    finally:
        client.stop_listening()
        file.close()


async def _respond(request: ApiRequest, client: "_Client") -> AnyResponse:
    try:
        match = router.find(request.path)
        if is_preflight(request):
            return preflight_response(request, match.route.views if match else METHODS)
        if match is None:
            # Logged, so that operators see what their clients need and this server lacks.
            logger.warning("Not implemented: %s %s", request.method, request.path)
            raise invalid_url(request.method, request.path, _is_served)
        view = match.route.views.get(request.method)
        if view is None:
            raise _wrong_method(request, list(match.route.views))
        request.deployment = match.deployment
        waits = request.method in match.route.waits
        drives = match.route.verbs[request.method] in DRIVING
        project_id = project_of(request)
        handling = _Handling(request, match, view)
        while True:
            try:
                answer = await in_turn(project_id, handling.step, waits=waits, drives=drives)
            except StillBusy:
                await handling.wait()
                continue
            except DatabaseFailure as error:
                handling.repeat_after(error)
                continue
            if isinstance(answer, Response):
                return answer
            return await client.wait_for(answer, request.key)
    except Gone:
        raise
    except Exception as error:  # noqa: BLE001 - the client gets a response
        return _response_to(error, request.method, request.path)


class _Handling:
    """What a thread does for a request: all of it in one step, unless it has to wait."""

    def __init__(self, request: ApiRequest, match: Match, view: View) -> None:
        self._request, self._match, self._view = request, match, view
        self._allowance: rate_limit.Allowance | None = None
        self._once: Once | None = None
        self._actor: Actor | None = None
        self._admitted = self._repeated = False

    def step(self) -> AnyResponse | Deferred:
        """Return the response. Raises :class:`StillBusy` if another step is needed."""
        try:
            if not self._admitted:
                self._admit()
            response = self._once.step() if self._once else self._call()
        except ApiError as error:
            error.headers = {**self._headers_of_limits(), **error.headers}
            raise
        response.headers.update(self._headers_of_limits())
        return response

    def _headers_of_limits(self) -> dict[str, str]:
        return self._allowance.headers() if self._allowance else {}

    async def wait(self) -> None:
        """Wait for the next step."""
        try:
            await asyncio.sleep(LOOK_EVERY)
        except asyncio.CancelledError:
            # Without a next step, nothing else would let go of the receipt.
            if self._once:
                self._once.abandon()
            raise

    def repeat_after(self, error: DatabaseFailure) -> None:
        """Let the request be carried out once more. Raises the error if that may do harm."""
        # The database was restarted while it read. The next connection waits for it.
        if self._once or self._repeated or not fault_of(error):
            raise error
        self._repeated = True

    def _admit(self) -> None:
        request, route = self._request, self._match.route
        request.key = authenticate(request)
        self._actor = actor_of_key(request.key)
        # Refused requests count too, but only after the key has shown whose they are.
        self._allowance = rate_limit.count_request(request.project, self._actor)
        if route.beta:
            check_beta(request)
        self._actor.require(route.verbs[request.method])
        if route.acts and request.method in ACTING:
            self._once = Once(request, self._make)
        self._admitted = True

    def _make(self) -> AnyResponse:
        response = self._call()
        assert not isinstance(response, Deferred), "what is deferred makes nothing here"
        return response

    def _call(self) -> AnyResponse | Deferred:
        assert self._actor is not None, "the request was not admitted yet"
        with acting(self._actor), coming_from(self._request.address):
            answer = self._view(self._request, **self._match.captured)
        return json_response(answer) if isinstance(answer, dict) else answer


class _Client:
    """The client that sent a request, and gets the response."""

    def __init__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        self.connection: Connection | None = scope.get(CONNECTION)
        self.headers = headers_of(scope)
        self._receive, self._send = receive, send
        self._listening: asyncio.Task[None] | None = None
        self._is_gone = False
        self._lost_access = False
        self._changes = open_requests.hear_changes()
        self._open: open_requests.OpenRequest | None = None
        self._started = time.perf_counter()

    async def send_response(self, response: AnyResponse) -> None:
        """Send a response, with the headers that all of them have."""
        headers = {
            "Content-Type": response.content_type,
            **cors_headers(self.headers.get("origin", "")),
            **response.headers,
            "X-Content-Type-Options": "nosniff",
            "x-request-id": f"req_{token_hex(16)}",
            "openai-processing-ms": str(int((time.perf_counter() - self._started) * 1000)),
            "openai-version": "2020-10-01",
        }
        if isinstance(response, Response) and response.status != NO_CONTENT:
            headers["Content-Length"] = str(len(response.body))
        await self._send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": [
                    (name.encode(), _header_value(value))
                    for name, value in headers.items()
                    if value
                ],
            }
        )
        if isinstance(response, Response):
            await self._send({"type": "http.response.body", "body": response.body})
        else:
            await self._send_chunks(response)

    async def wait_for(self, answer: StreamedResponse | Deferred, key: ApiKey) -> AnyResponse:
        """Return the response. It ends if the key loses its access.

        Raises :class:`Gone` if the client leaves before.
        """
        self._end_with(key)
        if isinstance(answer, StreamedResponse):
            return answer
        self._listen()
        try:
            response = await answer.respond()
        except asyncio.CancelledError:
            if self._loses_access():
                raise open_requests.access_ended() from None
            self._raise_if_gone()
            raise
        response.headers.update(answer.headers)
        return response

    async def _send_chunks(self, response: StreamedResponse) -> None:
        self._listen()
        try:
            async with aclosing(response.chunks) as chunks:
                async for chunk in chunks:
                    # This waits while the client reads more slowly than chunks come.
                    await self._send(
                        {"type": "http.response.body", "body": chunk, "more_body": True}
                    )
            await self._send({"type": "http.response.body"})
        except asyncio.CancelledError:
            if self._loses_access():
                await self._send_last_words(response)
                return
            self._raise_if_gone()
            raise
        except Exception as error:
            if not isinstance(error, BrokenOff):
                logger.exception("A stream broke off")
            if self.connection is None:
                raise
            # The status is sent already, so this is how the client notices.
            self.connection.abort()

    def _end_with(self, key: ApiKey) -> None:
        work = asyncio.current_task()
        assert work is not None

        def end() -> None:
            self._lost_access = True
            work.cancel()

        self._open = open_requests.add(key, end, since=self._changes)

    def _loses_access(self) -> bool:
        # What cancelled the request isn't its end: it still has to answer.
        if self._lost_access and (work := asyncio.current_task()):
            work.uncancel()
        return self._lost_access

    async def _send_last_words(self, response: StreamedResponse) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                if response.content_type.startswith(EVENT_STREAM):
                    # The stream may have been cut within an event.
                    body = b"\n\n" + error_event(open_requests.access_ended())
                    await self._send({"type": "http.response.body", "body": body})
                    return
        # A file that is cut short must not look whole.
        if self.connection is None:
            raise Gone
        self.connection.abort()

    def _listen(self) -> None:
        # Only where a request may take long: when the client goes away, its work is cancelled.
        if self._listening is None:
            work = asyncio.current_task()
            assert work is not None
            self._listening = asyncio.create_task(self._cancel_when_gone(work))

    def stop_listening(self) -> None:
        """End what the other methods have begun."""
        if self._listening:
            self._listening.cancel()
        if self._open:
            open_requests.remove(self._open)

    async def _cancel_when_gone(self, work: "asyncio.Task[Any]") -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        work.cancel()

    def _raise_if_gone(self) -> None:
        # Otherwise the server itself ends its work.
        if self._is_gone:
            raise Gone from None


def _header_value(value: str) -> bytes:
    # A line break would begin another header.
    return " ".join(value.splitlines()).encode("latin-1", "replace")


def _response_to(error: Exception, method: str, path: str) -> Response:
    if isinstance(error, ApiError):
        return error_response(error)
    # The client gets no details, and the log the traceback.
    logger.error("%s %s", method, path, exc_info=error)
    return error_response(refusal_after(error) or _server_error())


def _is_served(path: str) -> bool:
    return router.find(path) is not None


def _wrong_method(request: ApiRequest, allowed: list[str]) -> ApiError:
    return ApiError(
        f"Not allowed to {request.method} on {request.path}. (HINT: Perhaps you meant to use a "
        "different HTTP method?)",
        code="method_not_supported",
        http_status=405,
        headers={"Allow": ", ".join(allowed)},
    )


def _server_error() -> ApiError:
    return ApiError(
        "The server had an error while processing your request. Sorry about that!",
        type="server_error",
        http_status=500,
    )
