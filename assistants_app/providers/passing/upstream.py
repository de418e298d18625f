"""One request to an endpoint and its response, as bytes, on an event loop."""

import asyncio
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

import httpx2

from assistants_app.domain.errors import PlaygroundError, RunFailure
from assistants_app.providers.clients import http_client, is_loopback
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import connection_failure, require_url
from assistants_app.providers.http.transport import raw_pieces
from assistants_app.providers.secrecy import Secrets

CONNECT_SECONDS = 10.0
MOST_AT_ONCE = 512  # requests of a process; the others wait
ERROR_BYTES = 256 * 1024  # of an error's body that are passed on
# What a client needs to know about a response besides its status. Others, such as limits and the
# organization, belong to the operator's account.
PASSED_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")


class UpstreamFailed(PlaygroundError):
    """Raised if the endpoint doesn't respond, or breaks off. The message has no secrets."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.message, self.timed_out = message, timed_out


class Upstream:
    """An endpoint's response whose headers have arrived. Close it in any case."""

    def __init__(self, endpoint: Endpoint, response: httpx2.Response) -> None:
        self._endpoint, self._response = endpoint, response
        self.status = response.status_code
        secrets = Secrets(endpoint)
        self.headers = {
            name: secrets.text(response.headers[name])
            for name in PASSED_HEADERS
            if name in response.headers
        }

    @property
    def is_event_stream(self) -> bool:
        """Whether the body is a stream of events."""
        return self.headers.get("content-type", "").startswith("text/event-stream")

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it comes. Raises :class:`UpstreamFailed`."""
        # Some servers compress what they were asked to leave as it is.
        is_encoded = "content-encoding" in self._response.headers
        pieces = self._response.aiter_bytes() if is_encoded else raw_pieces(self._response)
        try:
            async for chunk in pieces:
                yield chunk
        except httpx2.HTTPError as error:
            raise _failed(error, self._endpoint) from error

    async def error_body(self) -> bytes:
        """Return the start of the body without secrets. Raises :class:`UpstreamFailed`."""
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if len(body) > ERROR_BYTES:
                break
        return without_secrets(self._endpoint, bytes(body[:ERROR_BYTES]))

    async def close(self) -> None:
        """Close the connection, or keep it for the next request if the body is complete."""
        await self._response.aclose()


def without_secrets(endpoint: Endpoint, data: bytes) -> bytes:
    """Return the bytes with the endpoint's secrets replaced, whatever their encoding."""
    text = data.decode("utf-8", "surrogateescape")
    return Secrets(endpoint).text(text).encode("utf-8", "surrogateescape")


async def send_upstream(
    endpoint: Endpoint, path: str, body: bytes, *, accept: str, seconds: float
) -> Upstream:
    """Return the response to a POST. `path` is below the endpoint's base URL.

    The endpoint may take `seconds` before its response, and before each piece of it. Raises
    :class:`UpstreamFailed`.
    """
    try:
        require_url(endpoint)
        client = _client_of_loop(is_loopback(endpoint.base_url))
        request = client.build_request(
            "POST",
            _url(endpoint.base_url, path),
            content=body,
            headers={
                "authorization": f"Bearer {endpoint.api_key.strip() or 'none'}",
                "content-type": "application/json",
                "accept": accept,
                # Compressed events would come late, and would be unpacked here anyway.
                "accept-encoding": "identity",
            },
            timeout=httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
        )
        return Upstream(endpoint, await client.send(request, stream=True))
    except RunFailure as failure:
        raise UpstreamFailed(failure.message) from failure
    except httpx2.HTTPError as error:
        raise _failed(error, endpoint) from error
    except UnicodeEncodeError as error:
        raise UpstreamFailed(
            f"The API key of {endpoint.name} has invalid characters. Copy the key again."
        ) from error


def _failed(error: httpx2.HTTPError, endpoint: Endpoint) -> UpstreamFailed:
    message = Secrets(endpoint).text(connection_failure(error, endpoint).message)
    return UpstreamFailed(message, timed_out=isinstance(error, httpx2.TimeoutException))


def _url(base_url: str, path: str) -> httpx2.URL:
    # Parameters of the base URL, such as Azure's api-version, stay behind the path.
    url = httpx2.URL(base_url)
    base, has_query, query = url.raw_path.partition(b"?")
    return url.copy_with(raw_path=base.rstrip(b"/") + path.encode() + has_query + query)


# By event loop, because a connection belongs to the loop that opened it. Building a client takes
# 25 ms, so all endpoints share two: a proxy can't reach this machine's own servers.
_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool, httpx2.AsyncClient]]" = (
    WeakKeyDictionary()
)


def _client_of_loop(loopback: bool) -> httpx2.AsyncClient:
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    if loopback not in clients:
        clients[loopback] = http_client(loopback=loopback, most=MOST_AT_ONCE)
    return clients[loopback]
