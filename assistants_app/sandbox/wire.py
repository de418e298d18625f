"""The protocol between an app and an interpreter host, in frames of bounded size.

One connection per request. Both sides prove that they know the secret, and neither sends it.
"""

import contextlib
import hmac
import secrets
import select
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from assistants_app.sandbox.guest.frames import (
    MAX_BLOB,
    MAX_JSON,
    Buffer,
    ChannelClosed,
    Message,
    encode,
    receive,
)
from assistants_app.sandbox.protocol import CHUNK, Execution, FileInfo

# A peer that sends nothing for this long counts as gone.
SILENCE_SECONDS = 90.0
# A host sends a sign of life this often while code runs without output.
ALIVE_SECONDS = 5.0
_NONCE_BYTES = 16
# Limits until the peer has proved that it knows the secret: anybody can connect to a port.
_STRANGER_SECONDS = 10.0
_STRANGER_BYTES = 1024


class Connection:
    """Frames over a connected socket. Raises ChannelClosed or OSError once the peer is gone."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._channel.settimeout(_STRANGER_SECONDS)
        self._buffer = Buffer(_STRANGER_BYTES)
        self._heard = time.monotonic()

    def trust(self) -> None:
        """Allow larger frames and longer pauses, once the peer has proved the secret."""
        self._channel.settimeout(SILENCE_SECONDS)
        self._buffer.limit = MAX_JSON + MAX_BLOB

    def send(self, message: Message, blob: bytes = b"") -> None:
        """Send one frame."""
        self._channel.sendall(encode(message, blob))

    def receive(self) -> tuple[Message, bytes]:
        """Wait for the next frame and return it."""
        return receive(self._channel, self._buffer)

    def ready(self, seconds: float) -> bool:
        """Wait up to `seconds`, and return whether a frame has begun to arrive.

        Raises ChannelClosed after `SILENCE_SECONDS` without any data.
        """
        if self._buffer or select.select([self._channel], [], [], seconds)[0]:
            self._heard = time.monotonic()
            return True
        if time.monotonic() - self._heard > SILENCE_SECONDS:
            raise ChannelClosed("silence")
        return False

    def waiting(self) -> Message | None:
        """Return a frame that has already arrived, or None. Never blocks."""
        if select.select([self._channel], [], [], 0)[0]:
            data = self._channel.recv(1 << 16)
            if not data:
                raise ChannelClosed("the end of the channel")
            self._buffer.feed(data)
        frame = self._buffer.next()
        return frame[0] if frame else None

    def send_chunks(self, chunks: Iterable[bytes]) -> None:
        """Send a file as frames, ended by a frame without a chunk."""
        for chunk in chunks:
            for start in range(0, len(chunk), CHUNK):
                self.send({"chunk": True}, chunk[start : start + CHUNK])
        self.send({"chunk": False})

    def receive_chunks(self) -> Iterator[bytes]:
        """Yield the pieces of a file that the peer sends with `send_chunks`."""
        while True:
            message, blob = self.receive()
            if not message.get("chunk"):
                return
            yield blob

    def close(self) -> None:
        """Close the socket."""
        with contextlib.suppress(OSError):
            self._channel.close()


def prove_as_host(connection: Connection, secret: bytes) -> bool:
    """Return whether the client knows the secret, and prove to it that this host does."""
    # A fresh nonce per connection, so that a recorded answer is worthless.
    nonce = secrets.token_hex(_NONCE_BYTES)
    connection.send({"nonce": nonce})
    answer, _ = connection.receive()
    if not hmac.compare_digest(str(answer.get("proof")), _proof(secret, "client", nonce)):
        return False
    connection.send({"proof": _proof(secret, "host", str(answer.get("nonce")))})
    connection.trust()
    return True


def prove_as_client(connection: Connection, secret: bytes) -> bool:
    """Prove the secret to the host, and return whether the host knows it as well."""
    question, _ = connection.receive()
    nonce = secrets.token_hex(_NONCE_BYTES)
    proof = _proof(secret, "client", str(question.get("nonce")))
    connection.send({"proof": proof, "nonce": nonce})
    answer, _ = connection.receive()
    # Checked before any code or file is sent, which an impostor could keep.
    if not hmac.compare_digest(str(answer.get("proof")), _proof(secret, "host", nonce)):
        return False
    connection.trust()
    return True


def connect(address: str, timeout: float) -> socket.socket:
    """Connect to `unix:PATH` or `HOST:PORT`.

    Raises OSError, and ValueError for an address in neither form.
    """
    if path := _unix_path(address):
        channel = socket.socket(socket.AF_UNIX)
        channel.settimeout(timeout)
        try:
            channel.connect(path)
        except OSError:
            channel.close()
            raise
        return channel
    channel = socket.create_connection(host_and_port(address), timeout)
    # Many frames are small and wait for an answer, so they must not be held back.
    channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return channel


def host_and_port(address: str) -> tuple[str, int]:
    """Split `HOST:PORT`. Raises ValueError for an address in another form."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal():
        raise ValueError(f"{address!r} is not in the form unix:PATH or HOST:PORT")
    return host.strip("[]"), int(port)


def _unix_path(address: str) -> str:
    return address.removeprefix("unix:") if address.startswith("unix:") else ""


def execution_message(execution: Execution) -> Message:
    """Return the execution as a message."""
    message = asdict(execution)
    # They were sent one by one while the code ran.
    del message["outputs"]
    return message


def execution_of(message: Message, **outputs: Any) -> Execution:
    """Return the execution in a message. Raises ChannelClosed if the message has another form."""
    try:
        files = [FileInfo(**row) for row in message.pop("changed_files")]
        return Execution(**message, **outputs, changed_files=files)
    except (KeyError, TypeError) as error:
        raise ChannelClosed("an answer in an unknown form") from error


def _proof(secret: bytes, side: str, nonce: str) -> str:
    # `side` keeps a peer from answering with a proof that it got from this side.
    return hmac.new(secret, f"{side} {nonce}".encode(), "sha256").hexdigest()
