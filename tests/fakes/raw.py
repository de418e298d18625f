"""A server that sends exact bytes, for answers that no well-behaved server would send."""

import contextlib
import socket
import threading
from collections.abc import Iterator

from assistants_app.providers.endpoint import Endpoint


def http(status: int, kind: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    """Return an HTTP answer that closes the connection. `length` may promise more than `body`."""
    lines = [f"HTTP/1.1 {status} Raw", f"content-type: {kind}", "connection: close", *headers]
    lines.append(f"content-length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def sse(*data: str) -> bytes:
    """Return an HTTP answer with server-sent events."""
    body = "".join(f"data: {row}\n\n" for row in data)
    return http(200, "text/event-stream", body.encode())


@contextlib.contextmanager
def raw_server(*answers: bytes) -> Iterator[Endpoint]:
    """Serve one answer per connection, and the last answer to all later connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, list(answers)), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        yield Endpoint(name="Raw", base_url=f"http://127.0.0.1:{port}/v1", api_key="raw-key")
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread out of accept()
        thread.join(5)


@contextlib.contextmanager
def dripping_server(head: bytes, piece: bytes, *, pause: float = 0.0) -> Iterator[Endpoint]:
    """Serve `head` and then `piece` again and again, with pauses, until the client leaves."""
    over = threading.Event()

    def drip(listener: socket.socket) -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                _read_request(connection)
                connection.sendall(head)
                while not over.wait(pause):
                    connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        yield Endpoint(name="Drip", base_url=f"http://127.0.0.1:{port}/v1", api_key="raw-key")
        over.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(listener: socket.socket, answers: list[bytes]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            _read_request(connection)
            connection.sendall(answers.pop(0) if len(answers) > 1 else answers[0])


def _read_request(connection: socket.socket) -> None:
    # To its end: closing a connection with unread bytes resets it before the answer is read.
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65536)):
            return
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.lower().split(b"\r\n") if b"content-length" in line
    ]
    left = int(lengths[0]) - len(body) if lengths else 0
    while left > 0 and (more := connection.recv(65536)):
        left -= len(more)
