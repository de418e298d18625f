"""Streams of bytes for responses of the web process."""

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async

from assistants_app.storage.byte_store import Chunks


async def in_threads(chunks: Chunks) -> AsyncIterator[bytes]:
    """Yield the same chunks, each read in a thread so that the event loop never waits."""
    read = sync_to_async(lambda: next(chunks, b""))
    try:
        while chunk := await read():
            yield chunk
    finally:
        await sync_to_async(chunks.close)()
