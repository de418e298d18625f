"""Bytes on the connection itself, which Daphne and Twisted read before our code does."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.fuzz import values
from tests.fuzz.examples import try_examples
from tests.live import ROOT, LiveSite

# Half a request gets no answer. A late answer is still in the log, if it is an error.
QUIET_SECONDS = 0.2
GOOD = (
    b"GET / HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\nAccept: text/html\r\n\r\n",
    b"POST /v1/threads HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n"
    b"Content-Length: 2\r\n\r\n{}",
    b"POST /sign-in/ HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n",
    b"GET /ws/p/proj_1/thread/thread_1/?after=1-0 HTTP/1.1\r\nHost: localhost\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost\r\n\r\n",
)
PIECES = [
    *(
        b"\r\n",
        b"\n",
        b"\0",
        b"\xff",
        b" ",
        b"\t",
        b":",
        b"%",
        b"?",
        b"//",
        b"//[",
        b"#",
        b"http://[",
    ),
    *(b"%00", b"%ff", b"%ed%a0%80", b"..", b"HTTP/9.9", b"HTTP/1.0", b"a" * 20_000),
    *(
        b"X:" + b"1\r\nX:" * 600,
        b"Content-Length: -1\r\n",
        b"Content-Length: 9\r\n",
        b"Expect: x\r\n",
    ),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n", b"Upgrade: websocket\r\n"),
    *(b"Sec-WebSocket-Protocol: \xff\r\n", b"Daphne-Root-Path: \xff\r\n", b"Connection: close\r\n"),
    *(
        b"Sec-WebSocket-Extensions: a;b=\xff\r\n",
        b"Sec-WebSocket-Version: x\r\n",
        b"Host: \xff\r\n",
    ),
    *(b"Host: a,b\r\n", b"Cookie: \xff\r\n", b"Expect: 100-continue\r\n", b"ffffffffff\r\n"),
    *(b"Authorization: Bearer \xff\r\n", b"X-Forwarded-Proto: \xff\r\n", b"Range: bytes=x\r\n"),
    *(f"Content-Type: text/plain; {one}\r\n".encode("latin-1") for one in values.CHARSETS),
    *(f"Content-Type: {one}\r\n".encode("latin-1") for one in values.CONTENT_TYPES),
    *(f"Accept: {one}\r\n".encode("latin-1") for one in ("text/html; a*=x''%ff", "*/*;q=x", ";;")),
]


class LoggedSite(LiveSite):
    """A site whose web process writes its log to a file."""

    log: Path

    def _spawn(self, module: str, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self.environ() | environment,
                stderr=log,
            )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedSite]:
    site = LoggedSite("wire")
    site.log = tmp_path_factory.mktemp("wire") / "log"
    yield site.start(workers=0)
    site.stop()


def answer(site: LiveSite, data: bytes) -> bytes:
    """Send the bytes and nothing more, and return what came back within a moment."""
    received = bytearray()
    with (
        socket.create_connection(("127.0.0.1", site.port), timeout=QUIET_SECONDS) as line,
        suppress(ConnectionError, TimeoutError),
    ):
        line.sendall(data)
        while piece := line.recv(65536):
            received += piece
    return bytes(received)


def test_no_bytes_are_an_error_of_the_server(site: LoggedSite) -> None:
    good = st.sampled_from(GOOD)
    # At the beginning of a line half of the time, so that whole headers are added.
    places = st.tuples(good, st.integers(0, 10_000), st.booleans(), st.sampled_from(PIECES))

    def check(example: tuple[bytes, int, bool, bytes]) -> None:
        request, place, at_line, piece = example
        starts = [match.end() for match in re.finditer(rb"\r\n", request)]
        at = starts[place % len(starts)] if at_line else place % len(request)
        received = answer(site, request[:at] + piece + request[at:])
        assert not re.match(rb"HTTP/1\.1 5", received), (example, received[:300])

    try_examples("wire", places, check, share=40, undo=False)
    for request, status in zip(GOOD, (b"302", b"401", b"403", b"101"), strict=True):
        assert answer(site, request).startswith(b"HTTP/1.1 " + status)
    log = site.log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]
