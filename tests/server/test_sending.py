"""Responses on their way to the socket: each byte once, in order, and in as few parts as can be."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.tcp import Connection
from twisted.web.http_headers import Headers

from playground.http_channel import Channel, Seconds
from playground.websockets import send_at_once


class Reactor:
    """Notes who waits for room in a socket."""

    def __init__(self) -> None:
        self.writers: set[Any] = set()

    def addWriter(self, writer: Any) -> None:
        self.writers.add(writer)

    def removeWriter(self, writer: Any) -> None:
        self.writers.discard(writer)


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def pair(reactor: Reactor) -> Iterator[tuple[Connection, socket.socket]]:
    """A connection of the server, and the socket of its client."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    protocol: Any = None
    waiting: Any = reactor
    connection = Connection(ours, protocol, waiting)
    connection.connected = True
    with ours, theirs:
        yield connection, theirs


def received(client: socket.socket) -> bytes:
    """Return what has arrived."""
    try:
        return client.recv(2**20)
    except BlockingIOError:
        return b""


def test_what_fits_is_sent_at_once(
    pair: tuple[Connection, socket.socket], reactor: Reactor
) -> None:
    connection, client = pair
    send_at_once(connection, b"token")
    assert received(client) == b"token"
    assert not reactor.writers


def test_what_does_not_fit_follows_in_order(
    pair: tuple[Connection, socket.socket], reactor: Reactor
) -> None:
    connection, client = pair
    pieces = [b"%06d" % number * 5000 for number in range(100)]
    for piece in pieces:
        send_at_once(connection, piece)
    assert reactor.writers
    arrived = b""
    while reactor.writers:
        arrived += received(client)
        writer: Any = connection
        writer.doWrite()
        if len(arrived) < 10**6:
            # Although there is room now, it waits for what came before.
            pieces.append(b"%06d" % len(pieces))
            send_at_once(connection, pieces[-1])
    while more := received(client):
        arrived += more
    assert arrived == b"".join(pieces)


def test_nothing_is_sent_to_a_connection_that_is_lost(
    pair: tuple[Connection, socket.socket],
) -> None:
    connection, client = pair
    connection.connected = False
    send_at_once(connection, b"token")
    assert received(client) == b""


def test_a_head_is_sent_with_the_first_part_of_its_body(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Channel, "seconds", Seconds(1, 1, 1), raising=False)
    connection, client = pair
    channel: Any = Channel()
    channel.transport = connection
    headers = Headers({b"X-One": [b"1"], b"X-Two": [b"2", b"3"]})
    head = b"HTTP/1.1 200 OK\r\nX-One: 1\r\nX-Two: 2\r\nX-Two: 3\r\n\r\n"
    channel.writeHeaders(b"HTTP/1.1", b"200", b"OK", headers)
    assert received(client) == b""
    channel.write(b"body")
    channel.writeSequence([b" and", b" more"])
    assert received(client) == head + b"body and more"
    # A stream without a first part so far.
    channel.writeHeaders(b"HTTP/1.1", b"200", b"OK", headers)
    channel.flush()
    assert received(client) == head
    channel.flush()
    assert received(client) == b""
