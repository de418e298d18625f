"""The way of a frame from the live page to Daphne's sockets, in little time and memory."""

import random
import time
from collections.abc import Callable
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.tcp import Connection

from playground.addresses import Seat

KERNEL_BYTES = 128 * 1024  # of data that one socket may have on its way


def send_at_once(transport: Any, data: bytes) -> None:
    """Write to a connection, and leave to Twisted only what doesn't fit into its socket now."""
    # Twisted would only note the bytes here, and send them after two further system calls, which
    # took 29 µs each time.
    sent = 0
    if (
        isinstance(transport, Connection)
        and transport.connected
        and not (transport.dataBuffer or transport._tempDataLen)
    ):
        done = transport.writeSomeData(data)
        # An error means that the connection is lost, which Twisted notices itself.
        sent = done if isinstance(done, int) else 0
    if sent < len(data):
        transport.write(data[sent:])


class PageSocket(WebSocketProtocol):
    """A websocket that sends prepared messages, and knows when its client reads too slowly.

    It is a ``Socket`` for :mod:`assistants_app.realtime`, and a push producer for Twisted, which
    pauses it while more than 64 KB wait to be sent.
    """

    is_full = False
    seat: Seat | None = None
    heard_at = 0.0
    _drained: Callable[[], None] | None = None

    def onOpen(self) -> None:
        """Take the place of the HTTP connection, which has ended."""
        super().onOpen()
        self.heard_at = time.monotonic()
        # Daphne pings all sockets at once that were opened at once: 1,000 held the loop for 200 ms.
        self.last_ping -= random.uniform(0, self.server.ping_interval)
        # The kernel would take up to 4 MB for a client that doesn't read, who would then lag by as
        # much, although it gets the current state as soon as it does.
        self.transport.getHandle().setsockopt(SOL_SOCKET, SO_SNDBUF, KERNEL_BYTES)
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Take a message."""
        self.heard_at = time.monotonic()
        super().onMessage(payload, isBinary)

    def onPong(self, payload: bytes) -> None:
        """Take the answer to a ping."""
        self.heard_at = time.monotonic()
        super().onPong(payload)

    def ping(self) -> None:
        """Send a ping, which a browser answers without the page's help."""
        # One at a time: autobahn would not cancel the timeout of an earlier one.
        if self.state == self.STATE_OPEN and not self.autoPingPending:
            # The one that Daphne sends, which then needn't send its own.
            self._sendAutoPing()
            self.last_ping = time.time()

    def connectionLost(self, reason: Any) -> None:
        """Leave the seat of the HTTP connection that this was."""
        super().connectionLost(reason)
        if self.seat:
            self.seat.leave()

    def write(self, message: bytes) -> None:
        """Send the bytes of websocket messages."""
        if self.state == self.STATE_OPEN:
            send_at_once(self.transport, message)

    def close(self, code: int) -> None:
        """Close the websocket."""
        self.sendClose(code=code)

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call this whenever everything has been sent that was waiting."""
        self._drained = call

    def pauseProducing(self) -> None:
        """Note that the buffer is full. Twisted calls this."""
        self.is_full = True

    def resumeProducing(self) -> None:
        """Note that the buffer is empty. Twisted calls this."""
        self.is_full = False
        if self._drained is not None:
            self._drained()

    def stopProducing(self) -> None:
        """Do nothing. Twisted calls this when the connection is gone."""
