"""Responses are read the same wherever their bytes are cut, and broken ones are recognized."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistants_app.providers.http.connection import (
    LARGEST_HEAD,
    MOST_UNREAD,
    Connection,
    NothingReceived,
)

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class FakeSocket(asyncio.Transport):
    """A transport of the event loop that keeps what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed, self.aborted, self.paused = b"", False, False, False
        self.unsent = 0

    def write(self, data: Any) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Exchange:
    """A connection whose server is the test."""

    def __init__(self) -> None:
        self.socket = FakeSocket()
        self.connection = Connection(asyncio.get_running_loop())
        self.connection.connection_made(self.socket)

    async def read(self, pieces: Iterable[bytes], *, ends: bool = False) -> tuple[int, bytes]:
        """Return status and body of the response in these pieces. Then the connection `ends`."""
        asked = asyncio.ensure_future(self.connection.exchange(b"request", 5.0))
        await asyncio.sleep(0)
        for piece in pieces:
            self.connection.data_received(piece)
        if ends:
            self.connection.eof_received()
            self.connection.connection_lost(None)
        await asked
        body = b""
        while piece := await self.connection.read():
            body += piece
        return self.connection.status, body


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    exchange = Exchange()
    yield exchange
    exchange.connection.finish()


RESPONSES = {
    "length": (HELLO, (200, b"hello"), True),
    "chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;name=value\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        (200, b"hello"),
        True,
    ),
    "trailers": (
        b"HTTP/1.1 200 OK\r\nTrailer: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\na: b\r\nc: d\r\n\r\n",
        (200, b"hello"),
        True,
    ),
    "interim": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HELLO,
        (200, b"hello"),
        True,
    ),
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b""), True),
    "HTTP/1.0": (
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        (200, b"hello"),
        False,
    ),
    "HTTP/1.0 kept": (
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
        (200, b"hello"),
        True,
    ),
    "close": (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        (200, b"hello"),
        False,
    ),
    "bare line feeds": (
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        (200, b"hello"),
        True,
    ),
    "padded lengths": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n0 \r\n\r\n",
        (200, b"hello"),
        True,
    ),
    "no reason": (b"HTTP/1.1 503\r\nContent-Length: 2\r\n\r\nno", (503, b"no"), True),
    "length and chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n",
        (200, b"hello"),
        True,
    ),
}


@pytest.mark.parametrize("kind", RESPONSES)
async def test_a_response_is_read_wherever_it_is_cut(kind: str) -> None:
    response, expected, can_go_on = RESPONSES[kind]
    cuts = [[response], [response[at : at + 1] for at in range(len(response))]]
    cuts += [[response[:at], response[at:]] for at in range(1, len(response))]
    for pieces in cuts:
        exchange = Exchange()
        assert await exchange.read(pieces) == expected
        assert exchange.connection.finish() is can_go_on
        assert exchange.socket.closed is not can_go_on


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_chunks_of_any_size_arrive_whole(data: st.DataObject) -> None:
    chunks = data.draw(st.lists(st.binary(min_size=1, max_size=50), max_size=20))
    sent = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for chunk in chunks:
        sent += b"%X\r\n%b\r\n" % (len(chunk), chunk)
    sent += b"0\r\n\r\n"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(sent) - 1), max_size=20)))
    pieces = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]

    async def read() -> tuple[int, bytes]:
        return await Exchange().read(pieces)

    assert asyncio.run(read()) == (200, b"".join(chunks))


async def test_headers_keep_their_order_and_doubles(exchange: Exchange) -> None:
    head = b"HTTP/1.1 200 Fine\r\nB: 1\r\na: \xe9\r\nB: 2\r\nContent-Length: 0\r\n\r\n"
    await exchange.read([head])
    headers = [(b"B", b"1"), (b"a", b"\xe9"), (b"B", b"2"), (b"Content-Length", b"0")]
    assert exchange.connection.headers == headers
    assert exchange.connection.reason == b"Fine"


async def test_a_body_without_length_ends_with_the_connection(exchange: Exchange) -> None:
    pieces = [b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo"]
    assert await exchange.read(pieces, ends=True) == (200, b"hello")
    assert not exchange.connection.finish()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"", "without a response"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "before the end of its response"),
        (HELLO[:-2], "received 3 bytes, expected 5"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "before the end of its response",
        ),
    ],
)
async def test_a_response_that_breaks_off_is_an_error(
    exchange: Exchange, sent: bytes, says: str
) -> None:
    with pytest.raises(httpx2.RemoteProtocolError, match=says) as caught:
        await exchange.read([sent] if sent else [], ends=True)
    assert isinstance(caught.value, NothingReceived) is (not sent)
    assert exchange.socket.closed


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "illegal status line"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "illegal response"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "illegal response"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "another protocol",
        ),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * LARGEST_HEAD, "too large"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * (LARGEST_HEAD // 25 + 1), "too large"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
            + b"a" * 2 * LARGEST_HEAD,
            "too large",
        ),
    ],
)
async def test_a_response_that_is_none_is_an_error(
    exchange: Exchange, sent: bytes, says: str
) -> None:
    pieces = [sent[at : at + 1000] for at in range(0, len(sent), 1000)]
    with pytest.raises(httpx2.RemoteProtocolError, match=says):
        await exchange.read(pieces)
    assert exchange.socket.closed
    assert not exchange.connection.is_reusable


async def test_what_comes_before_an_error_is_read_first(exchange: Exchange) -> None:
    broken = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n"
    asked = asyncio.ensure_future(exchange.connection.exchange(b"request", None))
    await asyncio.sleep(0)
    exchange.connection.data_received(broken)
    await asked
    assert await exchange.connection.read() == b"hello"
    with pytest.raises(httpx2.RemoteProtocolError):
        await exchange.connection.read()


@pytest.mark.parametrize("more", [HELLO, b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", b"junk"])
async def test_a_second_response_is_never_taken_for_the_next_ones(
    exchange: Exchange, more: bytes
) -> None:
    assert await exchange.read([HELLO + more]) == (200, b"hello")
    assert not exchange.connection.finish()
    assert exchange.socket.closed


async def test_bytes_on_an_idle_connection_close_it(exchange: Exchange) -> None:
    await exchange.read([HELLO])
    assert exchange.connection.finish()
    exchange.connection.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert not exchange.connection.is_reusable
    assert exchange.socket.closed


async def test_the_end_of_an_idle_connection_is_noticed(exchange: Exchange) -> None:
    await exchange.read([HELLO])
    assert exchange.connection.finish()
    exchange.connection.eof_received()
    assert not exchange.connection.is_reusable


async def test_a_response_before_the_end_of_its_request_closes_the_connection(
    exchange: Exchange,
) -> None:
    await exchange.read([b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"])
    exchange.socket.unsent = 1000
    assert not exchange.connection.finish()
    assert exchange.socket.aborted


async def test_a_server_that_is_faster_than_the_reader_has_to_wait(exchange: Exchange) -> None:
    asked = asyncio.ensure_future(exchange.connection.exchange(b"request", None))
    await asyncio.sleep(0)
    exchange.connection.data_received(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * MOST_UNREAD)
    )
    exchange.connection.data_received(b"a" * MOST_UNREAD)
    await asked
    assert not exchange.socket.paused
    exchange.connection.data_received(b"a")
    assert exchange.socket.paused
    assert len(await exchange.connection.read()) == MOST_UNREAD + 1
    assert not exchange.socket.paused


async def test_a_silent_server_times_out_before_and_in_its_response(exchange: Exchange) -> None:
    with pytest.raises(httpx2.ReadTimeout):
        await exchange.connection.exchange(b"request", 0.01)
    exchange = Exchange()
    asked = asyncio.ensure_future(exchange.connection.exchange(b"request", 0.01))
    await asyncio.sleep(0)
    exchange.connection.data_received(HELLO[:-1])
    await asked
    assert await exchange.connection.read() == b"hell"
    with pytest.raises(httpx2.ReadTimeout):
        await exchange.connection.read()
    assert exchange.socket.closed


async def test_a_reader_that_takes_its_time_is_no_silent_server(exchange: Exchange) -> None:
    asked = asyncio.ensure_future(exchange.connection.exchange(b"request", 0.01))
    await asyncio.sleep(0)
    exchange.connection.data_received(HELLO[:-1])
    await asked
    await asyncio.sleep(0.05)
    assert await exchange.connection.read() == b"hell"
    exchange.connection.data_received(b"o")
    assert await exchange.connection.read() == b"o"
    assert exchange.connection.finish()
