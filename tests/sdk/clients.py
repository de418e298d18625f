"""The unmodified SDK, with an HTTP client that checks every answer against the contract."""

import re
from collections.abc import AsyncIterator, Iterator

import httpx2
from openai import AsyncOpenAI, OpenAI

from tests.contract.openapi import check_answer, check_event, events_of


class _CheckedStream(httpx2.SyncByteStream):
    """Passes the bytes on, and checks the events once the stream is closed."""

    def __init__(self, stream: httpx2.SyncByteStream, seen: list[str]) -> None:
        self._stream, self._seen = stream, seen
        self._received = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._received += chunk
            yield chunk

    def close(self) -> None:
        self._stream.close()
        self._seen += _check_stream(self._received)


class _AsyncCheckedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, seen: list[str]) -> None:
        self._stream, self._seen = stream, seen
        self._received = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._received += chunk
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._seen += _check_stream(self._received)


def _check_stream(received: bytearray) -> list[str]:
    whole, _, _ = received.decode().rpartition("\n\n")
    events = list(events_of(whole))
    for name, data in events:
        check_event(name, data)
    return [name for name, _ in events]


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
        response = super().handle_request(request)
        if response.headers["content-type"].startswith("text/event-stream"):
            assert isinstance(response.stream, httpx2.SyncByteStream)
            response.stream = _CheckedStream(response.stream, self.events)
        elif is_content(request, response):
            pass
        else:
            response.read()
            check_answer(request.method, request.url.path, response.status_code, response.json())
        assert response.headers["x-request-id"].startswith("req_")
        return response


class AsyncCheckedTransport(httpx2.AsyncHTTPTransport):
    """The same for the asynchronous client."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if response.headers["content-type"].startswith("text/event-stream"):
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _AsyncCheckedStream(response.stream, self.events)
        elif is_content(request, response):
            pass
        else:
            await response.aread()
            check_answer(request.method, request.url.path, response.status_code, response.json())
        return response


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
