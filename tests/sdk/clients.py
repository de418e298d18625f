"""The unmodified SDK, with HTTP clients that check every response against the vendor's document."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
from openai import AsyncOpenAI, OpenAI

from tests.contract.openapi import check_answer, check_event, events_of
from tests.contract.record import Exchange, the_record


class _CheckedStream(httpx2.SyncByteStream):
    """Passes the bytes on, and checks the events once the stream is closed."""

    def __init__(self, stream: httpx2.SyncByteStream, exchange: Exchange, seen: list[str]) -> None:
        self._stream, self._exchange, self._seen = stream, exchange, seen
        self._received = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._received += chunk
            yield chunk

    def close(self) -> None:
        self._stream.close()
        self._seen += _check_stream(self._received, self._exchange)


class _AsyncCheckedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, exchange: Exchange, seen: list[str]) -> None:
        self._stream, self._exchange, self._seen = stream, exchange, seen
        self._received = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._received += chunk
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._seen += _check_stream(self._received, self._exchange)


def _check_stream(received: bytearray, exchange: Exchange) -> list[str]:
    whole, _, _ = received.decode().rpartition("\n\n")
    events = list(events_of(whole))
    for name, data in events:
        check_event(name, data)
    names = [name for name, _ in events]
    exchange.received(names)
    return names


def _begin_exchange(request: httpx2.Request) -> Exchange:
    return the_record.request(request.method, str(request.url), _sent(request))


def _sent(request: httpx2.Request) -> bytes:
    # The body if it is JSON, or a form's fields as JSON. The form itself is a stream that can be
    # read only once.
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return request.content
    sent: dict[str, Any] = {}
    for field in getattr(request.stream, "fields", ()):
        outer, _, inner = field.name.partition("[")
        value = getattr(field, "value", {})
        sent[outer] = {**sent.get(outer, {}), inner.removesuffix("]"): value} if inner else value
    return json.dumps(sent).encode() if sent else b""


def _is_stream(response: httpx2.Response) -> bool:
    return response.headers["content-type"].startswith("text/event-stream")


def _check(request: httpx2.Request, response: httpx2.Response, exchange: Exchange) -> None:
    assert response.headers["x-request-id"].startswith("req_")
    assert response.headers["openai-processing-ms"].isdigit()
    body = None
    if not _is_stream(response) and not is_content(request, response):
        body = response.json()
        check_answer(request.method, request.url.path, response.status_code, body)
    exchange.answered(response.status_code, body)


def is_content(request: httpx2.Request, response: httpx2.Response) -> bool:
    """Return whether this is a file's content, which the vendor's document doesn't describe."""
    return (
        response.is_success
        and re.fullmatch("/v1/files/[^/]+/content", request.url.path) is not None
    )


class CheckedTransport(httpx2.HTTPTransport):
    """A transport that checks responses, and collects the names of all events in `events`."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = _begin_exchange(request)
        response = super().handle_request(request)
        if _is_stream(response):
            assert isinstance(response.stream, httpx2.SyncByteStream)
            response.stream = _CheckedStream(response.stream, exchange, self.events)
        elif not is_content(request, response):
            response.read()
        _check(request, response, exchange)
        return response


class AsyncCheckedTransport(httpx2.AsyncHTTPTransport):
    """The same transport for asynchronous clients."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = _begin_exchange(request)
        response = await super().handle_async_request(request)
        if _is_stream(response):
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _AsyncCheckedStream(response.stream, exchange, self.events)
        elif not is_content(request, response):
            await response.aread()
        _check(request, response, exchange)
        return response


def http_client(base_url: str, api_key: str) -> httpx2.Client:
    """Return a plain HTTP client with the same checks, for requests that the SDK can't send."""
    headers = {"Authorization": f"Bearer {api_key}", "OpenAI-Beta": "assistants=v2"}
    return httpx2.Client(
        base_url=base_url, headers=headers, transport=CheckedTransport(), timeout=60
    )


def sync_client(base_url: str, api_key: str) -> tuple[OpenAI, CheckedTransport]:
    """Return the SDK's synchronous client, which checks what it receives."""
    transport = CheckedTransport()
    client = OpenAI(
        base_url=base_url,
        api_key=api_key,
        max_retries=0,
        http_client=httpx2.Client(transport=transport, timeout=60),
        _strict_response_validation=True,
    )
    return client, transport


def async_client(base_url: str, api_key: str) -> tuple[AsyncOpenAI, AsyncCheckedTransport]:
    """Return the SDK's asynchronous client, which checks what it receives."""
    transport = AsyncCheckedTransport()
    client = AsyncOpenAI(
        base_url=base_url,
        api_key=api_key,
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport, timeout=60),
        _strict_response_validation=True,
    )
    return client, transport
