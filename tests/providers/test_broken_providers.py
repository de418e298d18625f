"""Providers that answer badly always cause a failure that names them, never an exception."""

import contextlib

import httpx2
import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.providers import connect
from assistants_app.providers.discovery import check_endpoint
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import retry_after
from assistants_app.providers.openai_compatible import OpenAICompatible
from tests.fakes.raw import http, raw_server, sse
from tests.providers.asking import deltas, finished, request, text

JSON, EVENTS = "application/json", "text/event-stream"
END = '{"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]}'


def failure_of(*answers: bytes) -> RunFailure:
    with (
        raw_server(*answers) as endpoint,
        contextlib.closing(OpenAICompatible(endpoint)) as model,
        pytest.raises(RunFailure, match="Raw|scripted-1") as caught,
    ):
        deltas(model, request())
    assert caught.value.code == "server_error"
    return caught.value


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http(400, JSON, b'{"err', length=500), "received 5 bytes, expected 500"),
        (http(503, JSON, b'{"err', length=500), "received 5 bytes, expected 500"),
        (http(400, JSON, b"abcde", "content-encoding: gzip"), "incorrect header check"),
        (http(200, EVENTS, b"abcde", "content-encoding: gzip"), "incorrect header check"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "illegal status line"),
    ],
)
def test_an_answer_that_breaks_off_or_cannot_be_read_names_the_cause(
    answer: bytes, why: str
) -> None:
    message = failure_of(answer).message
    assert "broke the connection" in message
    assert why in message


def test_an_answer_in_another_form_is_quoted() -> None:
    message = failure_of(http(200, JSON, b"[1, 2]")).message
    assert message == "Raw sent data that is not JSON: '[1, 2]'"


def test_a_request_is_retried_if_its_error_breaks_off() -> None:
    with (
        raw_server(http(503, JSON, b'{"err', length=500), sse(END, "[DONE]")) as endpoint,
        contextlib.closing(OpenAICompatible(endpoint)) as model,
    ):
        assert text(deltas(model, request())) == "a"


NOT_IN_FORM = "not in the form of chat completions"


@pytest.mark.parametrize(
    ("chunk", "why"),
    [
        ('{"choices": [null]}', NOT_IN_FORM),
        ('{"choices": {"a": 1}}', NOT_IN_FORM),
        ('{"choices": [{"delta": "x"}]}', NOT_IN_FORM),
        ('{"choices": [{"delta": {"tool_calls": ["x"]}}]}', NOT_IN_FORM),
        ('{"choices": [{"delta": {"tool_calls": [{"function": "f"}]}}]}', NOT_IN_FORM),
        ('{"error": {"code": {"a": 1}, "message": "boom"}}', "an error during its reply: boom"),
        ("[" * 100_000, "not JSON: '[[["),
    ],
)
def test_a_malformed_chunk_is_a_failure(chunk: str, why: str) -> None:
    assert why in failure_of(sse(chunk, END, "[DONE]")).message


@pytest.mark.parametrize(
    "usage",
    ['"x"', "[1]", '{"prompt_tokens": "12"}', '{"prompt_tokens": NaN, "completion_tokens": null}'],
)
def test_malformed_usage_is_replaced_by_an_estimate(usage: str) -> None:
    with raw_server(sse(END, f'{{"choices": [], "usage": {usage}}}', "[DONE]")) as endpoint:
        assert finished(deltas(OpenAICompatible(endpoint), request())).usage.estimated


def test_malformed_details_of_usage_are_ignored() -> None:
    usage = '{"prompt_tokens": 3, "completion_tokens": 2.0, "prompt_tokens_details": [1]}'
    with raw_server(sse(END, f'{{"choices": [], "usage": {usage}}}', "[DONE]")) as endpoint:
        counted = finished(deltas(OpenAICompatible(endpoint), request())).usage
    assert (counted.prompt_tokens, counted.completion_tokens) == (3, 2)
    assert (counted.cached_tokens, counted.estimated) == (0, False)


def test_a_completion_on_many_lines_instead_of_events_is_read() -> None:
    body = b'{\n "choices": [\n  {"message": {"content": "hi"}, "finish_reason": "stop"}\n ]\n}\n'
    with raw_server(http(200, EVENTS, body)) as endpoint:
        assert text(deltas(OpenAICompatible(endpoint), request())) == "hi"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "foo",
        "ftp://x/v1",
        "http://:80/v1",
        "http://[bad/v1",
        "http://host:99999/v1",
        "http://127.0.0.1:8x/v1",
        "http://exa mple/v1",
        "http://a..b/v1",
        f"http://{'a' * 300}/v1",
    ],
)
def test_an_invalid_base_url_is_refused(url: str) -> None:
    endpoint = Endpoint(name="Typo", base_url=url, api_key="")
    for ask in (check_endpoint, connect):
        with pytest.raises(RunFailure, match="The base URL of Typo isn't valid"):
            ask(endpoint)


def test_a_thread_that_cannot_be_written_as_json_is_a_failure() -> None:
    halves = [{"role": "user", "content": "half an emoji: \ud83c"}]
    with (
        raw_server(sse(END)) as endpoint,
        pytest.raises(RunFailure, match="Couldn't send the thread to Raw"),
    ):
        deltas(OpenAICompatible(endpoint), request(messages=halves))


@pytest.mark.parametrize("value", ["²", "1e999", "-1", "nan", "Mon, 01 Jan 99999999999 00:00:00"])
def test_a_malformed_time_to_wait_is_ignored(value: str) -> None:
    headers = httpx2.Headers({b"retry-after": value.encode(), b"retry-after-ms": value.encode()})
    assert retry_after(headers) is None


@pytest.mark.parametrize(
    ("said", "is_context"),
    [
        ("The input token count (9) exceeds the maximum number of tokens allowed (5).", True),
        ("Please reduce the length of the messages or completion.", True),
        ("prompt is too long: 200001 tokens > 200000 maximum", True),
        ("Invalid 'tools[0].function.name': string too long.", False),
    ],
)
def test_a_thread_that_is_too_long_is_not_confused_with_a_name(said: str, is_context: bool) -> None:
    failure = failure_of(http(400, JSON, f'{{"error": {{"message": "{said}"}}}}'.encode()))
    assert ("longer than the context" in failure.message) is is_context
    assert said in failure.message
