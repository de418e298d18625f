"""The pages that watch a thread, each at the other end of a websocket."""

from collections.abc import Callable
from typing import Protocol

# The key of an ASGI scope that holds its Socket.
SOCKET = "playground.socket"


class Socket(Protocol):
    """An open websocket, as the server gives it to us (``playground.websockets``)."""

    @property
    def is_full(self) -> bool:
        """Whether data waits in this process because the client doesn't read it fast enough."""

    @property
    def heard_at(self) -> float:
        """When the client last sent something, by ``time.monotonic()``."""

    def ping(self) -> None:
        """Ask the client to send something. Browsers answer by themselves."""

    def write(self, message: bytes) -> None:
        """Send the bytes of websocket messages. Does nothing if the socket is closed."""

    def close(self, code: int) -> None:
        """Close the socket."""

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call this whenever a full socket has room again."""


class SharedSocket:
    """A websocket with several viewers. Each hears when the socket has room again."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._calls: list[Callable[[], None]] = []

    @property
    def is_full(self) -> bool:
        """Whether data waits in this process because the client doesn't read it fast enough."""
        return self._socket.is_full

    @property
    def heard_at(self) -> float:
        """When the client last sent something, by ``time.monotonic()``."""
        return self._socket.heard_at

    def ping(self) -> None:
        """Ask the client to send something."""
        self._socket.ping()

    def write(self, message: bytes) -> None:
        """Send the bytes of websocket messages."""
        self._socket.write(message)

    def close(self, code: int) -> None:
        """Close the socket for all viewers."""
        self._socket.close(code)

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call this when the full socket has room again."""
        self._calls.append(call)
        self._socket.when_drained(self._pass_on)

    def _pass_on(self) -> None:
        calls, self._calls = self._calls, []
        for call in calls:
            call()


class Viewer:
    """A page. It is `ready` for frames once it shows what the frames before have changed."""

    __slots__ = ("_socket", "is_ready")

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self.is_ready = False

    @property
    def is_full(self) -> bool:
        """Whether earlier frames still wait to be sent."""
        return self._socket.is_full

    @property
    def heard_at(self) -> float:
        """When the page's browser last gave a sign of life, by ``time.monotonic()``."""
        return self._socket.heard_at

    def ping(self) -> None:
        """Ask the browser for a sign of life."""
        self._socket.ping()

    def send(self, frame: bytes) -> None:
        """Send a frame."""
        self._socket.write(frame)

    def close(self, code: int) -> None:
        """Close the page's websocket."""
        self._socket.close(code)

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call this when a full socket has room again."""
        self._socket.when_drained(call)
