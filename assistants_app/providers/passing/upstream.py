"""One request to an endpoint and its response, as bytes, on an event loop."""

import asyncio
import json
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

import httpx2

from assistants_app.domain.errors import PlaygroundError, RunFailure
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import connection_failure, require_url, web_page
from assistants_app.providers.http.transport import raw_pieces
from assistants_app.providers.outbound.errors import ResponseTooSlow
from assistants_app.providers.outbound.networks import NetworkRules
from assistants_app.providers.outbound.quoting import is_api_error, reason_in
from assistants_app.providers.outbound.transport import http_client, proxy_for, within
from assistants_app.providers.secrecy import Secrets

CONNECT_SECONDS = 10.0
MOST_AT_ONCE = 512  # requests of a process; the others wait
# 2,048 vectors of 3,072 dimensions as numbers have 140 MB. None of it is kept in memory.
PASSED_BYTES = 256 * 1024**2
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

    def __init__(self, endpoint: Endpoint, response: httpx2.Response, seconds: float) -> None:
        self._endpoint, self._response = endpoint, response
        self._ends = asyncio.get_running_loop().time() + seconds
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
        """Yield the body as it comes. Raises :class:`UpstreamFailed`.

        A stream of events may go on for as long as events come.
        """
        clock = asyncio.get_running_loop().time
        # Some servers compress what they were asked to leave as it is.
        is_encoded = "content-encoding" in self._response.headers
        pieces = self._response.aiter_bytes() if is_encoded else raw_pieces(self._response)
        try:
            async for chunk in pieces:
                if clock() > self._ends and not self.is_event_stream:
                    raise ResponseTooSlow("The response wasn't complete in time.")
                yield chunk
        except httpx2.HTTPError as error:
            raise _failed(error, self._endpoint) from error

    async def error_body(self) -> bytes:
        """Return the error as JSON, without secrets. Raises :class:`UpstreamFailed`.

        An error that isn't in a form of APIs is replaced by one in the vendor's.
        """
        # The transport has read the body already, up to a limit.
        body = b"".join([chunk async for chunk in self.chunks()])
        body = without_secrets(self._endpoint, body)
        text = body.decode("utf-8", "replace")
        if is_api_error(text):
            return body
        message = f"{self._endpoint.name} returned an error ({self.status}): {reason_in(text)}"
        return json.dumps(
            {"error": {"message": message, "type": "server_error", "param": None, "code": None}}
        ).encode()

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

    The endpoint may take `seconds` before its response, and for a body that isn't a stream of
    events; for such a stream, before each piece of it. Raises :class:`UpstreamFailed`.
    """
    try:
        require_url(endpoint)
        client = _client_of_loop(endpoint)
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
        async with within(seconds):
            response = await client.send(request, stream=True)
        if response.is_success and response.headers.get("content-type", "").startswith("text/html"):
            await response.aclose()
            raise UpstreamFailed(web_page(endpoint))
        return Upstream(endpoint, response, seconds)
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
# 25 ms, so endpoints with the same rules share one.
_Sharing = tuple[NetworkRules, str | None]
_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Sharing, httpx2.AsyncClient]]" = (
    WeakKeyDictionary()
)


def _client_of_loop(endpoint: Endpoint) -> httpx2.AsyncClient:
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    sharing = (endpoint.networks, proxy_for(endpoint.base_url))
    if sharing not in clients:
        clients[sharing] = http_client(
            endpoint.base_url,
            endpoint.networks,
            timeout=httpx2.Timeout(CONNECT_SECONDS),
            most=MOST_AT_ONCE,
            whole_bytes=PASSED_BYTES,
        )
    return clients[sharing]
