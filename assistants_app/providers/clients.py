"""Clients of the `openai` package, all on the process's event loop."""

import contextlib
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2
import openai

from assistants_app.domain.errors import RunFailure
from assistants_app.event_loop import process_loop
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import SERVER_ERROR, require_url
from assistants_app.providers.http.pool import MOST_IDLE
from assistants_app.providers.http.transport import Transport

# A busy model may send its first byte late; a server that exists connects at once.
TIMEOUT = httpx2.Timeout(600.0, connect=10.0)
CLOSE_SECONDS = 1.0


def client_of(endpoint: Endpoint) -> openai.AsyncOpenAI:
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
        http_client=http_client(loopback=is_loopback(endpoint.base_url)),
    )


def http_client(*, loopback: bool, most: int | None = None) -> httpx2.AsyncClient:
    """Return a client for servers on this machine, or for others. It belongs to one event loop.

    It carries out up to `most` requests at once. A proxy from the environment can't reach this
    machine's own servers.
    """
    # With a proxy, all requests take the longer way of `httpx2`, which also knows NO_PROXY.
    has_proxy = not loopback and any(map(getproxies().get, ("http", "https", "all")))
    return httpx2.AsyncClient(
        timeout=TIMEOUT,
        limits=httpx2.Limits(max_connections=most, max_keepalive_connections=MOST_IDLE),
        follow_redirects=True,
        trust_env=not loopback,
        transport=None if has_proxy else Transport(most=most, trust_env=not loopback),
    )


def close_client(client: openai.AsyncOpenAI) -> None:
    """Close the client's idle connections."""
    # Not for long, so that a blocked loop can't hold up the end of the process.
    with contextlib.suppress(TimeoutError):
        process_loop.submit(client.close()).result(CLOSE_SECONDS)


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _valid_key(endpoint: Endpoint) -> str:
    key = endpoint.api_key.strip()
    if not (key.isascii() and key.isprintable()):
        raise RunFailure(
            SERVER_ERROR,
            f"The API key of {endpoint.name} has invalid characters. Copy the key again.",
        )
    return key
