"""The connection under a response, which another thread may cut."""

import contextlib
import socket
import threading
from collections.abc import Iterable

import httpx2

DRAIN_SECONDS = 0.25  # what follows the last event is in the same packet, or late


class Line:
    """The socket that a response is read from, until it is let go."""

    def __init__(self, response: httpx2.Response) -> None:
        network_stream = response.extensions.get("network_stream")
        self._socket: socket.socket | None = (
            network_stream.get_extra_info("socket") if network_stream else None
        )
        self._lock = threading.Lock()

    def cut(self) -> None:
        """End the stream, even one that waits in a read. Safe from any thread, and twice."""
        with self._lock:
            if self._socket is not None:
                # Not its own method: a TLS socket's also takes the session from whoever reads.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def let_go(self) -> None:
        """From here on the socket may be another stream's."""
        with self._lock:
            self._socket = None

    def drain(self, chunks: Iterable[bytes]) -> None:
        """Read what follows the last event, so that the connection can serve another request.

        A server that leaves it open for longer than `DRAIN_SECONDS` loses it.
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
