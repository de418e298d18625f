"""What the launcher and the parent of the site's processes say to each other.

The launcher opens a connection for each process. It sends a `ForkRequest` with the descriptor of
the process's output, and later the numbers of signals. The parent answers with the process ID, and
with the exit status once the process has ended. Each is one packet.
"""

import json
import socket
from dataclasses import asdict, dataclass

LARGEST = 65_536


@dataclass(frozen=True)
class ForkRequest:
    """A module to run like `python -m`, with its arguments. `name` is what `top` shows."""

    name: str
    module: str
    arguments: list[str]

    def send(self, connection: socket.socket, output: int) -> None:
        """Send the request with the descriptor for the output of the process."""
        socket.send_fds(connection, [json.dumps(asdict(self)).encode()], [output])

    @classmethod
    def read(cls, packet: bytes) -> "ForkRequest":
        """Return the request in a packet."""
        return cls(**json.loads(packet))


def packet_of(number: int) -> bytes:
    """Return the packet of a signal, a process ID or an exit status."""
    return str(number).encode()
