"""The frames of every channel: two lengths, JSON, bytes. Both sides cap what they accept."""

import json
import socket
import struct
from typing import Any

Message = dict[str, Any]
_HEADER = struct.Struct("<II")
MAX_JSON = 4 << 20
MAX_BLOB = 16 << 20


class ChannelClosed(Exception):
    """The peer is gone, or sent something that no honest peer would send."""


def encode(message: Message, blob: bytes = b"") -> bytes:
    """Return one frame. Raises ValueError if it is larger than the peer accepts."""
    text = json.dumps(message).encode()
    if len(text) > MAX_JSON or len(blob) > MAX_BLOB:
        raise ValueError("The frame is too large")
    return _HEADER.pack(len(text), len(blob)) + text + blob


class Buffer:
    """Cuts the bytes of an untrusted peer into frames."""

    def __init__(self, limit: int = MAX_JSON + MAX_BLOB) -> None:
        self._bytes = bytearray()
        self.limit = limit

    def __bool__(self) -> bool:
        return bool(self._bytes)

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        self._bytes += data

    def next(self) -> tuple[Message, bytes] | None:
        """Take out and return the first whole frame, or None. Raises ChannelClosed if malformed."""
        if len(self._bytes) < _HEADER.size:
            return None
        text, blob = _HEADER.unpack_from(self._bytes)
        # Before the rest has arrived, so that announced lengths cannot fill the memory.
        if text > MAX_JSON or blob > MAX_BLOB or text + blob > self.limit:
            raise ChannelClosed("a frame that is too large")
        end = _HEADER.size + text + blob
        if len(self._bytes) < end:
            return None
        raw = bytes(self._bytes[_HEADER.size : end])
        del self._bytes[:end]
        return _parse_message(raw[:text]), raw[text:]


def receive(channel: socket.socket, buffer: Buffer) -> tuple[Message, bytes]:
    """Return the next frame of a blocking socket. Raises ChannelClosed and the socket's OSError."""
    while (frame := buffer.next()) is None:
        data = channel.recv(1 << 18)
        if not data:
            raise ChannelClosed("the end of the channel")
        buffer.feed(data)
    return frame


def _parse_message(text: bytes) -> Message:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        # RecursionError: brackets that are nested tens of thousands deep.
        raise ChannelClosed("a frame that is not JSON") from error
    if not isinstance(message, dict):
        raise ChannelClosed("a frame that is not a JSON object")
    return message
