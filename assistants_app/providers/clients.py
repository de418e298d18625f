"""Clients of the `openai` package, all on the process's event loop."""

import contextlib

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
        http_client=http_client(endpoint.base_url, endpoint.networks, timeout=TIMEOUT),
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
