"""Pages of other origins may use the API where CORS_ORIGINS says so, as browsers check it."""

import asyncio
from typing import Any

import pytest

from assistants_app import conf, conf_rules
from assistants_app.api import application
from assistants_app.domain.errors import ConfigurationError
from tests.asgi import Client, Driven, run
from tests.cast import Cast

PAGE, OTHER = "https://app.example.org", "https://evil.example.org"
SENT = "authorization, content-type, openai-beta, x-stainless-os, idempotency-key, api-key, x-evil"


@pytest.fixture
def one_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "CORS_ORIGINS", ["http://localhost:5173", PAGE])


def page(cast: Cast, origin: str = PAGE, **headers: str) -> Client:
    beta = {"openai-beta": "assistants=v2"}
    return Client(
        headers={"authorization": f"Bearer {cast.key}", **beta, "origin": origin, **headers}
    )


def preflight(path: str, origin: str = PAGE, method: str = "POST") -> Any:
    asked = {"access-control-request-method": method, "access-control-request-headers": SENT}
    return Client(headers={"origin": origin, **asked}).options(path)


def cors_of(answer: Any) -> set[str]:
    return {name for name in answer.headers if name.lower().startswith("access-control-")}


@pytest.mark.usefixtures("one_origin")
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/threads/runs", "POST"),
        ("/v1/assistants", "GET, POST"),
        ("/openai/assistants?api-version=1", "GET, POST"),
        ("/v1/nowhere", "GET, POST, DELETE"),
        ("/threads", "GET, POST, DELETE"),
    ],
)
def test_a_preflight_permits_what_clients_send(path: str, methods: str) -> None:
    answer = preflight(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert answer["Access-Control-Allow-Methods"] == methods
    assert answer["Access-Control-Allow-Headers"] == SENT.removesuffix(", x-evil")
    assert int(answer["Access-Control-Max-Age"]) > 0
    assert "Origin" in answer["Vary"]
    assert not {"Content-Type", "Content-Length"} & set(answer.headers)


@pytest.mark.usefixtures("one_origin")
def test_responses_and_errors_can_be_read_by_the_page(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 0)
    answers = [
        page(cast).get("/v1/assistants"),
        page(cast).get("/v1/assistants/asst_unknown"),
        page(cast).get("/v1/nowhere"),
        page(cast).put("/v1/assistants"),
        page(cast, authorization="").get("/v1/assistants"),
        page(cast).get(f"/v1/files/{cast.file.id}/content"),
    ]
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 1)
    answers += [page(cast).get("/v1/models"), page(cast).get("/v1/models")]
    codes = [answer.status_code for answer in answers]
    assert codes == [200, 404, 404, 405, 401, 200, 200, 429]
    for answer in answers:
        assert answer["Access-Control-Allow-Origin"] == PAGE
        assert answer["Vary"] == "Origin"
        exposed = {name.lower() for name in answer["Access-Control-Expose-Headers"].split(", ")}
        ours = {name.lower() for name in answer.headers} & {
            *("x-request-id", "openai-processing-ms", "openai-version", "retry-after"),
            *("x-ratelimit-remaining-requests", "retry-after-ms", "content-disposition"),
        }
        assert ours <= exposed


@pytest.mark.usefixtures("one_origin")
def test_a_stream_can_be_read_by_the_page(cast: Cast) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/v1/threads/{cast.thread.id}/events",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {cast.key}".encode()),
            (b"openai-beta", b"assistants=v2"),
            (b"origin", PAGE.encode()),
        ],
    }
    client = Driven()

    async def receive() -> dict[str, Any]:
        if client.unread:
            return await client.receive()
        while not client.sent:  # noqa: ASYNC110 - `sent` is a list
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    run(lambda: application.application(scope, receive, client.send))
    headers = dict(client.response()[1])
    assert headers[b"Content-Type"].startswith(b"text/event-stream")
    assert headers[b"Access-Control-Allow-Origin"] == PAGE.encode()


@pytest.mark.usefixtures("one_origin")
@pytest.mark.parametrize("origin", [OTHER, "null", "http://app.example.org", f"{PAGE}:8443", ""])
def test_a_page_of_another_origin_gets_no_permission(cast: Cast, origin: str) -> None:
    answers = [preflight("/v1/assistants", origin), page(cast, origin).get("/v1/assistants")]
    for answer in answers:
        assert cors_of(answer) == set()
        # A cache must not serve this response to a page that has permission.
        assert "Origin" in answer["Vary"]


def test_a_star_permits_all_pages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "CORS_ORIGINS", ["*"])
    for answer in (preflight("/v1/assistants", OTHER), page(cast, "null").get("/v1/assistants")):
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_by_default_there_is_nothing(cast: Cast) -> None:
    assert preflight("/v1/assistants").status_code == 405
    for answer in (preflight("/v1/assistants"), page(cast).get("/v1/assistants")):
        assert cors_of(answer) == set()
        assert "Vary" not in answer.headers


@pytest.mark.usefixtures("one_origin")
def test_options_without_the_question_of_a_browser_is_a_wrong_method(cast: Cast) -> None:
    assert page(cast).options("/v1/assistants").status_code == 405


@pytest.mark.parametrize(
    "origin",
    ["app.example.org", "https://app.example.org/", "https://APP.example.org", "**", "null"],
)
def test_a_setting_that_no_browser_would_match_stops_the_start(origin: str) -> None:
    conf_rules.check({"CORS_ORIGINS": [PAGE, "http://[::1]:8000", "*"]})
    with pytest.raises(ConfigurationError, match="CORS_ORIGINS"):
        conf_rules.check({"CORS_ORIGINS": [PAGE, origin]})
