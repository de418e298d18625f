"""Strangers and slow clients take neither disk nor connections of the web server."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.live import API_KEY, LiveSite, wait_until

SECONDS = {"HEADER_SECONDS": "2", "BODY_SECONDS": "2", "KEEP_ALIVE_SECONDS": "3"}
BOUND = 25  # connections
KEY = f"Authorization: Bearer {API_KEY}\r\nOpenAI-Beta: assistants=v2\r\n"
WRONG_KEY = "Authorization: Bearer sk-ap-nobody-has-this-key\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def site() -> Iterator[LiveSite]:
    settings = {**SECONDS, "CONNECTIONS_PER_ADDRESS": str(BOUND)}
    site = LiveSite("door", settings).start(workers=0)
    yield site
    site.stop()


@dataclass
class Line:
    """A connection to the site, and what was received on it."""

    site: LiveSite
    received: bytes = b""
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.site.port), timeout=20)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: str | bytes) -> "Line":
        self._socket.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def post(self, path: str, headers: str = "", length: int | None = None) -> "Line":
        """Send the headers of a POST."""
        if length is not None:
            headers += f"Content-Length: {length}\r\n"
        return self.send(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")

    def until_closed(self) -> "Line":
        while data := self._socket.recv(65536):
            self.received += data
        return self

    def until(self, end: bytes) -> "Line":
        while not self.received.endswith(end):
            data = self._socket.recv(65536)
            assert data, self.received
            self.received += data
        return self

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def status(self) -> int:
        return int(self.received.split(b" ", 2)[1])

    @property
    def error(self) -> dict[str, str]:
        _, _, body = self.received.partition(b"\r\n\r\n")
        error: dict[str, str] = json.loads(body)["error"]
        return error


@pytest.fixture
def line(site: LiveSite) -> Iterator[Line]:
    with Line(site) as line:
        yield line


def spooled(site: LiveSite) -> int:
    """Return how many bytes are in files of the web process that have no name."""
    assert site.web is not None
    total = 0
    for link in Path(f"/proc/{site.web.pid}/fd").iterdir():
        try:
            if str(link.readlink()).endswith(" (deleted)"):
                total += link.stat().st_size
        except FileNotFoundError:
            continue
    return total


@pytest.mark.parametrize("path", ["/v1/files", "/v1/threads", "/openai/files", "/v1/embeddings"])
@pytest.mark.parametrize("key", ["", WRONG_KEY])
@pytest.mark.parametrize("length", [None, 20, 500_000_000])
def test_the_key_is_looked_at_before_the_body(
    line: Line, path: str, key: str, length: int | None
) -> None:
    line.post(path, key + (CHUNKED if length is None else ""), length).until_closed()
    assert (line.status, line.error["type"]) == (401, "invalid_request_error")
    assert line.seconds < 1


def test_a_strangers_body_is_not_kept(site: LiveSite, line: Line) -> None:
    line.post("/v1/files", WRONG_KEY, 100_000_000)
    for _ in range(50):
        line.send(bytes(1_000_000))
    assert spooled(site) == 0
    assert line.send(bytes(50_000_000)).until_closed().status == 401


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/v1/nothing", 500, 404),
        ("/v1/threads/thread_1/messages/msg_1/files", 500, 404),
        ("/v1/threads/thread_1/runs/run_1/steps", 500, 405),
        ("/v1/threads", 40_000_000, 413),
        ("/v1/files", 600_000_000, 413),
    ],
)
def test_a_body_that_is_not_needed_is_not_waited_for(
    line: Line, path: str, length: int, status: int
) -> None:
    assert line.post(path, KEY, length).until_closed().status == status
    assert line.error["type"] == "invalid_request_error"
    assert line.seconds < 1


def test_a_chunked_body_that_becomes_too_large_is_refused(line: Line) -> None:
    line.post("/v1/threads", KEY + CHUNKED)
    for _ in range(40):
        line.send(b"f4240\r\n" + bytes(1_000_000) + b"\r\n")
    assert line.until_closed().status == 413


def test_a_client_that_asks_may_send_its_body_only_with_a_key(site: LiveSite) -> None:
    expect = "Expect: 100-continue\r\nConnection: close\r\n"
    with Line(site) as line:
        line.post("/v1/threads", KEY + expect, 2).until(b"100 Continue\r\n\r\n")
        line.received = b""
        assert line.send("{}").until_closed().status == 200
    with Line(site) as line:
        line.post("/v1/threads", WRONG_KEY + expect, 2).until_closed()
        assert line.received.startswith(b"HTTP/1.1 401")


def test_visitors_of_the_site_can_only_send_small_forms(site: LiveSite) -> None:
    for path in ("/sign-in/", "/nothing/", f"/p/{site.project_id}/files/upload/"):
        with Line(site) as line:
            line.post(path, "Accept: text/html\r\n", 70_000).until_closed()
            assert (line.status, line.seconds < 1) == (403, True)
    with Line(site) as line:
        line.post("/sign-in/", "Connection: close\r\n", 3).send("a=b").until_closed()
        assert line.status == 403


def test_a_handshake_of_a_websocket_has_no_body(line: Line) -> None:
    line.post("/ws/x", "Upgrade: websocket\r\n", 400_000_000)
    assert line.until_closed().status == 400


@pytest.mark.parametrize("sent", ["POST", "POST /v1/threads HTTP/1.1\r\nHost: loc", "\r\n"])
def test_half_a_request_ends(line: Line, sent: str) -> None:
    assert line.send(sent).until_closed().status == 408
    assert line.error["type"] == "invalid_request_error"
    assert line.seconds < 5


def test_a_connection_that_sends_nothing_ends_without_an_answer(line: Line) -> None:
    assert line.until_closed().received == b""
    assert line.seconds < 5


def test_headers_that_trickle_are_not_waited_for(line: Line) -> None:
    line.send("POST /v1/threads HTTP/1.1\r\n")
    for number in range(25):
        line.send(f"X-{number}: 1\r\n")
        time.sleep(0.1)
    assert line.until_closed().status == 408
    assert line.seconds < 5


START = "GET /v1/threads HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    "request_head",
    [
        f"GET /v1/threads?{'a' * 40_000} HTTP/1.1\r\n\r\n",
        "GET /" + "a" * 40_000,
        f"{START}Cookie: {'a' * 20_000}\r\n\r\n",
        START + f"X: {'a' * 5000}\r\n" * 5 + "\r\n",
        START + "X: 1\r\n" * 600 + "\r\n",
    ],
    ids=["address", "endless address", "cookie", "long headers", "many headers"],
)
def test_an_address_or_headers_that_are_too_long_are_refused_with_the_reason(
    line: Line, request_head: str
) -> None:
    assert line.send(request_head).until_closed().status == 431
    assert line.error["message"].startswith("The address or the headers of the request are too")


@pytest.mark.parametrize(
    "request_head",
    [
        f"JUNK\r\n\r\n{START}\r\n",
        f"{START}X: a\0b\r\n\r\n",
        f"{START}Transfer-Encoding: gzip\r\n\r\n",
        f"POST /v1/threads HTTP/1.1\r\nHost: localhost\r\n{KEY}{CHUNKED}\r\nzz\r\n\r\n",
    ],
    ids=["line", "NUL", "encoding", "chunk"],
)
def test_what_is_not_http_is_refused_once_with_the_reason(line: Line, request_head: str) -> None:
    assert line.send(request_head).until_closed().status == 400
    assert line.error["message"].startswith("The request isn't valid HTTP.")
    assert line.received.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("headers", ["Content-Length: 100000\r\n", CHUNKED])
def test_a_body_that_trickles_is_refused(line: Line, headers: str) -> None:
    line.post("/v1/threads", KEY + headers)
    for _ in range(15):
        line.send("1\r\n1\r\n")
        time.sleep(0.1)
    assert line.until_closed().status == 408
    assert line.error["message"].startswith("The request came too slowly.")
    assert line.seconds < 4


def test_a_slow_upload_that_goes_on_is_carried_out(line: Line) -> None:
    form = (
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n--b\r\n'
        b'Content-Disposition: form-data; name="file"; filename="slow"\r\n\r\n'
        + bytes(30_000)
        + b"\r\n--b--\r\n"
    )
    types = "Content-Type: multipart/form-data; boundary=b\r\nConnection: close\r\n"
    line.post("/v1/files", KEY + types, len(form))
    for at in range(0, len(form), 400):
        line.send(form[at : at + 400])
        time.sleep(0.08)
    assert line.until_closed().status == 200
    assert line.seconds > 3 * float(SECONDS["BODY_SECONDS"])


def test_an_idle_connection_serves_the_next_request_and_then_ends(line: Line) -> None:
    request = f"GET /v1/threads?limit=1 HTTP/1.1\r\nHost: localhost\r\n{KEY}\r\n"
    for _ in range(2):
        line.send(request).until(b"}")
        line.received = b""
        time.sleep(1.5)
    assert line.until_closed().received == b""
    assert line.seconds < 10


def test_an_open_stream_is_not_a_slow_request(site: LiveSite) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}", "OpenAI-Beta": "assistants=v2"}
    thread = httpx2.post(f"{site.base_url}/threads", json={}, headers=headers).json()
    url = f"{site.base_url}/threads/{thread['id']}/events"
    with httpx2.stream("GET", url, headers=headers, timeout=30) as stream:
        began = time.monotonic()
        for _ in stream.iter_raw():
            if time.monotonic() - began > 2 * float(SECONDS["KEEP_ALIVE_SECONDS"]):
                break
        else:
            pytest.fail("the stream ended")


def test_an_address_gets_no_more_connections_than_allowed(site: LiveSite) -> None:
    wait_until(lambda: httpx2.get(f"{site.url}/sign-in/").is_success)
    with ExitStack() as stack:
        # Few at a time, because others in the queue of the system would wait for a second.
        lines = [stack.enter_context(Line(site)) for _ in range(BOUND)]
        for line in lines:
            line.send("GET /v1/threads HTTP/1.1\r\n")
        with Line(site) as one_more:
            assert one_more.until_closed().status == 429
            assert one_more.error["code"] == "rate_limit_exceeded"
    wait_until(lambda: httpx2.get(f"{site.url}/sign-in/").is_success)


def test_a_websocket_keeps_its_place_among_connections_until_it_closes(site: LiveSite) -> None:
    handshake = (
        "GET /ws/x HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Origin: {site.url}\r\n\r\n"
    )
    for _ in range(2 * BOUND):
        with Line(site) as line:
            assert line.send(handshake).until_closed().status == 403
