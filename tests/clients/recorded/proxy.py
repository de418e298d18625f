"""A proxy on loopback that records requests and answers as they go over the wire."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Self

from tests.clients.recorded.http1 import CONTINUE, Message, read_body, read_head


@dataclass
class Seen:
    """A request and its answer, on a numbered connection."""

    connection: int
    request: Message
    answer: Message


class RecordingProxy:
    """Forwards the connections of one client program to a site."""

    def __init__(self, port: int) -> None:
        self.seen: list[Seen] = []
        self._site = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections = 0
        self._busy = 0
        self._idle = threading.Condition()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def take(self) -> list[Seen]:
        """Return what was seen since the last call, when all answers are complete."""
        with self._idle:
            assert self._idle.wait_for(lambda: self._busy == 0, timeout=20), "an answer has no end"
            seen, self.seen = self.seen, []
        return seen

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._connections += 1
            work = threading.Thread(
                target=self._forward, args=(client, self._connections), daemon=True
            )
            work.start()

    def _forward(self, client: socket.socket, number: int) -> None:
        with client, socket.create_connection(self._site) as site:
            from_client, from_site = client.makefile("rb"), site.makefile("rb")
            while (request := read_head(from_client)) is not None:
                with self._busy_with_one():
                    answer = _answered(request, client, from_client, site, from_site)
                    self.seen.append(Seen(number, request, answer))
                if "close" in (request.header("connection"), answer.header("connection")):
                    # Some clients read a stream until the connection ends.
                    with contextlib.suppress(OSError):
                        client.shutdown(socket.SHUT_RDWR)
                    return

    @contextlib.contextmanager
    def _busy_with_one(self) -> Iterator[None]:
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()


def _answered(
    request: Message,
    client: socket.socket,
    from_client: BinaryIO,
    site: socket.socket,
    from_site: BinaryIO,
) -> Message:
    """Forward a request whose head is read, and its answer."""

    def send(data: bytes) -> None:
        # Some clients end before they have read an answer that they don't need.
        with contextlib.suppress(OSError):
            client.sendall(data)

    sent = bytearray(request.head())
    if request.header("expect") == "100-continue":
        send(f"HTTP/1.1 {CONTINUE} Continue\r\n\r\n".encode())
    read_body(from_client, request, on_bytes=sent.extend)
    site.sendall(sent)
    answer = read_head(from_site)
    while answer is not None and answer.status == CONTINUE:
        answer = read_head(from_site)
    assert answer is not None, "the site closed the connection"
    send(answer.head())
    read_body(from_site, answer, until_closed=True, on_bytes=send)
    return answer
