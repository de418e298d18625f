"""The application itself: its stages, threads and streams, whatever the view."""

import asyncio
import errno
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from assistants_app.api import application, bodies, hops, repeats
from assistants_app.api.connections import CONNECTION
from assistants_app.api.departures import Departure, Reached
from assistants_app.api.responses import StreamedResponse
from assistants_app.api.urls import router
from assistants_app.models import Assistant, Receipt, Thread
from assistants_app.services import receipts
from assistants_app.services.receipts import Attempt
from tests.asgi import Client, Driven, call, run
from tests.cast import Cast
from tests.live import API_KEY, LiveSite, wait_until

STREAMS = 200


def scope(cast: Cast, method: str, path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """Return the scope of a request with alice's key."""
    usual = [(b"authorization", f"Bearer {cast.key}".encode()), (b"openai-beta", b"assistants=v2")]
    named = {name for name, _ in headers}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [*(pair for pair in usual if pair[0] not in named), *headers],
    }


def error_of(body: bytes) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(body)["error"]
    return error


@pytest.mark.parametrize(
    "stage",
    [
        "assistants_app.api.application.router.find",
        "assistants_app.api.application.authenticate",
        "assistants_app.api.application.rate_limit.count_request",
        "assistants_app.api.application.Once",
        "assistants_app.api.repeats.receipts.claim_with_act",
        "assistants_app.services.assistants.requests.create_assistant",
        "assistants_app.api.application.json_response",
    ],
)
def test_a_fault_in_any_stage_is_the_vendors_500_and_a_traceback(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, stage: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the fault")

    monkeypatch.setattr(stage, fail)
    status, headers, body = call(scope(cast, "POST", "/v1/assistants"), b'{"model": "m"}')
    assert status == 500
    assert error_of(body)["type"] == "server_error"
    assert b"the fault" not in body
    assert dict(headers)[b"x-request-id"].startswith(b"req_")
    assert any("the fault" in str(record.exc_info) for record in caplog.records)


def test_a_body_that_cannot_be_kept_is_a_507(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bodies, "SpooledTemporaryFile", lambda _: Full())
    status, _, body = call(scope(cast, "POST", "/v1/assistants"), b"{}")
    assert (status, error_of(body)["type"]) == (507, "server_error")


def test_a_body_in_pieces_is_one_body(cast: Cast) -> None:
    status, _, body = call(scope(cast, "POST", "/v1/assistants"), b'{"mod', b"", b'el": "m"}')
    assert (status, json.loads(body)["model"]) == (200, "m")


def test_a_body_that_grows_too_large_is_read_no_further(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_BODY", 10)
    client = Driven(b"12345678", b"12345678", b"12345678")
    run(
        lambda: application.application(
            scope(cast, "POST", "/v1/files"), client.receive, client.send
        )
    )
    status, _, body = client.response()
    assert (status, error_of(body)["message"]) == (413, "The request body is too large.")
    assert len(client.unread) == 2


@pytest.mark.parametrize("length", [b"x", b"-1", b"99999999999999999999", b""])
def test_the_body_counts_and_not_its_announced_length(cast: Cast, length: bytes) -> None:
    asked = scope(cast, "POST", "/v1/assistants", (b"content-length", length))
    assert call(asked, b'{"model": "m"}')[0] == 200


def test_a_client_that_leaves_within_its_body_does_nothing(cast: Cast) -> None:
    before = Assistant.objects.count()
    with pytest.raises(IndexError):
        call(scope(cast, "POST", "/v1/assistants"), b'{"model": "m"}', gone=True)
    assert Assistant.objects.count() == before
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        (b"authorization", b"Bearer \xff\xfe", 401),
        (b"authorization", b"\xe9", 401),
        (b"authorization", b"Bearer", 401),
        (b"openai-beta", b"\xff", 400),
        (b"openai-beta", b"other=v1 ,\xff, assistants=v2", 200),
        (b"idempotency-key", b"cl\xe9", 200),
        (b"content-type", b"\xff\xfe", 200),
        (b"x-stainless-retry-count", b"\xb2", 200),
    ],
)
def test_header_values_may_have_any_bytes(
    cast: Cast, name: bytes, value: bytes, status: int
) -> None:
    got, _, body = call(scope(cast, "POST", "/v1/assistants", (name, value)), b'{"model": "m"}')
    assert got == status, body


def test_parts_of_repeated_headers_count_together(cast: Cast) -> None:
    twice = [(b"openai-beta", b"other=v1"), (b"openai-beta", b"assistants=v2")]
    assert call(scope(cast, "GET", "/v1/assistants", *twice))[0] == 200


def test_percent_encoded_paths_are_decoded_once(cast: Cast) -> None:
    client = Client(headers={"api-key": cast.key, "openai-beta": "assistants=v2"})
    for path in (f"/v1/%61ssistants/{cast.assistant.id}", f"/v1/assistants%2F{cast.assistant.id}"):
        assert client.get(path).json()["id"] == cast.assistant.id
    assert client.get("/v1/assistants%252Fx").status_code == 404


def test_head_and_options_are_not_allowed(cast: Cast) -> None:
    for method in ("HEAD", "TRACE", "PATCH", "get"):
        status, headers, _ = call(scope(cast, method, "/v1/assistants"))
        assert (status, dict(headers)[b"Allow"]) == (405, b"GET, POST")


def test_a_request_takes_one_hop(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hopped = []
    usual = type(hops.hop).__call__

    async def counted(hop: Any, *args: Any) -> Any:
        hopped.append(args)
        return await usual(hop, *args)

    monkeypatch.setattr(type(hops.hop), "__call__", counted)
    call(scope(cast, "POST", "/v1/assistants"), b'{"model": "m"}')
    assert len(hopped) == 1
    call(scope(cast, "GET", "/v1/nowhere"))
    call(scope(cast, "PUT", "/v1/assistants"))
    assert len(hopped) == 1


def test_a_request_that_waits_for_an_earlier_one_holds_no_thread(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "WAITED_SECONDS", 1.0)
    attempt = Attempt(project_id=cast.project.pk, key="k1", digest="another")
    assert receipts.claim(attempt) is None
    Receipt.objects.update(held_until=timezone.now() + timedelta(minutes=1))
    form = (b"content-type", b"multipart/form-data; boundary=b")
    waiting = scope(cast, "POST", "/v1/files", (b"idempotency-key", b"k1"), form)
    ended: list[str] = []

    async def send(name: str, asked: dict[str, Any]) -> int:
        client = Driven()
        await application.application(asked, client.receive, client.send)
        ended.append(name)
        return int(client.response()[0])

    async def both() -> None:
        first = asyncio.create_task(send("waiting", waiting))
        await asyncio.sleep(0.2)
        assert await send("other", scope(cast, "GET", "/v1/files")) == 200
        assert await first == 409

    # The hops of a test lead into a single thread.
    run(both)
    assert ended == ["other", "waiting"]


def test_a_waiting_request_that_is_cancelled_lets_go_of_its_receipt(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keeper:
        def __init__(self) -> None:
            self.held: list[int] = []

        def hold(self, receipt: int) -> None:
            self.held.append(receipt)

        def settle(self, receipt: int, reached: Reached) -> None:
            assert reached is Reached.LEFT
            self.held.remove(receipt)

    keeper = Keeper()
    monkeypatch.setattr(repeats, "keeper", keeper)
    monkeypatch.setattr(receipts, "are_others_busy", lambda *_, **__: True)
    asked = scope(cast, "POST", "/v1/threads", (b"x-stainless-retry-count", b"1"))
    before = Thread.objects.count()

    async def cancelled() -> None:
        client, connection = Driven(), Connection(b"{}")
        task = asyncio.create_task(
            application.application({**asked, CONNECTION: connection}, client.receive, client.send)
        )
        await asyncio.sleep(0.2)
        assert len(keeper.held) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(cancelled)
    assert keeper.held == []
    assert Thread.objects.count() == before


class Connection:
    """A connection as our server has it."""

    def __init__(self, body: bytes = b"") -> None:
        self.body, self.departure, self.aborted = BytesIO(body), Departure(), False

    def abort(self) -> None:
        self.aborted = True


class Streamed:
    """A view of numbers without end, or up to a fault."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, fault_at: int = -1) -> None:
        self.made, self.closed, self._fault_at = 0, False, fault_at
        match = router.find("/v1/threads/any/events")
        assert match
        monkeypatch.setitem(match.route.views, "GET", self)

    def __call__(self, request: object, thread_id: str) -> StreamedResponse:
        return StreamedResponse(self._numbers())

    async def _numbers(self) -> AsyncGenerator[bytes, None]:
        try:
            while self.made != self._fault_at:
                self.made += 1
                yield b"%d\n" % self.made
            raise RuntimeError("the fault")
        finally:
            self.closed = True


def test_a_stream_waits_for_its_reader_and_ends_with_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = Streamed(monkeypatch)

    async def read_slowly() -> None:
        client, may_send = Driven(), asyncio.Semaphore(4)
        gone = asyncio.Event()

        async def send(message: dict[str, Any]) -> None:
            await may_send.acquire()
            await client.send(message)

        async def receive() -> dict[str, Any]:
            if client.unread:
                return await client.receive()
            await gone.wait()
            return {"type": "http.disconnect"}

        asked = scope(cast, "GET", "/v1/threads/any/events")
        task = asyncio.create_task(application.application(asked, receive, send))
        while len(client.sent) < 4:  # noqa: ASYNC110 - `sent` is a list
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        # The start and three numbers have left, and one waits.
        assert (view.made, view.closed) == (4, False)
        gone.set()
        await asyncio.wait_for(task, 5)

    run(read_slowly)
    assert (view.made, view.closed) == (4, True)


def test_a_stream_that_breaks_off_cuts_the_connection(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    view = Streamed(monkeypatch, fault_at=2)

    connection = Connection()
    asked = {**scope(cast, "GET", "/v1/threads/any/events"), CONNECTION: connection}
    status, _, body = call(asked)
    assert (status, body) == (200, b"1\n2\n")
    assert (connection.aborted, view.closed) == (True, True)
    assert any("the fault" in str(record.exc_info) for record in caplog.records)


def threads_of(site: LiveSite) -> int:
    assert site.web
    return len(list(Path(f"/proc/{site.web.pid}/task").iterdir()))


def test_open_streams_hold_no_threads(site: LiveSite) -> None:
    headers = (
        f"Host: localhost\r\nAuthorization: Bearer {API_KEY}\r\nOpenAI-Beta: assistants=v2\r\n"
    )

    def asked(method: str, path: str) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", site.port), timeout=30)
        line.sendall(f"{method} /v1/{path} HTTP/1.1\r\n{headers}Content-Length: 0\r\n\r\n".encode())
        return line

    with asked("POST", "threads") as line:
        thread_id = json.loads(line.recv(65536).partition(b"\r\n\r\n")[2])["id"]
    with ExitStack() as streams:
        # As many at once as the pool has threads, so that all of these are there.
        lines = [
            streams.enter_context(asked("GET", f"threads/{thread_id}/events")) for _ in range(40)
        ]
        assert all(line.recv(15) == b"HTTP/1.1 200 OK" for line in lines)
        before = threads_of(site)
        for _ in range(STREAMS - len(lines)):
            lines.append(streams.enter_context(asked("GET", f"threads/{thread_id}/events")))
        assert all(line.recv(15) == b"HTTP/1.1 200 OK" for line in lines[40:])
        assert threads_of(site) <= before + 2
    wait_until(lambda: asked_models(site), seconds=5)


def asked_models(site: LiveSite) -> bool:
    return site._answers()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: x", b"HTTP/1.1 400"),
        (b"Content-Length: -1", b"HTTP/1.1 400"),
        (b"Content-Length: 2\r\nContent-Length: 3", b"HTTP/1.1 400"),
        (b"Authorization: Bearer \xff\xfe", b"HTTP/1.1 401"),
        (b"X-Odd: \xe9\xff", b"HTTP/1.1 401"),
    ],
)
def test_odd_heads_get_a_response_from_the_server(
    site: LiveSite, head: bytes, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as line:
        line.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n")
        assert line.recv(12) == status
