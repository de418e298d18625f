"""The connection below a response, which any thread can cut."""

import asyncio
import contextlib
import socket
import threading
from asyncio.trsock import TransportSocket
from collections.abc import AsyncIterable

import httpx2

# The few bytes after the last event usually arrive with it. Waiting longer would delay every reply
# from a server that keeps the connection open.
DRAIN_SECONDS = 0.25


class Line:
    """The socket from which a response is read."""

    def __init__(self, response: httpx2.Response) -> None:
        network_stream = response.extensions.get("network_stream")
        self._socket: TransportSocket | None = (
            network_stream.get_extra_info("socket") if network_stream else None
        )
        self._lock = threading.Lock()

    def cut(self) -> None:
        """End the stream, even during a read. Safe from any thread, and more than once."""
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Give up the socket: from now on it may serve another stream."""
        with self._lock:
            self._socket = None

    async def drain(self, chunks: AsyncIterable[bytes]) -> None:
        """Read to the end of the response, so that the connection can serve another request.

        If that takes longer than `DRAIN_SECONDS`, the connection is cut instead.
        """
        timer = asyncio.get_running_loop().call_later(DRAIN_SECONDS, self.cut)
        try:
            with contextlib.suppress(httpx2.HTTPError):
                async for _ in chunks:
                    pass
        finally:
            timer.cancel()
