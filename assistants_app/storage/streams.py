"""Bytes on their way out of the web process."""

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async

from assistants_app.storage.byte_store import Chunks


async def in_threads(chunks: Chunks) -> AsyncIterator[bytes]:
    """The same chunks; the event loop does not wait for where they come from."""
    read = sync_to_async(lambda: next(chunks, b""))
    try:
        while chunk := await read():
            yield chunk
    finally:
        await sync_to_async(chunks.close)()
