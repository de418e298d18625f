"""What our web server knows about a request's connection, beyond ASGI."""

from typing import BinaryIO, Protocol

from assistants_app.api.departures import Departure

CONNECTION = "assistants_app.connection"  # the key in the ASGI scope


class Connection(Protocol):
    """The connection of one request. `body` is the file with its whole body."""

    body: BinaryIO
    departure: Departure

    def abort(self) -> None:
        """Cut the connection, so that the client notices that the response is incomplete."""
