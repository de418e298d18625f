"""Probes local web servers, without the weight of an HTTP library."""

import errno
import socket

ANSWER_SECONDS = 5.0
OK = 200  # the status of an answer without an error
WRONG_KEY = 401


def http_status(host: str, port: int, path: str, key: str = "") -> int | None:
    """Return the status of ``GET path``, or None if nothing answers."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    )
    try:
        with socket.create_connection((host, port), timeout=ANSWER_SECONDS) as line:
            line.sendall(request.encode())
            head = line.makefile("rb").readline(1024).split()
    except OSError:
        return None
    return int(head[1]) if len(head) > 1 and head[1].isdigit() else None


def port_is_free(host: str, port: int) -> bool:
    """Return whether a server could listen there. Raises OSError if the host isn't local."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do, so that connections in TIME_WAIT don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True
