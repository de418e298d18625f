"""Stored bytes as the body of a response."""

import asyncio
from collections.abc import AsyncGenerator

from assistants_app.api.hops import waiting_hop
from assistants_app.storage.byte_store import Chunks


async def read_in_threads(chunks: Chunks) -> AsyncGenerator[bytes, None]:
    """Yield the same chunks, each read in a thread so that the event loop never waits."""
    reading: asyncio.Future[bytes] | None = None
    try:
        while True:
            reading = asyncio.ensure_future(waiting_hop(next, chunks, b""))
            # A generator can't be closed while another thread is in it. So when the client goes
            # away, the read ends first.
            chunk = await asyncio.shield(reading)
            if not chunk:
                return
            yield chunk
    finally:
        if reading and not reading.done():
            await asyncio.wait([reading])
        await waiting_hop(chunks.close)
