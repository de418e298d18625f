"""Chat completions and embeddings pass to the endpoint of their model, and back."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from assistants_app import conf
from assistants_app.api import application
from assistants_app.api.direct import passing
from assistants_app.api.direct.passing import Passing
from assistants_app.api.responses import BrokenOff
from assistants_app.models import DirectCall
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.passing import upstream
from assistants_app.providers.passing.upstream import Upstream
from tests.asgi import Client, Driven, run
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider
from tests.fakes.raw import dripping_server, http, raw_server, sse
from tests.fakes.replies import Reply

JSON = "application/json"
CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
Serve = Callable[[bytes], Endpoint]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A function that connects an endpoint with this answer."""
    with ExitStack() as servers:

        def serve(answer: bytes) -> Endpoint:
            endpoint = servers.enter_context(raw_server(answer))
            connect(monkeypatch, endpoint.base_url)
            return endpoint

        yield serve


def connect(monkeypatch: pytest.MonkeyPatch, base_url: str, key: str = "raw-key") -> None:
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", base_url)
    monkeypatch.setattr(conf, "OPENAI_API_KEY", key)


def ask(cast: Cast, path: str = CHAT, **body: Any) -> Any:
    client = Client(headers={"authorization": f"Bearer {cast.key}"})
    return client.post(path, json.dumps({"model": "m", **body}), JSON)


def recorded() -> DirectCall:
    return DirectCall.objects.get()


def test_bytes_pass_both_ways(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, provider.base_url, "provider-key")
    answer = ask(cast, messages=[{"role": "user", "content": "é\ud83d\ude00"}], odd={"a": None})
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"] == provider.default.text
    [sent] = provider.history
    assert sent.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "é😀"}],
        "odd": {"a": None},
    }
    assert sent.headers["authorization"] == "Bearer provider-key"
    assert cast.key not in str(sent.headers)
    assert answer["x-request-id"].startswith("req_")
    call = recorded()
    assert (call.project, call.kind, call.model, call.status) == (
        *(cast.project, "chat/completions"),
        *("m", 200),
    )
    assert call.usage == {"prompt_tokens": 10, "completion_tokens": 5, "cached_tokens": 0}
    assert call.api_key_id
    assert call.first_token_at
    assert call.created_at <= call.first_token_at <= call.ended_at


@pytest.mark.parametrize("asked", [True, False])
def test_a_stream_has_usage_only_if_the_client_asked(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    connect(monkeypatch, provider.base_url)
    more: dict[str, Any] = {"stream_options": {"include_usage": True}} if asked else {}
    answer = ask(cast, stream=True, **more)
    assert answer["Content-Type"] == "text/event-stream"
    rows = [row for row in answer.content.decode().split("\n\n") if row]
    assert rows[-1] == "data: [DONE]"
    chunks = [json.loads(row.removeprefix("data: ")) for row in rows[:-1]]
    assert bool(chunks[-1].get("usage")) is asked
    assert (chunks[-1]["choices"] == []) is asked
    assert provider.completions[0]["stream_options"] == {"include_usage": True}
    assert recorded().usage["completion_tokens"] == 5


def test_embeddings_pass(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, provider.base_url)
    answer = ask(cast, EMBEDDINGS, input=["a", "b"])
    assert len(answer.json()["data"]) == 2
    assert provider.history[0].path == "/v1/embeddings"
    assert recorded().kind == "embeddings"


@pytest.mark.parametrize(
    "path",
    [
        "/openai/deployments/deployed/chat/completions?api-version=1",
        "/openai/v1/chat/completions",
        "/api/projects/x/openai/v1/chat/completions",
    ],
)
def test_azures_clients_are_served_too(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    connect(monkeypatch, provider.base_url)
    client = Client(headers={"api-key": cast.key})
    body: dict[str, Any] = {"messages": []} if "deployments" in path else {"model": "deployed"}
    assert client.post(path, json.dumps(body), JSON).status_code == 200
    assert provider.completions[0]["model"] == "deployed"


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
@pytest.mark.parametrize("stream", [True, False])
def test_errors_pass_with_status_and_body_but_without_the_key(
    cast: Cast, serve: Serve, status: int, stream: bool
) -> None:
    error = b'{"error": {"message": "Wrong key raw-key \xff", "code": "c"}}'
    headers = ("retry-after: 7", "x-ratelimit-limit-tokens: 1", "openai-organization: secret-org")
    serve(http(status, JSON, error, *headers))
    answer = ask(cast, stream=stream)
    assert (answer.status_code, answer["Content-Type"]) == (status, JSON)
    assert answer.content == error.replace(b"raw-key", b"[the key]")
    assert answer["Retry-After"] == "7"
    assert "openai-organization" not in answer.headers
    assert (recorded().status, recorded().usage) == (status, {})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>Internal wiki, hunter2</body></html>", "a web page instead of a reason"),
        (b'{"AccessKeyId": "hunter2"}', "it gave no reason"),
        (b"hunter2 " * 1000, "it gave no reason"),
        (b"upstream overloaded", "upstream overloaded"),
    ],
)
def test_an_error_of_another_kind_of_server_becomes_one_of_the_api(
    cast: Cast, serve: Serve, body: bytes, reason: str
) -> None:
    serve(http(502, "text/html", body))
    answer = ask(cast)
    assert (answer.status_code, answer["Content-Type"]) == (502, JSON)
    assert "hunter2" not in answer.content.decode()
    assert answer.json()["error"]["message"].startswith("127.0.0.1 returned an error (502): ")
    assert reason in answer.json()["error"]["message"]


def test_a_web_page_is_not_passed_on(cast: Cast, serve: Serve) -> None:
    serve(http(200, "text/html; charset=utf-8", b"<html>hunter2</html>"))
    answer = ask(cast)
    assert answer.status_code == 502
    assert "returned a web page" in answer.json()["error"]["message"]
    assert "hunter2" not in answer.content.decode()


@pytest.mark.parametrize("location", ["http://169.254.169.254/latest/", "http://[::1"])
def test_a_redirect_to_another_server_is_not_followed(
    cast: Cast, serve: Serve, location: str
) -> None:
    serve(http(307, JSON, b"", f"location: {location}"))
    answer = ask(cast)
    assert answer.status_code == 502
    assert "redirects to another server" in answer.json()["error"]["message"]


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 Raw\r\nx: ", b"HTTP/1.1 200 Raw\r\n\r\n{"])
def test_a_response_that_only_drips_ends(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(conf, "DIRECT_CALL_SECONDS", 0.3)
    with dripping_server(head, b" ", pause=0.02) as endpoint:
        connect(monkeypatch, endpoint.base_url)
        begun = time.monotonic()
        # A body that has begun can only be broken off.
        with contextlib.suppress(BrokenOff):
            assert ask(cast).status_code == 504
    assert time.monotonic() - begun < 5
    assert recorded().status is None


def test_a_response_has_a_largest_size(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "PASSED_BYTES", 4 * 1024**2)
    monkeypatch.setattr(upstream, "_clients", WeakKeyDictionary())
    head = b"HTTP/1.1 200 Raw\r\ncontent-type: application/json\r\n\r\n"
    with dripping_server(head, b" " * 1024**2) as endpoint:
        connect(monkeypatch, endpoint.base_url)
        with pytest.raises(BrokenOff):
            ask(cast)
    assert recorded().status is None


def test_an_error_within_a_stream_does_not_show_the_key(cast: Cast, serve: Serve) -> None:
    serve(sse('{"error": {"message": "Wrong key raw-key"}}'))
    assert b"Wrong key [the key]" in ask(cast, stream=True).content


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00 not UTF-8", b"data: " + b"x" * 3_000_000, b"data: {}\n\n" * 1000]
)
@pytest.mark.parametrize("kind", ["text/event-stream", "application/octet-stream"])
def test_odd_bodies_pass_as_they_are(cast: Cast, serve: Serve, kind: str, body: bytes) -> None:
    serve(http(200, kind, body))
    answer = ask(cast, stream=True)
    assert (answer.status_code, answer.content) == (200, body)
    assert recorded().usage == {}


def test_an_endpoint_that_cannot_be_reached_is_a_502(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, "http://user:raw-key@127.0.0.1:9/v1")
    answer = ask(cast)
    assert answer.status_code == 502
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("server_error", "endpoint_unavailable")
    assert error["message"].startswith("Couldn't reach ")
    assert "raw-key" not in answer.content.decode()
    assert recorded().status is None


@pytest.mark.parametrize("url", ["ftp://host/v1", "http://", "http://a b/v1"])
def test_a_base_url_that_is_wrong_is_a_502(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    connect(monkeypatch, url)
    assert ask(cast).status_code == 502


def test_an_endpoint_that_hangs_is_a_504(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, provider.base_url)
    monkeypatch.setattr(conf, "DIRECT_CALL_SECONDS", 0.3)
    provider.enqueue(Reply(hang="headers"))
    answer = ask(cast)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "endpoint_timeout")
    provider.wait_closed_early()


@pytest.mark.parametrize(
    "reply", [Reply(text="a b c", hang="stream"), Reply("a b c", drop_after=2)]
)
def test_a_stream_that_breaks_off_ends_with_an_error(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    connect(monkeypatch, provider.base_url)
    monkeypatch.setattr(conf, "DIRECT_CALL_SECONDS", 0.5)
    provider.enqueue(reply)
    rows = ask(cast, stream=True).content.decode().strip().split("\n\n")
    assert json.loads(rows[-1].removeprefix("data: "))["error"]["type"] == "server_error"
    assert "[DONE]" not in rows[-1]
    assert recorded().status is None


@pytest.mark.parametrize("reply", [Reply(hang="headers"), Reply(text="a b c d", gate_after=2)])
def test_a_client_that_leaves_cancels_the_request_to_the_endpoint(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    connect(monkeypatch, provider.base_url)
    provider.enqueue(reply)
    body = b'{"model": "m", "stream": true}'
    scope = {
        "type": "http",
        "method": "POST",
        "path": CHAT,
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {cast.key}".encode())],
    }
    client = Driven(body)

    async def receive() -> dict[str, Any]:
        if client.unread:
            return await client.receive()
        await asyncio.to_thread(provider.wait_held)
        return {"type": "http.disconnect"}

    run(lambda: application.application(scope, receive, client.send))
    provider.release()
    provider.wait_closed_early()
    assert recorded().ended_at


def test_a_client_that_leaves_after_the_last_byte_is_counted(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, provider.base_url)
    recording = asyncio.Event()
    usual = Passing._close_and_record

    async def record_slowly(call: Passing, upstream: Upstream | None) -> None:
        recording.set()
        await asyncio.sleep(0.1)
        await usual(call, upstream)

    monkeypatch.setattr(Passing, "_close_and_record", record_slowly)
    scope = {
        "type": "http",
        "method": "POST",
        "path": CHAT,
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {cast.key}".encode())],
    }
    client = Driven(b'{"model": "m", "stream": true}')

    async def receive() -> dict[str, Any]:
        if client.unread:
            return await client.receive()
        await recording.wait()
        return {"type": "http.disconnect"}

    async def ask_and_leave() -> None:
        await application.application(scope, receive, client.send)
        await asyncio.gather(*passing._endings)

    run(ask_and_leave)
    assert b"[DONE]" in client.response()[2]
    assert recorded().usage["completion_tokens"] == 5


def test_an_unknown_model_is_the_vendors_404(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = ask(cast)
    connect(monkeypatch, provider.base_url)
    monkeypatch.setattr(
        "assistants_app.gateway.endpoints.endpoints_of",
        lambda _: [
            Endpoint(name=name, base_url=provider.base_url, api_key=name) for name in ("a", "b")
        ],
    )
    for answer in (nowhere, ask(cast)):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "model_not_found"
        assert "The model 'm' does not exist" in answer.json()["error"]["message"]
    assert ask(cast, model="scripted-2").status_code == 200
    assert provider.history[0].headers["authorization"] == "Bearer a"


def test_keys_limits_and_methods_hold_here_too(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, provider.base_url)
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 1)
    assert Client().post(CHAT, "{}", JSON).status_code == 401
    first, second = ask(cast), ask(cast)
    assert (first.status_code, first["x-ratelimit-remaining-requests"]) == (200, "0")
    assert second.status_code == 429
    assert Client(headers={"api-key": cast.key}).get(CHAT).status_code == 405
    assert len(provider.history) == 1


def test_a_fault_while_recording_does_not_harm_the_response(
    cast: Cast,
    provider: ScriptedProvider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("the fault")

    connect(monkeypatch, provider.base_url)
    monkeypatch.setattr("assistants_app.api.direct.passing.record_call", fail)
    assert b"[DONE]" in ask(cast, stream=True).content
    assert any("the fault" in str(record.exc_info) for record in caplog.records)
