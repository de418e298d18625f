"""The unmodified SDK, with an HTTP client that checks every answer against the contract."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
from openai import AsyncOpenAI, OpenAI

from tests.contract.openapi import check_answer, check_event, events_of
from tests.contract.record import Asked, the_record


class _CheckedStream(httpx2.SyncByteStream):
    """Passes the bytes on, and checks the events once the stream is closed."""

    def __init__(self, stream: httpx2.SyncByteStream, asked: Asked, seen: list[str]) -> None:
        self._stream, self._asked, self._seen = stream, asked, seen
        self._received = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._received += chunk
            yield chunk

    def close(self) -> None:
        self._stream.close()
        self._seen += _check_stream(self._received, self._asked)


class _AsyncCheckedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, asked: Asked, seen: list[str]) -> None:
        self._stream, self._asked, self._seen = stream, asked, seen
        self._received = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._received += chunk
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._seen += _check_stream(self._received, self._asked)


def _check_stream(received: bytearray, asked: Asked) -> list[str]:
    whole, _, _ = received.decode().rpartition("\n\n")
    events = list(events_of(whole))
    for name, data in events:
        check_event(name, data)
    names = [name for name, _ in events]
    asked.received(names)
    return names


def _asked(request: httpx2.Request) -> Asked:
    return the_record.request(request.method, str(request.url), _sent(request))


def _sent(request: httpx2.Request) -> bytes:
    """The body as JSON; of a form, which is not read here, its fields."""
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


def _check(request: httpx2.Request, response: httpx2.Response, asked: Asked) -> None:
    """Check and note an answer, which has been read unless it is a stream."""
    assert response.headers["x-request-id"].startswith("req_")
    assert response.headers["openai-processing-ms"].isdigit()
    body = None
    if not _is_stream(response) and not is_content(request, response):
        body = response.json()
        check_answer(request.method, request.url.path, response.status_code, body)
    asked.answered(response.status_code, body)


def is_content(request: httpx2.Request, response: httpx2.Response) -> bool:
    """Whether this is a file's bytes: no JSON, and nothing that the contract could check."""
    return (
        response.is_success
        and re.fullmatch("/v1/files/[^/]+/content", request.url.path) is not None
    )


class CheckedTransport(httpx2.HTTPTransport):
    """`events`: the names of all events that were received."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        asked = _asked(request)
        response = super().handle_request(request)
        if _is_stream(response):
            assert isinstance(response.stream, httpx2.SyncByteStream)
            response.stream = _CheckedStream(response.stream, asked, self.events)
        elif not is_content(request, response):
            response.read()
        _check(request, response, asked)
        return response


class AsyncCheckedTransport(httpx2.AsyncHTTPTransport):
    """The same for the asynchronous client."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        asked = _asked(request)
        response = await super().handle_async_request(request)
        if _is_stream(response):
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _AsyncCheckedStream(response.stream, asked, self.events)
        elif not is_content(request, response):
            await response.aread()
        _check(request, response, asked)
        return response


def http_client(base_url: str, api_key: str) -> httpx2.Client:
    """Plain HTTP, for what the SDK does not send; as strict about the answers."""
    headers = {"Authorization": f"Bearer {api_key}", "OpenAI-Beta": "assistants=v2"}
    return httpx2.Client(
        base_url=base_url, headers=headers, transport=CheckedTransport(), timeout=60
    )


def sync_client(base_url: str, api_key: str) -> tuple[OpenAI, CheckedTransport]:
    """The SDK's synchronous client, strict about what it receives."""
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
    """The SDK's asynchronous client, strict about what it receives."""
    transport = AsyncCheckedTransport()
    client = AsyncOpenAI(
        base_url=base_url,
        api_key=api_key,
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport, timeout=60),
        _strict_response_validation=True,
    )
    return client, transport
