"""Messages between an embedder's client and its server: a line's length, JSON, then numbers."""

import json
import socket
import struct
from typing import Any

LENGTHS = struct.Struct("!II")
LONGEST = 256 * 1024 * 1024  # bytes of either part


def send(line: socket.socket, message: dict[str, Any], numbers: bytes = b"") -> None:
    """`numbers` are 32-bit floats in this machine's byte order."""
    head = json.dumps(message).encode()
    line.sendall(LENGTHS.pack(len(head), len(numbers)) + head + numbers)


def receive(line: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Raises ``EOFError`` when the other side has gone, ``ValueError`` for no such message."""
    head, numbers = LENGTHS.unpack(_exactly(line, LENGTHS.size))
    if max(head, numbers) > LONGEST:
        raise ValueError("a message of that length is none of ours")
    message = json.loads(_exactly(line, head))
    return dict(message), _exactly(line, numbers)


def _exactly(line: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = line.recv(min(length - len(parts), 1024 * 1024))
        if not part:
            raise EOFError("the other side has closed the line")
        parts += part
    return bytes(parts)
