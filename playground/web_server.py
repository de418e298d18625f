"""Our parts of Daphne, which has no settings for them: the only place that replaces its methods."""

import resource
from contextlib import suppress
from typing import Any

from daphne.http_protocol import HTTPFactory
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory

from assistants_app.realtime.viewers import SOCKET
from playground import variables
from playground.addresses import Addresses
from playground.door import Door
from playground.http_channel import Channel, Seconds
from playground.transport import REQUEST, StreamedRequest
from playground.websockets import PageSocket

MOST_FILES = 65_536


def prepare_daphne(door: Door) -> None:
    """Make Daphne use our connections, requests and websockets."""
    Channel.door = door
    Channel.addresses = _addresses()
    Channel.seconds = Seconds(
        header=variables.HEADER_SECONDS,
        idle=variables.KEEP_ALIVE_SECONDS,
        body=variables.BODY_SECONDS,
    )
    HTTPFactory.buildProtocol = _build_channel
    HTTPFactory.log = _with_reader(HTTPFactory.log)
    WebSocketFactory.protocol = PageSocket
    Server.create_application = _with_protocols(Server.create_application)


def _addresses() -> Addresses | None:
    # Through a proxy, all connections come from its address.
    if not variables.CONNECTIONS_PER_ADDRESS or variables.BEHIND_TLS_PROXY:
        return None
    return Addresses(min(variables.CONNECTIONS_PER_ADDRESS, _open_files() // 2))


def _open_files() -> int:
    """Return how many files this process may have open, after raising the limit."""
    # The usual 1,024 are fewer than the connections that one address may have.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return soft


def _build_channel(factory: HTTPFactory, _address: Any) -> Channel:
    channel = Channel()
    channel.factory = factory
    return channel


def _with_reader(log: Any) -> Any:
    def log_if_read(factory: HTTPFactory, request: Any) -> None:
        # Twisted makes a line for each response, and Daphne drops it unless it is verbose.
        if factory.server.verbosity > 1:
            log(factory, request)

    return log_if_read


def _with_protocols(create: Any) -> Any:
    def create_application(server: Any, protocol: Any, scope: dict[str, Any]) -> Any:
        scope[REQUEST if isinstance(protocol, StreamedRequest) else SOCKET] = protocol
        return create(server, protocol, scope)

    return create_application
