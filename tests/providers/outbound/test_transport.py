"""Responses that are too slow or too large, and redirects to elsewhere."""

import asyncio
import contextlib
import gzip
import time
import zlib

import httpx2
import pytest

from assistants_app.domain.embeddings import EmbeddingError
from assistants_app.domain.errors import RunFailure
from assistants_app.providers import embeddings, openai_compatible, rerank
from assistants_app.providers.deltas import EventSplitter
from assistants_app.providers.discovery import check_endpoint
from assistants_app.providers.embeddings import RemoteEmbedder
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.openai_compatible import OpenAICompatible
from assistants_app.providers.outbound import transport
from assistants_app.providers.outbound.errors import ResponseTooLarge
from assistants_app.providers.outbound.networks import DEFAULT
from assistants_app.providers.outbound.transport import http_client
from tests.fakes.provider import ScriptedProvider
from tests.fakes.raw import dripping_server, http, raw_server, sse
from tests.providers.asking import deltas, request, text
from tests.providers.asking import endpoint as endpoint_of

JSON, EVENTS = "application/json", "text/event-stream"
MODELS = http(200, JSON, b'{"data": [{"id": "m"}]}')
END = '{"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]}'
ENDLESS = b"HTTP/1.1 %d Raw\r\ncontent-type: %s\r\n\r\n"
MEGABYTE, LONG = b" " * 1024**2, b"x" * 1024**2


def models_of(endpoint: Endpoint, seconds: float = 5.0) -> list[str]:
    with contextlib.closing(OpenAICompatible(endpoint)) as model:
        return [info.id for info in model.list_models(timeout=seconds)]


def answer_of(endpoint: Endpoint) -> str:
    with contextlib.closing(OpenAICompatible(endpoint)) as model:
        return text(deltas(model, request()))


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 Raw\r\nx: ", ENDLESS % (200, b"application/json")])
def test_a_list_of_models_has_a_deadline_whatever_drips(head: bytes) -> None:
    begun = time.monotonic()
    with (
        dripping_server(head, b" ", pause=0.02) as endpoint,
        pytest.raises(RunFailure, match="Drip at .* didn't respond in time"),
    ):
        models_of(endpoint, seconds=0.3)
    assert time.monotonic() - begun < 3


def test_a_response_has_a_largest_size() -> None:
    with (
        dripping_server(ENDLESS % (200, b"application/json"), MEGABYTE) as endpoint,
        pytest.raises(RunFailure, match="sent a response larger than 32 MB"),
    ):
        check_endpoint(endpoint)


def test_a_reply_in_one_piece_has_limits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        dripping_server(ENDLESS % (200, b"application/json"), MEGABYTE) as endpoint,
        pytest.raises(RunFailure, match="sent a response larger than 32 MB"),
    ):
        answer_of(endpoint)
    monkeypatch.setattr(openai_compatible, "WHOLE_SECONDS", 0.2)
    with (
        dripping_server(ENDLESS % (200, b"application/json"), b" ", pause=0.02) as endpoint,
        pytest.raises(RunFailure, match="didn't respond in time"),
    ):
        answer_of(endpoint)


def test_embeddings_have_a_deadline_and_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    with dripping_server(ENDLESS % (200, b"application/json"), MEGABYTE) as endpoint:
        embedder = RemoteEmbedder(endpoint, "m")
        with pytest.raises(EmbeddingError, match="sent a response larger than 32 MB"):
            embedder.embed(["a"])
        embedder.close()
    monkeypatch.setattr(embeddings, "SECONDS", 0.2)
    with dripping_server(ENDLESS % (200, b"application/json"), b" ", pause=0.02) as endpoint:
        embedder = RemoteEmbedder(endpoint, "m")
        with pytest.raises(EmbeddingError, match="didn't respond in time"):
            embedder.embed(["a"])
        embedder.close()


def test_a_slow_reranker_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rerank, "TIMEOUT", 0.2)
    with dripping_server(ENDLESS % (200, b"application/json"), b" ", pause=0.02) as endpoint:
        scores = rerank.rerank(endpoint.base_url, model="", api_key="", query="q", texts=["a"])
    assert scores is None


def test_an_error_is_read_to_a_size_and_for_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        dripping_server(ENDLESS % (400, b"text/plain"), MEGABYTE) as endpoint,
        pytest.raises(RunFailure, match=r"refused the request \(400\): it gave no reason"),
    ):
        answer_of(endpoint)
    monkeypatch.setattr(transport, "ERROR_SECONDS", 0.2)
    with (
        dripping_server(ENDLESS % (400, b"text/plain") + b"Slow down", b" ", pause=0.02) as slow,
        pytest.raises(RunFailure, match=r"refused the request \(400\): Slow down"),
    ):
        answer_of(slow)


@pytest.mark.parametrize(
    "piece", [MEGABYTE, b"data: " + LONG + b"\n", b"{" + LONG + b"\n"], ids=["line", "data", "json"]
)
def test_an_event_has_a_largest_size(piece: bytes) -> None:
    with (
        dripping_server(ENDLESS % (200, b"text/event-stream"), piece) as endpoint,
        pytest.raises(RunFailure, match="sent an event larger than 16 MB"),
    ):
        answer_of(endpoint)


def test_a_long_stream_of_short_events_is_no_large_event() -> None:
    # Each chunk ends within an event, so something is always held.
    splitter = EventSplitter()
    splitter.feed(b"data: x\n")
    piece = b"\n" + b"data: x\n\n" * 100_000 + b"data: x\n"
    assert sum(len(splitter.feed(piece)) for _ in range(40)) == 40 * 100_001


def test_a_long_line_in_small_pieces_takes_linear_time() -> None:
    splitter = EventSplitter()
    begun = time.monotonic()
    for _ in range(150_000):
        splitter.feed(b"x" * 100)
    assert time.monotonic() - begun < 2
    with pytest.raises(ResponseTooLarge):
        splitter.feed(b"x" * 2_000_000)


# Without the time, which would be part of the tests' names.
PACKED = gzip.compress(b'{"data": [{"id": "packed"}]}', mtime=0)
BARE = zlib.compress(b'{"data": [{"id": "packed"}]}', wbits=-15)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", PACKED),
        ("GZIP", PACKED),
        ("deflate", zlib.compress(b'{"data": [{"id": "packed"}]}')),
        ("deflate", BARE),
        ("identity", b'{"data": [{"id": "packed"}]}'),
    ],
    ids=["gzip", "capitals", "deflate", "bare deflate", "identity"],
)
def test_a_packed_response_is_unpacked(coding: str, body: bytes) -> None:
    with raw_server(http(200, JSON, body, f"content-encoding: {coding}")) as endpoint:
        assert models_of(endpoint) == ["packed"]


def test_packed_events_are_unpacked() -> None:
    body = gzip.compress(f"data: {END}\n\ndata: [DONE]\n\n".encode())
    with raw_server(http(200, EVENTS, body, "content-encoding: gzip")) as endpoint:
        assert answer_of(endpoint) == "a"


def test_a_bomb_is_unpacked_to_the_largest_size_alone() -> None:
    bomb = gzip.compress(b" " * (64 * 1024**2))
    assert len(bomb) < 100_000
    with (
        raw_server(http(200, JSON, bomb, "content-encoding: gzip")) as endpoint,
        pytest.raises(RunFailure, match="sent a response larger than 32 MB"),
    ):
        models_of(endpoint)
    with (
        raw_server(http(400, JSON, bomb, "content-encoding: gzip")) as endpoint,
        pytest.raises(RunFailure, match="it gave no reason"),
    ):
        models_of(endpoint)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_a_format_that_was_not_asked_for_is_refused(coding: str) -> None:
    with (
        raw_server(http(200, JSON, PACKED, f"content-encoding: {coding}")) as endpoint,
        pytest.raises(RunFailure, match="which wasn't asked for"),
    ):
        models_of(endpoint)


def redirect(status: int, location: str) -> bytes:
    return http(status, "text/plain", b"", f"location: {location}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_is_not_followed(status: int) -> None:
    with raw_server(MODELS) as target:
        elsewhere = f"{target.base_url}/models"
        with (
            raw_server(redirect(status, elsewhere)) as endpoint,
            pytest.raises(RunFailure, match=r"redirects to another server \(127\.0\.0\.1\)"),
        ):
            models_of(endpoint)


@pytest.mark.parametrize(
    "location",
    [
        *("http://169.254.169.254/v1/models", "//evil.example/", "https://127.0.0.1/"),
        *("file:///etc/passwd", "mailto:a@example.org", "http://[::1", "http://h:99999/"),
    ],
)
def test_no_redirect_leads_away(location: str) -> None:
    with (
        raw_server(redirect(302, location)) as endpoint,
        pytest.raises(RunFailure, match="redirects to another server"),
    ):
        answer_of(endpoint)


def test_a_redirect_on_the_same_server_is_followed() -> None:
    with raw_server(redirect(307, "/v1/models/"), MODELS) as endpoint:
        assert models_of(endpoint) == ["m"]


def test_a_server_may_move_its_visitors_to_tls_and_never_back() -> None:
    def may_follow(source: str, target: str) -> bool:
        response = httpx2.Response(302, headers={"location": target}, stream=httpx2.ByteStream(b""))
        try:
            asyncio.run(transport.guard(httpx2.Request("GET", source), response))
        except httpx2.TransportError:
            return False
        return True

    assert may_follow("http://a.example/v1", "https://a.example/v1")
    assert not may_follow("https://a.example/v1", "http://a.example/v1")
    assert not may_follow("http://a.example:8080/v1", "https://a.example/v1")


def test_the_body_of_a_redirect_is_not_read_to_its_end() -> None:
    async def ask(endpoint: Endpoint) -> int:
        url = f"{endpoint.base_url}/models"
        async with http_client(url, DEFAULT, timeout=httpx2.Timeout(5.0)) as client:
            response = await client.get(url, follow_redirects=False)
            return len(response.content)

    head = b"HTTP/1.1 302 Raw\r\nlocation: /v1/models\r\n\r\n"
    with dripping_server(head, MEGABYTE) as endpoint:
        assert asyncio.run(ask(endpoint)) == transport.ERROR_BYTES


def test_an_ordinary_stream_is_passed_as_it_is() -> None:
    with raw_server(sse(END, "[DONE]")) as endpoint:
        assert answer_of(endpoint) == "a"


def test_only_the_formats_that_are_unpacked_here_are_asked_for(provider: ScriptedProvider) -> None:
    answer_of(endpoint_of(provider))
    assert provider.history[-1].headers["accept-encoding"] == "gzip, deflate"
