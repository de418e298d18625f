"""Whether a response has left: the web server's transport reports it, and the API listens."""

from collections.abc import Callable
from enum import Enum
from threading import Lock


class Reached(Enum):
    """How far a response got."""

    BEGUN = "begun"  # the first part of a stream has left
    LEFT = "left"
    BROKEN = "broken"  # the connection ended first


class Departure:
    """The way of one response, from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reached: Reached | None = None
        self._listener: Callable[[Reached], None] | None = None

    def report(self, reached: Reached) -> None:
        """Tell the listener how far the response got."""
        with self._lock:
            # What has left can't break any more.
            if self._reached in (reached, Reached.LEFT, Reached.BROKEN):
                return
            self._reached, listener = reached, self._listener
        if listener:
            listener(reached)

    def listen(self, listener: Callable[[Reached], None]) -> None:
        """Call the listener with each report, also with the last one before now."""
        with self._lock:
            self._listener, reached = listener, self._reached
        if reached:
            listener(reached)
