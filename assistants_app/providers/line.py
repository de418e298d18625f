"""The connection below a response, which another thread can cut."""

import contextlib
import socket
import threading
from collections.abc import Iterable

import httpx2

# The few bytes after the last event usually arrive with it. Waiting longer would delay every reply
# from a server that keeps the connection open.
DRAIN_SECONDS = 0.25


class Line:
    """The socket from which a response is read."""

    def __init__(self, response: httpx2.Response) -> None:
        network_stream = response.extensions.get("network_stream")
        self._socket: socket.socket | None = (
            network_stream.get_extra_info("socket") if network_stream else None
        )
        self._lock = threading.Lock()

    def cut(self) -> None:
        """End the stream, even during a read. Safe from any thread, and more than once."""
        with self._lock:
            if self._socket is not None:
                # Not `SSLSocket.shutdown`, which would also take away the TLS session under a
                # thread that reads.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Give up the socket: from now on it may serve another stream."""
        with self._lock:
            self._socket = None

    def drain(self, chunks: Iterable[bytes]) -> None:
        """Read to the end of the response, so that the connection can serve another request.

        If that takes longer than `DRAIN_SECONDS`, the connection is cut instead.
        """
        timer = threading.Timer(DRAIN_SECONDS, self.cut)
        timer.daemon = True
        timer.start()
        try:
            with contextlib.suppress(httpx2.HTTPError):
                for _ in chunks:
                    pass
        finally:
            timer.cancel()
