"""Bytes of an endpoint pass as they are, except for the chunk that only has the usage."""

import json
from typing import Any

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.providers.passing.usage import LONGEST_LINE, BodyScanner, EventScanner
from assistants_app.wire.direct import read_direct_request

TOKENS = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
COUNTED = {"prompt_tokens": 10, "completion_tokens": 5, "cached_tokens": 0}
TEXT = b'data: {"choices": [{"delta": {"content": "\\u00e9 usage"}}], "usage": null}\n\n'
USAGE = b"data: " + json.dumps({"choices": [], "usage": TOKENS}).encode() + b"\n\n"
DONE = b"data: [DONE]\n\n"


def scanned(stream: bytes, size: int, *, hides: bool = True) -> tuple[bytes, dict[str, int]]:
    scanner = EventScanner(hides_usage=hides, redact=lambda line: line.replace(b"key", b"***"))
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    passed = b"".join(scanner.feed(piece) for piece in pieces) + scanner.end()
    return passed, scanner.usage


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_only_the_usage_that_was_not_asked_for_is_taken_out(size: int, end: bytes) -> None:
    before, usage, done = (part.replace(b"\n", end) for part in (b": hi\n\n" + TEXT, USAGE, DONE))
    stream = before + usage + done
    assert scanned(stream, size) == (before + done, COUNTED)
    assert scanned(stream, size, hides=False) == (stream, COUNTED)


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"data: no end of line",
        b'data: {"usage": broken}\n\n',
        b'data: {"usage": {"prompt_tokens": "x"}, "choices": []}\n\n',
        b'data: {"usage": []}\n\ndata: ["usage"]\n\n',
        b'data: {"choices": [1], "usage": {"prompt_tokens": 1}}\n\n',
        b"\xff\xfe\x00data: \xff\n\n",
        b'data: {"usage": ' + b"[" * 100_000 + b"\n\n",
    ],
)
def test_whatever_else_comes_passes_as_it_is(stream: bytes) -> None:
    for size in (3, 10_000):
        assert scanned(stream, size)[0] == stream


def test_a_line_without_end_is_not_collected() -> None:
    scanner = EventScanner(hides_usage=True, redact=bytes)
    long = b"data: " + b"x" * (3 * LONGEST_LINE)
    passed = b"".join(scanner.feed(long[at : at + 65536]) for at in range(0, len(long), 65536))
    assert len(long) - len(passed) <= LONGEST_LINE
    rest = b'"usage"\n\n' + USAGE + DONE
    assert passed + scanner.feed(rest) + scanner.end() == long + b'"usage"\n\n' + DONE


def test_errors_within_a_stream_lose_their_secrets() -> None:
    assert scanned(b'data: {"error": "key"}\n\ndata: key\n\n', 5)[0] == (
        b'data: {"error": "***"}\n\ndata: key\n\n'
    )


@pytest.mark.parametrize("filling", [0, 70_000, 500_000])
@pytest.mark.parametrize("first", [True, False])
def test_the_usage_of_a_whole_body_is_found_at_either_end(filling: int, first: bool) -> None:
    details = {**TOKENS, "prompt_tokens_details": {"cached_tokens": 4}}
    parts: list[tuple[str, Any]] = [("usage", details), ("data", "x" * filling)]
    body = json.dumps(dict(parts if first else parts[::-1])).encode()
    scanner = BodyScanner()
    passed = b"".join(scanner.feed(body[at : at + 10_000]) for at in range(0, len(body), 10_000))
    assert (passed, scanner.usage) == (body, {**COUNTED, "cached_tokens": 4})


@pytest.mark.parametrize("body", [b"", b"[]", b'{"usage": 1}', b'{"usage": {"a": NaN}}', b"\xff"])
def test_a_body_without_usage_has_none(body: bytes) -> None:
    scanner = BodyScanner()
    assert scanner.feed(body) == body
    assert scanner.usage == {}


@pytest.mark.parametrize(
    ("body", "sent", "hides"),
    [
        (b' {"model": "m"}', b' {"model": "m"}', False),
        (b'{"model": "m", "n": 1e400}', b'{"model": "m", "n": 1e400}', False),
        (b'{"model":"m","stream":false}', b'{"model":"m","stream":false}', False),
        (
            b'{"model":"m", "stream":true } \n',
            b'{"model":"m", "stream":true ,"stream_options":{"include_usage":true}}',
            True,
        ),
        (
            b'{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
            b'{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
            False,
        ),
        (
            b'{"model":"m","stream":true,"stream_options":{"include_usage":false,"x":1}}',
            b'{"model": "m", "stream": true, "stream_options": {"include_usage": true, "x": 1}}',
            True,
        ),
        (
            b'{"model":"m","stream":true,"stream_options":3}',
            b'{"model":"m","stream":true,"stream_options":3}',
            False,
        ),
    ],
)
def test_a_body_stays_as_it_is_but_for_the_usage_of_streams(
    body: bytes, sent: bytes, hides: bool
) -> None:
    request = read_direct_request(body)
    assert (request.model, request.body, request.hides_usage) == ("m", sent, hides)


def test_a_deployment_is_the_model_if_the_body_has_none() -> None:
    assert json.loads(read_direct_request(b'{"n":1}', deployment="d").body)["model"] == "d"
    assert read_direct_request(b'{"model":"m"}', deployment="d").body == b'{"model":"m"}'


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b"{}"),
        *(b'{"model":""}', b'{"model":1}', b'{"model":"\\u0000"}', b'{"model":"\\ud800"}'),
        b'{"model":"' + b"m" * 257 + b'"}',
    ],
)
def test_a_body_without_a_usable_model_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_direct_request(body)
