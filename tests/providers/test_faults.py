"""Of a failure it is known whether the provider is to blame, and when another try may succeed."""

import contextlib
import json

import pytest

from assistants_app.domain.errors import ProviderFault, RunFailure
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.openai_compatible import OpenAICompatible
from tests.fakes.raw import http, raw_server, sse
from tests.providers.asking import deltas, request

JSON, EVENTS = "application/json", "text/event-stream"
NONE = None
LASTING, PASSING = ProviderFault(passing=False), ProviderFault(passing=True)


def refusal(status: int, error: dict[str, str], *headers: str) -> bytes:
    return http(status, JSON, json.dumps({"error": error}).encode(), *headers)


def fault_of(*answers: bytes) -> ProviderFault | None:
    with (
        raw_server(*answers) as endpoint,
        contextlib.closing(OpenAICompatible(endpoint)) as model,
        pytest.raises(RunFailure) as caught,
    ):
        deltas(model, request())
    return caught.value.fault


@pytest.mark.parametrize(
    ("status", "error", "headers", "fault"),
    [
        (429, {"message": "Slow down."}, ["retry-after: 90"], ProviderFault(True, 90.0)),
        (429, {"message": "Pay.", "code": "insufficient_quota"}, [], LASTING),
        (500, {"message": "Oops."}, [], PASSING),
        (401, {"message": "Who?"}, [], LASTING),
        (404, {"message": "What?"}, [], LASTING),
        (400, {"message": "Unknown temperature."}, [], NONE),
        (400, {"message": "Flagged.", "code": "content_filter"}, [], NONE),
        (413, {"message": "Too large."}, [], NONE),
    ],
)
def test_refusals(
    status: int, error: dict[str, str], headers: list[str], fault: ProviderFault | None
) -> None:
    assert fault_of(refusal(status, error, *headers)) == fault


def test_errors_in_the_middle_of_a_reply() -> None:
    said = json.dumps({"error": {"message": "The model crashed."}})
    assert fault_of(sse(said)) == PASSING
    quota = json.dumps({"error": {"message": "Pay.", "code": "insufficient_quota"}})
    assert fault_of(sse(quota)) == LASTING
    flagged = json.dumps({"error": {"message": "Flagged.", "code": "content_filter"}})
    assert fault_of(sse(flagged)) is None


def test_connections_that_break() -> None:
    part = '{"choices": [{"delta": {"content": "a"}}]}'
    assert fault_of(http(200, EVENTS, f"data: {part}".encode(), length=500)) == PASSING
    assert fault_of(sse(part)) == PASSING
    assert fault_of(http(200, "text/html", b"<html><body>Hello</body></html>")) == LASTING
    assert fault_of(sse("{")) == LASTING
    nobody = Endpoint(name="Nobody", base_url="http://127.0.0.1:9/v1", api_key="k")
    with (
        contextlib.closing(OpenAICompatible(nobody)) as model,
        pytest.raises(RunFailure) as caught,
    ):
        deltas(model, request())
    assert caught.value.fault == PASSING
