"""Messages between an embedder's client and server: two lengths, a JSON object, then numbers."""

import json
import socket
import struct
from typing import Any

LENGTHS = struct.Struct("!II")
# Bytes of either part. A length beyond this comes from a process that doesn't speak this protocol.
LONGEST = 256 * 1024 * 1024


def send(line: socket.socket, message: dict[str, Any], numbers: bytes = b"") -> None:
    """Send a message. `numbers` are 32-bit floats in this machine's byte order."""
    head = json.dumps(message).encode()
    line.sendall(LENGTHS.pack(len(head), len(numbers)) + head + numbers)


def receive(line: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Receive a message.

    Raises ``EOFError`` if the other side has closed the connection, ``ValueError`` if the data is
    no message.
    """
    head, numbers = LENGTHS.unpack(_receive_exactly(line, LENGTHS.size))
    if max(head, numbers) > LONGEST:
        raise ValueError("the message is too long")
    message = json.loads(_receive_exactly(line, head))
    return dict(message), _receive_exactly(line, numbers)


def _receive_exactly(line: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = line.recv(min(length - len(parts), 1024 * 1024))
        if not part:
            raise EOFError("the other side has closed the connection")
        parts += part
    return bytes(parts)
