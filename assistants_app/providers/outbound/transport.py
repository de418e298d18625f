"""Requests to endpoints: to permitted addresses, and with responses of limited size."""

import asyncio
import contextlib
import functools
import zlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from assistants_app.providers.http.pool import MOST_IDLE, tls_context
from assistants_app.providers.http.transport import BODY, Transport
from assistants_app.providers.outbound.connecting import checked_addresses, permits_literal
from assistants_app.providers.outbound.errors import (
    AddressDenied,
    RedirectDenied,
    ResponseTooLarge,
    ResponseTooSlow,
)
from assistants_app.providers.outbound.networks import NetworkRules

# Of a response that is read here. The largest that is useful, 128 vectors of 8,192 dimensions, has
# 23 MB.
WHOLE_BYTES = 32 * 1024**2
# Of an error's body, from which a sentence is shown.
ERROR_BYTES = 256 * 1024
ERROR_SECONDS = 10.0
# Unpacked here, with a limit: 64 KB of gzip may become 64 MB, and other formats far more.
CODINGS = "gzip, deflate"
PIECE_BYTES = 64 * 1024


def http_client(
    url: str,
    rules: NetworkRules,
    *,
    timeout: httpx2.Timeout,
    most: int | None = None,
    whole_bytes: int = WHOLE_BYTES,
) -> httpx2.AsyncClient:
    """Return a client for requests to the server of `url`, through the proxy of the environment.

    It belongs to one event loop, and carries out up to `most` requests at once. `whole_bytes` is
    the largest size of a response that isn't a stream of events.
    """
    return httpx2.AsyncClient(
        transport=GuardedTransport(rules, proxy=proxy_for(url), most=most, whole_bytes=whole_bytes),
        timeout=timeout,
        headers={"accept-encoding": CODINGS},
        # The transport denies those to other servers.
        follow_redirects=True,
    )


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


@functools.lru_cache(maxsize=1024)  # It reads the whole environment.
def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for a URL, or None."""
    parts = urlsplit(url)
    # A proxy cannot reach this machine's own servers.
    if is_loopback(url) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


class GuardedTransport(httpx2.AsyncBaseTransport):
    """A transport that keeps to the rules for addresses, redirects and sizes."""

    def __init__(
        self,
        rules: NetworkRules,
        *,
        proxy: str | None = None,
        most: int | None = None,
        whole_bytes: int = WHOLE_BYTES,
    ) -> None:
        """Open no connection yet. A `proxy` connects to other servers itself."""
        self._rules, self._has_proxy, self._whole_bytes = rules, proxy is not None, whole_bytes
        self._inner: httpx2.AsyncBaseTransport
        if proxy:
            # Our own connections know no proxies. Those of `httpx2` do, and cost more.
            limits = httpx2.Limits(max_connections=most, max_keepalive_connections=MOST_IDLE)
            context = tls_context(trust_env=True)
            self._inner = httpx2.AsyncHTTPTransport(verify=context, limits=limits, proxy=proxy)
        else:
            self._inner = Transport(most=most, resolve=self._resolve)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response. An event stream is passed as it is, for the sake of its speed."""
        if self._has_proxy and not permits_literal(request.url.host, self._rules):
            raise AddressDenied(f"The address {request.url.host} isn't permitted.")
        response = await self._inner.handle_async_request(request)
        return await guard(request, response, whole_bytes=self._whole_bytes)

    async def aclose(self) -> None:
        """Close the idle connections."""
        await self._inner.aclose()

    async def _resolve(self, host: str, port: int) -> list[str]:
        return await checked_addresses(host, port, self._rules)


async def guard(
    request: httpx2.Request, response: httpx2.Response, *, whole_bytes: int = WHOLE_BYTES
) -> httpx2.Response:
    """Return the response with a limited body: an error's or redirect's is read, others follow.

    Raises :class:`RedirectDenied`, and errors of the transport.
    """
    are_events = response.headers.get("content-type", "").startswith("text/event-stream")
    if response.is_success and are_events and "content-encoding" not in response.headers:
        return response
    try:
        if response.is_success:
            return _replaced(response, _Unpacked(response, None if are_events else whole_bytes))
        if response.has_redirect_location:
            _check_redirect(request, response)
        body = await _start_of(response)
    except BaseException:
        await response.aclose()
        raise
    await response.aclose()
    return _replaced(response, httpx2.ByteStream(body))


def _replaced(response: httpx2.Response, stream: httpx2.AsyncByteStream) -> httpx2.Response:
    headers = httpx2.Headers(response.headers)
    for name in ("content-encoding", "content-length", "transfer-encoding"):
        headers.pop(name, None)
    # Without the way around its stream.
    extensions = {name: value for name, value in response.extensions.items() if name != BODY}
    return httpx2.Response(
        response.status_code, headers=headers, stream=stream, extensions=extensions
    )


def _check_redirect(request: httpx2.Request, response: httpx2.Response) -> None:
    try:
        target = request.url.join(response.headers["location"])
    except httpx2.InvalidURL as error:
        raise RedirectDenied("its address isn't valid") from error
    if _server(target) == _server(request.url):
        return
    if target.host == request.url.host and (_server(request.url), _server(target)) == (
        ("http", target.host, 80),
        ("https", target.host, 443),
    ):
        return
    raise RedirectDenied(target.host or target.scheme)


def _server(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


async def _start_of(response: httpx2.Response) -> bytes:
    # Returns what arrives in time of the first bytes of an error's body.
    body = bytearray()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ERROR_SECONDS):
            async for piece in _Unpacked(response, None):
                body += piece[: ERROR_BYTES - len(body)]
                if len(body) >= ERROR_BYTES:
                    break
    return bytes(body)


class _Unpacked(httpx2.AsyncByteStream):
    """The body of a response, unpacked in small pieces.

    Raises :class:`ResponseTooLarge` after `most` bytes, and ``httpx2.DecodingError``.
    """

    def __init__(self, response: httpx2.Response, most: int | None) -> None:
        self._response, self._most = response, most
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise httpx2.DecodingError(
                f"it is compressed as {coding[:20]!r}, which wasn't asked for"
            )
        self._coding = coding if coding != "identity" else ""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        stream = self._response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        pieces = _inflated(stream, self._coding) if self._coding else stream
        async for piece in pieces:
            size += len(piece)
            if self._most is not None and size > self._most:
                raise ResponseTooLarge("a response", self._most)
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


async def _inflated(packed: httpx2.AsyncByteStream, coding: str) -> AsyncIterator[bytes]:
    inflate, is_first = zlib.decompressobj(zlib.MAX_WBITS | 32), True
    async for waiting in packed:
        while waiting:
            try:
                piece = inflate.decompress(waiting, PIECE_BYTES)
            except zlib.error as error:
                # Some servers send deflate without the header that belongs to it.
                if not (is_first and coding == "deflate"):
                    raise httpx2.DecodingError(str(error)) from error
                inflate, is_first = zlib.decompressobj(-zlib.MAX_WBITS), False
                continue
            is_first = False
            if piece:
                yield piece
            if inflate.eof:
                return
            waiting = inflate.unconsumed_tail


@contextlib.asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raise :class:`ResponseTooSlow` if what is inside takes longer, whatever arrives meanwhile."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError as error:
        if limit.expired():
            raise ResponseTooSlow(f"no complete response after {seconds:.0f} s") from error
        raise
