"""Providers that answer badly always cause a failure that names them, never an exception."""

import contextlib
import json
from typing import Any

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


def failure_of(*answers: bytes, code: str = "server_error") -> RunFailure:
    with (
        raw_server(*answers) as endpoint,
        contextlib.closing(OpenAICompatible(endpoint)) as model,
        pytest.raises(RunFailure, match="Raw|scripted-1") as caught,
    ):
        deltas(model, request())
    assert caught.value.code == code
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
        ("[" * 100_000, "not JSON (100,000 bytes)"),
    ],
)
def test_a_malformed_chunk_is_a_failure(chunk: str, why: str) -> None:
    assert why in failure_of(sse(chunk, END, "[DONE]")).message


NO_ANSWER = "Raw ended its reply without an answer"
CUT = "in the middle of a reply"
ROLE = '{"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}'
USAGE = '{"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 0}}'
AZURE = '{"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}'


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (sse("[DONE]"), NO_ANSWER),
        (sse(USAGE, "[DONE]"), NO_ANSWER),
        (sse('{"choices": null}', "[DONE]"), NO_ANSWER),
        (sse('{"choices": []}', "[DONE]"), NO_ANSWER),
        (sse("{}", "[DONE]"), NO_ANSWER),
        (sse(AZURE, "[DONE]"), NO_ANSWER),
        (sse(ROLE, "[DONE]"), NO_ANSWER),
        (sse(ROLE, USAGE, "[DONE]"), NO_ANSWER),
        (http(200, JSON, b'{"choices": []}'), NO_ANSWER),
        (http(200, JSON, b'{"choices": null}'), NO_ANSWER),
        (http(200, JSON, b'{"status": "ok"}'), NO_ANSWER),
        (sse(), "sent an empty answer"),
        (http(200, EVENTS, b": keep-alive\n\nevent: ping\n\n"), "sent an empty answer"),
        (http(200, EVENTS, b"upstream connect error\n\n"), "sent an empty answer"),
        (http(200, JSON, b""), "not JSON"),
        (sse(ROLE), CUT),
        (sse('{"choices": [{"delta": {"content": "Half a"}}]}'), CUT),
        (sse("<html>"), "not JSON (6 bytes)"),
        (sse('{"error": {"message": "boom"}}', "[DONE]"), "an error during its reply: boom"),
        (http(200, JSON, b'{"error": {"message": "boom"}}'), "an error during its reply: boom"),
        (http(200, JSON, b'{"error": "boom"}'), "an error during its reply: boom"),
    ],
)
def test_a_reply_without_an_answer_is_a_failure(answer: bytes, why: str) -> None:
    assert why in failure_of(answer).message


@pytest.mark.parametrize(
    "answer",
    [
        sse('{"choices": [{"delta": {}, "finish_reason": "stop"}]}', "[DONE]"),
        sse('{"choices": [{"delta": {"content": null}, "finish_reason": "stop"}]}'),
        http(200, JSON, b'{"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}'),
    ],
)
def test_a_model_may_end_its_turn_without_a_word(answer: bytes) -> None:
    with raw_server(answer) as endpoint:
        received = deltas(OpenAICompatible(endpoint), request())
    assert text(received) == ""
    assert finished(received).reason == "stop"


def test_a_whole_answer_needs_no_finish_reason() -> None:
    with raw_server(http(200, JSON, b'{"choices": [{"message": {"content": "hi"}}]}')) as endpoint:
        assert text(deltas(OpenAICompatible(endpoint), request())) == "hi"


PROMPT, RATE = "invalid_prompt", "rate_limit_exceeded"
OPENAI: dict[str, Any] = {"type": "invalid_request_error", "param": None}
REFUSALS: dict[str, tuple[int, dict[str, Any], str]] = {
    "OpenAI": (400, {"message": "Invalid prompt: no.", "code": "invalid_prompt", **OPENAI}, PROMPT),
    "Azure": (
        400,
        {
            "message": "The response was filtered.",
            "code": "content_filter",
            "innererror": {"code": "ResponsibleAIPolicyViolation"},
        },
        PROMPT,
    ),
    "LiteLLM": (400, {"message": "litellm.ContentPolicyViolationError: no", "code": "400"}, PROMPT),
    "OpenRouter's moderation": (
        403,
        {"code": 403, "message": "No.", "metadata": {"reasons": ["x"], "flagged_input": "y"}},
        PROMPT,
    ),
    "DashScope": (400, {"message": "No.", "code": "data_inspection_failed"}, PROMPT),
    "DeepSeek": (400, {"message": "Content Exists Risk", **OPENAI}, PROMPT),
    "Moonshot": (400, {"message": "High risk.", "type": "content_filter"}, PROMPT),
    "OpenAI's quota": (429, {"message": "Pay.", "code": "insufficient_quota"}, RATE),
    "DeepSeek's balance": (402, {"message": "Insufficient Balance", **OPENAI}, RATE),
    "OpenRouter's credits": (402, {"code": 402, "message": "Insufficient credits"}, RATE),
    "OpenAI's billing": (400, {"message": "Limit.", "code": "billing_hard_limit_reached"}, RATE),
    "Groq": (413, {"message": "Too large for TPM.", "code": "rate_limit_exceeded"}, RATE),
    "an unknown one": (400, {"message": "No.", "code": 7, "innererror": "x"}, "server_error"),
    "a wrong parameter": (400, {"message": "No.", "param": "prompt", **OPENAI}, "server_error"),
}


@pytest.mark.parametrize("who", REFUSALS)
def test_a_refusal_has_the_vendors_code_for_its_reason(who: str) -> None:
    status, error, code = REFUSALS[who]
    body = json.dumps({"error": error})
    refused = failure_of(http(status, JSON, body.encode()), code=code)
    assert error["message"] in refused.message
    # Some providers accept the request, and refuse it in the stream.
    later = failure_of(sse(json.dumps({"error": {"status": status, **error}})), code=code)
    assert error["message"] in later.message
    for failure in (refused, later):
        assert ("Change the instructions or the messages" in failure.message) is (code == PROMPT)


def test_an_error_in_a_list_is_understood() -> None:
    error = b'[{"error": {"code": 400, "message": "Bad.", "status": "RESOURCE_EXHAUSTED"}}]'
    failure = failure_of(http(400, JSON, error), code=RATE)
    assert failure.message.endswith("a rate limit or quota: Bad.")


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
