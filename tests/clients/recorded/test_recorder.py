"""What the recorder keeps of requests, and what the replay sends."""

import io
import json

from tests.clients.recorded.exchanges import READABLE_LENGTH, Exchange
from tests.clients.recorded.http1 import Message, read_answer, read_body, read_head
from tests.clients.recorded.proxy import Seen
from tests.clients.recorded.record import Story
from tests.live import API_KEY

THREAD = "thread_abcdefghijklmnop"
RUN = "run_abcdefghijklmnop"


def seen(start: str, answer: object, *, body: bytes = b"", connection: int = 1) -> Seen:
    headers = [f"Authorization: Bearer {API_KEY}", "HOST: 1.2.3.4:5"]
    if body:
        headers.append(f"Content-Length: {len(body)}")
    return Seen(
        connection,
        Message(start, headers, [body] if body else []),
        Message(
            "HTTP/1.1 200 OK", ["Content-Type: application/json"], [json.dumps(answer).encode()]
        ),
    )


def recorded(*exchanges: Seen) -> list[Exchange]:
    story = Story("1.2.3.4:5")
    for one in exchanges:
        story.add(one)
    return story.exchanges


def test_ids_and_what_belongs_to_the_site_become_placeholders() -> None:
    first, second = recorded(
        seen("POST /v1/threads HTTP/1.1", {"id": THREAD}),
        seen("POST /v1/runs?of=thread_nobody HTTP/1.1", {}, body=f'{{"a": "{THREAD}"}}'.encode()),
    )
    assert first.takes == {"thread_1": ["id"]}
    assert second.body == ['{"a": "{thread_1}"}']
    assert second.headers == [
        "Authorization: Bearer {key}",
        "HOST: {host}",
        "Content-Length: {length}",
    ]
    head, body = second.sent({"thread_1": "thread_2", "host": "h", "key": "k"})
    assert head == (
        b"POST /v1/runs?of=thread_nobody HTTP/1.1\r\nAuthorization: Bearer k\r\nHOST: h\r\n"
        b"Content-Length: 17\r\n\r\n"
    )
    assert body == b'{"a": "thread_2"}'


def test_repeated_requests_become_one_that_waits() -> None:
    poll = f"GET /v1/threads/{THREAD}/runs/{RUN} HTTP/1.1"
    first, waits = recorded(
        seen("POST /v1/threads/runs HTTP/1.1", {"id": RUN, "thread_id": THREAD}),
        seen(poll, {"status": "queued"}),
        seen(poll, {"status": "completed"}),
    )
    assert first.takes == {"thread_1": ["thread_id"], "run_1": ["id"]}
    assert waits.until == "completed"
    assert waits.route == "GET /v1/threads/*/runs/*"


def test_bodies_that_nobody_can_read_are_packed() -> None:
    for body in (b"\xff\x00", b"long" * READABLE_LENGTH):
        [exchange] = recorded(seen("POST /v1/files HTTP/1.1", {}, body=body))
        assert exchange.packed
        assert len("".join(exchange.body)) < 3000
        known = {"host": "h", "key": "k"}
        assert exchange.sent(known)[1] == body


def test_chunks_are_sent_as_they_were() -> None:
    exchange = Exchange(1, "POST / HTTP/1.1", ["Transfer-Encoding: chunked"], 200, ["Grüße", "b"])
    head, body = exchange.sent({})
    assert body == "7\r\nGrüße\r\n1\r\nb\r\n0\r\n\r\n".encode()
    source = io.BytesIO(head + body)
    message = read_head(source)
    assert message is not None
    read_body(source, message)
    assert message.chunks == ["Grüße".encode(), b"b"]


def test_an_answer_follows_a_request_to_continue() -> None:
    answers = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nA: b\r\n\r\n"
    assert read_answer(io.BytesIO(answers), "POST").status == 204
