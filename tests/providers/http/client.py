"""A client over our transport, and responses for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from assistants_app.providers.http.dialing import Resolve, resolve
from assistants_app.providers.http.transport import Transport

TIMEOUT = httpx2.Timeout(5.0)


def ok(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Return a response with a length."""
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status, length, *headers, b"", body])


@asynccontextmanager
async def client(resolve: Resolve = resolve) -> AsyncIterator[httpx2.AsyncClient]:
    """Open a client on this event loop."""
    transport = Transport(resolve=resolve)
    async with httpx2.AsyncClient(
        transport=transport, follow_redirects=True, timeout=TIMEOUT
    ) as opened:
        yield opened
