"""HTTP/1.1 as bytes: messages are read without changing how their sender wrote them."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

CONTINUE = 100
NO_BODY = (204, 304)


def header_of(headers: list[str], name: str) -> str:
    """Return the header's value in lower case, or an empty string."""
    for line in headers:
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip().lower()
    return ""


@dataclass
class Message:
    """A request or an answer. `chunks` is its body, in the pieces in which it was sent.

    A body that is not chunked is one piece.
    """

    start: str
    headers: list[str]
    chunks: list[bytes] = field(default_factory=list)
    chunked: bool = False

    @property
    def body(self) -> bytes:
        whole = b"".join(self.chunks)
        return gzip.decompress(whole) if self.header("content-encoding") == "gzip" else whole

    @property
    def status(self) -> int:
        return int(self.start.split(" ", 2)[1])

    def header(self, name: str) -> str:
        """Return the header's value in lower case, or an empty string."""
        return header_of(self.headers, name)

    def head(self) -> bytes:
        return "\r\n".join([self.start, *self.headers, "", ""]).encode("latin-1")


def read_head(source: BinaryIO) -> Message | None:
    """Read a start line and headers, or return None if the connection ended."""
    start = source.readline()
    if not start:
        return None
    headers = []
    while line := source.readline().rstrip(b"\r\n"):
        headers.append(line.decode("latin-1"))
    return Message(start.rstrip(b"\r\n").decode("latin-1"), headers)


def _ignored(data: bytes) -> None:
    pass


def read_body(
    source: BinaryIO,
    message: Message,
    *,
    until_closed: bool = False,
    on_bytes: Callable[[bytes], None] = _ignored,
) -> None:
    """Read the body into the message. `on_bytes` gets the bytes as they were sent, at once.

    `until_closed`: without a length, the body ends with the connection.
    """
    if message.header("transfer-encoding") == "chunked":
        message.chunked = True
        _read_chunks(source, message, on_bytes)
    elif length := message.header("content-length"):
        message.chunks = [source.read(int(length))]
        on_bytes(message.chunks[0])
    elif until_closed:
        message.chunks = [source.read()]
        on_bytes(message.chunks[0])


def _read_chunks(source: BinaryIO, message: Message, on_bytes: Callable[[bytes], None]) -> None:
    size = -1
    while size:
        line = source.readline()
        size = int(line.split(b";")[0], 16)
        data = source.read(size)
        end = source.readline()
        if size:
            message.chunks.append(data)
        on_bytes(line + data + end)


def read_answer(source: BinaryIO, method: str) -> Message:
    """Read the final answer to a request."""
    message = read_head(source)
    while message is not None and message.status == CONTINUE:
        message = read_head(source)
    assert message is not None, "the connection ended without an answer"
    if method != "HEAD" and message.status not in NO_BODY:
        read_body(source, message, until_closed=True)
    return message
