"""Cheap clients of the site: websockets and event streams, without a protocol library."""

import asyncio
import re
import socket
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2

from tests.bench.client import HEADERS
from tests.live import LiveSite

_SEQ = re.compile(rb'"seq": ?"(\d+-\d+)"')
_ID = re.compile(rb"^id: ?(\d+-\d+)\r?$", re.MULTILINE)
_PING, _CLOSE = 0x9, 0x8
RECEIVED_BYTES = 32_768  # of the kernel's buffer for each connection
P = TypeVar("P", bound=asyncio.Protocol)
Seen = tuple[float, bytes]  # seconds (Unix time) when a frame arrived, and its position in the log


class Socket(asyncio.Protocol):
    """A websocket of a thread's page. `frames` holds when each frame came and its position."""

    def __init__(self, request: bytes) -> None:
        self.frames: list[Seen] = []
        self.bytes = 0
        self.closed = False
        self.opened = asyncio.get_running_loop().create_future()
        self._request = request
        self._buffer = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self.bytes += len(data)
        if not self.opened.done():
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._buffer = rest
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.opened.set_exception(ConnectionError(bytes(head[:200])))
                return
            self.opened.set_result(self)
        while self._take_frame():
            pass

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed during the handshake"))

    def pause(self) -> None:
        """Stop reading, like a page on a very slow line."""
        self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def close(self) -> None:
        """Drop the connection."""
        self._transport.abort()

    def _take_frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        begin, length = 2, buffer[1] & 0x7F
        if length >= 126:
            begin = 4 if length == 126 else 10
            length = int.from_bytes(buffer[2:begin], "big")
        if len(buffer) < begin + length:
            return False
        if buffer[0] & 0xF == _PING:
            # A mask of zeros leaves the contents as they are.
            self._transport.write(bytes([0x8A, 0x80 | length, 0, 0, 0, 0]) + buffer[2 : 2 + length])
        elif buffer[0] & 0xF != _CLOSE and (seq := _SEQ.search(buffer, begin, begin + 100)):
            self.frames.append((time.time(), seq[1]))
        del buffer[: begin + length]
        return True


class EventStream(asyncio.Protocol):
    """A reader of a thread's events. `frames` holds when each event came and its position."""

    def __init__(self, request: bytes) -> None:
        self.frames: list[Seen] = []
        self.opened = asyncio.get_running_loop().create_future()
        self._request = request
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self.opened.set_result(self)
        now = time.time()
        self.frames += [(now, seq) for seq in _ID.findall(data)]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before the answer"))

    def close(self) -> None:
        """Drop the connection."""
        self._transport.abort()


async def open_socket(url: str, path: str, cookie: str) -> Socket:
    """Return an open websocket of the page at `path`, signed in with this cookie."""
    host = urlsplit(url).netloc
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Origin: {url}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\nCookie: {cookie}\r\nUser-Agent: Mozilla/5.0 (X11; Linux "
        "x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n"
        "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\n"
        "Pragma: no-cache\r\nCache-Control: no-cache\r\n\r\n"
    )
    page = await _connect(url, lambda: Socket(request.encode()))
    await page.opened
    return page


async def open_events(base_url: str, thread_id: str) -> EventStream:
    """Return an open stream of the thread's events."""
    url = urlsplit(base_url)
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    target = f"{url.path}/threads/{thread_id}/events"
    request = f"GET {target} HTTP/1.1\r\nHost: {url.netloc}\r\n{headers}\r\n"
    stream = await _connect(base_url, lambda: EventStream(request.encode()))
    await stream.opened
    return stream


async def _connect(url: str, protocol: Callable[[], P]) -> P:
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    # Small, so that the kernel keeps little for a client that doesn't read.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
    connection.setblocking(False)
    await loop.sock_connect(connection, (address.hostname, address.port))
    _, connected = await loop.create_connection(protocol, sock=connection)
    return connected


def cookies_of(site: LiveSite) -> str:
    """Sign in, and return the cookies of the session."""
    with httpx2.Client() as client:
        assert site.sign_in_client(client).is_success
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())
