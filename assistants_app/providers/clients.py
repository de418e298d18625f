"""Clients of the `openai` package, all on the process's event loop."""

import contextlib
import ssl
from collections import Counter
from collections.abc import Iterator

import httpx2
import openai

from assistants_app.domain.errors import RunFailure
from assistants_app.event_loop import process_loop
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import SERVER_ERROR, require_url
from assistants_app.providers.outbound.transport import http_client

# A busy model may send its first byte late; a server that exists connects at once.
TIMEOUT = httpx2.Timeout(600.0, connect=10.0)
CLOSE_SECONDS = 1.0
# With every request, a client looks at each of its connections: with 500 streams of one client a
# request took 3.7 ms, and with 50 of each client 2.6 ms.
STREAMS_PER_CLIENT = 64


class Clients:
    """As many clients of one endpoint as its streams need."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Open the first client. Raises :class:`RunFailure` for an invalid base URL or key."""
        require_url(endpoint)
        self._endpoint = endpoint
        # Building one takes 20 ms, which is nearly all of what building a client takes.
        self._context = httpx2.create_ssl_context()
        self.first = client_of(endpoint, self._context)
        self._clients = [self.first]
        self._streams: Counter[openai.AsyncOpenAI] = Counter()

    @contextlib.contextmanager
    def lend(self) -> Iterator[openai.AsyncOpenAI]:
        """Yield a client for one stream. To be used on `process_loop`."""
        # The first that has room, so that the others' connections close when there are few streams.
        free = (one for one in self._clients if self._streams[one] < STREAMS_PER_CLIENT)
        client = next(free, None)
        if client is None:
            client = client_of(self._endpoint, self._context)
            self._clients.append(client)
        self._streams[client] += 1
        try:
            yield client
        finally:
            self._streams[client] -= 1

    @property
    def in_use(self) -> bool:
        """Whether a client is lent to a stream."""
        return any(self._streams.values())

    def close(self) -> None:
        """Close the idle connections."""
        for client in self._clients:
            close_client(client)


def client_of(endpoint: Endpoint, context: ssl.SSLContext | None = None) -> openai.AsyncOpenAI:
    """Return a client of the `openai` package for an endpoint, to be used on `process_loop`.

    Raises :class:`RunFailure` for an invalid base URL or key.
    """
    require_url(endpoint)
    return openai.AsyncOpenAI(
        base_url=endpoint.base_url,
        # Servers without keys ignore it, but the package requires one.
        api_key=_valid_key(endpoint) or "none",
        # `open_stream` retries, can be stopped and records each try.
        max_retries=0,
        http_client=http_client(
            endpoint.base_url, endpoint.networks, timeout=TIMEOUT, context=context
        ),
    )


def close_client(client: openai.AsyncOpenAI) -> None:
    """Close the client's idle connections."""
    # Not for long, so that a blocked loop can't hold up the end of the process.
    with contextlib.suppress(TimeoutError):
        process_loop.submit(client.close()).result(CLOSE_SECONDS)


def _valid_key(endpoint: Endpoint) -> str:
    key = endpoint.api_key.strip()
    if not (key.isascii() and key.isprintable()):
        raise RunFailure(
            SERVER_ERROR,
            f"The API key of {endpoint.name} has invalid characters. Copy the key again.",
        )
    return key
