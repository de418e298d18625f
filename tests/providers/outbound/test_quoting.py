"""What is shown of another server's words."""

import contextlib

import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.providers.call_record import CallRecord
from assistants_app.providers.openai_compatible import OpenAICompatible
from assistants_app.providers.outbound.quoting import NO_REASON, WEB_PAGE, is_api_error, reason_in
from tests.fakes.raw import http, raw_server, sse
from tests.providers.asking import Answer, request

PAGE = "<html><head><title>Internal wiki</title></head><body>root password: hunter2</body></html>"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"error": {"message": "No such model."}}', "No such model."),
        ('[{"error": {"message": "No."}}]', "No."),
        ('{"error": "busy"}', "busy"),
        ('{"message": "busy"}', "busy"),
        ('{"object": "error", "message": "busy"}', "busy"),
        ('{"detail": "Not Found"}', "Not Found"),
        ('{"detail": [{"loc": ["body"], "msg": "bad"}, {"msg": "worse"}]}', "bad; worse"),
        ('{"error": {"message": "not a <class \'str\'>"}}', "not a <class 'str'>"),
        ("upstream overloaded\n", "upstream overloaded"),
        (PAGE, WEB_PAGE),
        ("<!DOCTYPE html>\n<p>x", WEB_PAGE),
        ("<?xml version='1.0'?><Error/>", WEB_PAGE),
        (f'{{"error": {{"message": "{PAGE}"}}}}', NO_REASON),
        ('{"AccessKeyId": "ASIA", "SecretAccessKey": "s"}', NO_REASON),
        ('{"error": {"trace": "at Users.java:12"}}', NO_REASON),
        ('["ami-id", "hostname"]', NO_REASON),
        ("x" * 301, NO_REASON),
        ("a\x00b", NO_REASON),
        ("", NO_REASON),
        ("[" * 100_000, NO_REASON),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_a_reason_is_quoted_and_nothing_else(body: str, reason: str) -> None:
    assert reason_in(body) == reason


def test_errors_of_apis_are_known_by_their_form() -> None:
    assert is_api_error('{"error": {"message": "m"}}')
    assert not is_api_error('{"ok": true}')
    assert not is_api_error(PAGE)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 502])
def test_a_page_of_an_internal_server_is_shown_nowhere(status: int) -> None:
    record = CallRecord()
    with (
        raw_server(http(status, "text/html", PAGE.encode())) as endpoint,
        contextlib.closing(OpenAICompatible(endpoint)) as model,
    ):
        with pytest.raises(RunFailure) as listed:
            model.list_models()
        with pytest.raises(RunFailure) as asked:
            list(Answer(model, request(), record=record))
    call = record.call()
    assert call is not None
    for shown in (listed.value.message, asked.value.message, str(call)):
        assert "hunter2" not in shown
        assert "wiki" not in shown


@pytest.mark.parametrize(
    "answer",
    [
        http(200, "text/plain", b"ami-id\nhunter2\n" * 100),
        http(200, "application/json", PAGE.encode()),
        sse(PAGE),
        sse('{"error": {"secret": "hunter2"}}'),
        b"220 mail.internal hunter2 ESMTP\r\n\r\n",
    ],
    ids=["text", "page as JSON", "page in events", "error without a message", "mail server"],
)
def test_what_another_kind_of_server_says_is_not_quoted(answer: bytes) -> None:
    record = CallRecord()
    with (
        raw_server(answer) as endpoint,
        contextlib.closing(OpenAICompatible(endpoint)) as model,
        pytest.raises(RunFailure) as caught,
    ):
        list(Answer(model, request(), record=record))
    assert "hunter2" not in caught.value.message
    assert "hunter2" not in str(record.call())
