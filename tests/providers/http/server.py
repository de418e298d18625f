"""A server of plain sockets: each connection is served by the next function of a script."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Serve = Callable[[socket.socket], None]


@dataclass
class ScriptedSockets:
    """The base URL, and what happened."""

    base_url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    _asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def read_request(self, connection: socket.socket) -> bytes:
        """Return the next request with its body, or nothing if the client has closed."""
        received = b""
        while b"\r\n\r\n" not in received:
            if not (more := connection.recv(65536)):
                return b""
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ]
        left = sum(lengths) - len(body)
        while left > 0 and (more := connection.recv(65536)):
            received += more
            left -= len(more)
        self.requests.append(received)
        self._asked.release()
        return received

    def answer(self, *answers: bytes) -> Serve:
        """Return a function that sends one answer per request, then waits for the client to go."""

        def serve(connection: socket.socket) -> None:
            for answer in answers:
                if not self.read_request(connection):
                    break
                connection.sendall(answer)
            self.wait_until_closed(connection)

        return serve

    def wait_until_closed(self, connection: socket.socket) -> None:
        """Wait until the client closes its side."""
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                pass
        self._closed.release()

    async def wait_asked(self) -> None:
        """Wait for another request."""
        assert await asyncio.to_thread(self._asked.acquire, timeout=20), "nobody asked"

    async def wait_closed(self) -> None:
        """Wait until another client has closed its connection."""
        closed = await asyncio.to_thread(self._closed.acquire, timeout=20)
        assert closed, "no client closed its connection"


@contextlib.contextmanager
def scripted_sockets(
    script: Callable[[ScriptedSockets], list[Serve]], *, context: ssl.SSLContext | None = None
) -> Iterator[ScriptedSockets]:
    """Serve as many connections as the script has functions, with TLS if there is a `context`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme = "https" if context else "http"
        server = ScriptedSockets(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        opened: list[socket.socket] = []

        def accept() -> None:
            for serve in script(server):
                try:
                    connection, _ = listener.accept()
                    opened.append(connection)
                    server.connections += 1
                    if context:
                        connection = context.wrap_socket(connection, server_side=True)
                        opened.append(connection)
                except OSError:
                    return
                threading.Thread(target=_serve, args=(serve, connection), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread out of accept()
        thread.join(5)
        for connection in opened:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _serve(serve: Serve, connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        serve(connection)
