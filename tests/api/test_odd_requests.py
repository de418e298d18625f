"""Requests that no good client sends get a 4xx in the vendor's format."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from assistants_app.models import Assistant, Message, Thread
from tests.cast import Cast, api_client

DEEP = 100_000
BODIES = [
    b"\xff\xfe\xfa",
    b'{"model": "\xff"}',
    b'{"model": "m", "temperature": NaN}',
    b'{"model": "m", "temperature": Infinity}',
    b'{"model": "m", "top_p": -Infinity}',
    b'{"model": "m", "temperature": 1e999}',
    b'{"model": "m", "variables": [{"name": "n", "type": "number", "default": -1e999}]}',
    b'{"model": "m", "tools": [{"type": "function", "function": {"name": "f",'
    b' "parameters": {"maximum": 1e999}}}]}',
    b'{"model": "m", "metadata": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    b'{"model": "m", "tools": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    b'{"model": "m", "temperature": 1' + b"0" * 10_000 + b"}",
    b'{"model": "m"} trailing',
    b'"model"',
    b"null",
    b"1",
    b" ",
]


def error_of(answer: Any) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    return error


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_not_a_valid_json_object_is_refused(cast: Cast, body: bytes) -> None:
    answer = api_client(cast.key).post("/v1/assistants", body, "application/json")
    assert answer.status_code == 400
    assert error_of(answer)["type"] == "invalid_request_error"
    assert Assistant.objects.count() == 1


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "m{}"}, "model"),
        ({"model": "m", "name": "{}"}, "name"),
        ({"model": "m", "metadata": {"k": "v{}"}}, "metadata.k"),
        ({"model": "m", "metadata": {"k{}": "v"}}, "metadata"),
        (
            {
                "model": "m",
                "tools": [
                    {"type": "code_interpreter"},
                    {
                        "type": "function",
                        "function": {
                            "name": "f",
                            "parameters": {"type": "object", "properties": {"a": {"x": "{}"}}},
                        },
                    },
                ],
            },
            "tools[1].function.parameters.properties.a.x",
        ),
        ({"model": "m", "{}": 1}, None),
    ],
)
def test_characters_that_cannot_be_stored_are_refused_by_name(
    cast: Cast, body: dict[str, Any], param: str | None, odd: str
) -> None:
    text = json.dumps(body).replace("{}", json.dumps(odd)[1:-1])
    answer = api_client(cast.key).post("/v1/assistants", text, "application/json")
    assert answer.status_code == 400
    assert (error_of(answer)["param"], error_of(answer)["code"]) == (param, "invalid_value")
    assert Assistant.objects.count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/v1/assistants/%00",
        "/v1/assistants/asst_%ff",
        "/v1/assistants/%ed%a0%80",
        "/v1/assistants/" + "x" * 5_000,
        "/v1/threads/%00/messages",
        "/v1/threads/{thread}/messages/%00",
        "/v1/threads/{thread}/runs/%00/steps",
        "/v1/threads/{thread}/runs/{run}/steps/%00",
        "/v1/threads//messages",
        "/v1/threads/",
        "/v1//assistants",
        "/v1/assistants/",
        "/v1/models/%00",
        "/v1/",
    ],
)
def test_odd_paths_are_not_found(cast: Cast, path: str) -> None:
    path = path.replace("{thread}", cast.thread.id).replace("{run}", cast.run.id)
    answer = api_client(cast.key).get(path)
    assert answer.status_code == 404
    assert error_of(answer)["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ("limit=", "limit", "invalid_type"),
        ("limit=1.0", "limit", "invalid_type"),
        ("limit=1_0", "limit", "invalid_type"),
        ("limit=%201", "limit", "invalid_type"),
        ("limit=%D9%A1", "limit", "invalid_type"),
        ("limit=%00", "limit", "invalid_type"),
        ("limit=" + "9" * 5_000, "limit", "integer_above_max_value"),
        ("limit=-" + "9" * 5_000, "limit", "integer_below_min_value"),
        ("limit=0", "limit", "integer_below_min_value"),
        ("limit=101", "limit", "integer_above_max_value"),
        ("limit=5&limit=x", "limit", "invalid_type"),
        ("order=", "order", "invalid_value"),
        ("order=DESC", "order", "invalid_value"),
        ("after=%00", "after", "invalid_value"),
        ("before=%00", "before", "invalid_value"),
        ("run_id=%00", "run_id", "invalid_value"),
    ],
)
def test_odd_queries_are_refused_by_name(cast: Cast, query: str, param: str, code: str) -> None:
    answer = api_client(cast.key).get(f"/v1/threads/{cast.thread.id}/messages?{query}")
    assert answer.status_code == 400
    assert (error_of(answer)["param"], error_of(answer)["code"]) == (param, code)


@pytest.mark.parametrize("query", ["after=%ff", "after=x", "limit=5&limit=6", "after=&before="])
def test_unusual_but_valid_queries_succeed(cast: Cast, query: str) -> None:
    assert api_client(cast.key).get(f"/v1/assistants?{query}").status_code == 200


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_the_body_is_json_whatever_its_type_says(cast: Cast, content_type: str) -> None:
    client = api_client(cast.key)
    for body, status in (('{"model": "m"}', 200), ("a=b&c=d", 400)):
        answer = client.generic("POST", "/v1/assistants", body, content_type)
        assert answer.status_code == status


def test_too_many_query_parameters_are_refused(cast: Cast) -> None:
    answer = api_client(cast.key).get("/v1/assistants?" + "a=1&" * 1_001)
    assert answer.status_code == 400
    assert error_of(answer)["type"] == "invalid_request_error"


def test_a_body_too_large_is_refused(cast: Cast, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = api_client(cast.key).post("/v1/assistants", "x" * 1001, "application/json")
    assert answer.status_code == 413
    assert error_of(answer)["message"] == "The request body is too large."


def test_numbers_too_large_for_a_column_are_refused(cast: Cast) -> None:
    for field in ("max_prompt_tokens", "max_completion_tokens"):
        answer = api_client(cast.key).post(
            "/v1/threads/runs",
            {"assistant_id": cast.assistant.id, field: 2**31},
            "application/json",
        )
        assert answer.status_code == 400
        assert error_of(answer)["param"] == field
    assert Thread.objects.count() == 1


def test_one_invalid_message_among_many_creates_nothing(cast: Cast) -> None:
    good = {"role": "user", "content": "x"}
    before = Message.objects.count()
    answer = api_client(cast.key).post(
        "/v1/threads",
        {"messages": [good, good, {"role": "user", "content": "\0"}]},
        "application/json",
    )
    assert answer.status_code == 400
    assert error_of(answer)["param"] == "messages[2].content"
    assert (Thread.objects.count(), Message.objects.count()) == (1, before)
