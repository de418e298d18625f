"""PHP writes an empty object as `[]`, which is read as one wherever an object belongs."""

from typing import Any

import pytest

from assistants_app.models import Assistant
from tests.cast import Cast, api_client

ASSISTANT: dict[str, Any] = {"model": "m"}


def tool(parameters: Any, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", "parameters": parameters, **more}}


def post(cast: Cast, path: str, body: Any) -> Any:
    path = path.format(thread=cast.thread.id, store=cast.store.id, file=cast.file.id)
    answer = api_client(cast.key).post(f"/v1/{path}", body, "application/json")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_a_body_may_be_an_empty_list(cast: Cast) -> None:
    assert post(cast, "threads", "[]")["metadata"] == {}
    assert post(cast, f"assistants/{cast.assistant.id}", "[]")["id"] == cast.assistant.id


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("threads", {"metadata": [], "tool_resources": []}),
        ("threads", {"tool_resources": {"code_interpreter": [], "file_search": []}}),
        ("threads", {"messages": [{"role": "user", "content": "x", "metadata": []}]}),
        ("threads/{thread}/messages", {"role": "user", "content": "x", "metadata": []}),
        ("threads/runs", {"assistant_id": "", "thread": [], "tool_resources": [], "metadata": []}),
        ("assistants", {**ASSISTANT, "metadata": [], "tool_resources": []}),
        ("assistants", {**ASSISTANT, "tools": [{"type": "file_search", "file_search": []}]}),
        ("vector_stores", {"metadata": []}),
        ("vector_stores/{store}/files", {"file_id": "", "attributes": []}),
    ],
)
def test_an_empty_list_in_a_body_is_an_empty_object(
    cast: Cast, path: str, body: dict[str, Any]
) -> None:
    ids = {"assistant_id": cast.assistant.id, "file_id": cast.file.id}
    made = post(cast, path, {**body, **{name: ids[name] for name in body if name in ids}})
    assert made.get("metadata", {}) == made.get("attributes", {}) == {}


def test_schemas_of_functions_get_objects_at_every_depth(cast: Cast) -> None:
    schema = {
        "type": "object",
        "properties": {
            "anything": [],
            "nested": {"type": "object", "properties": [], "required": [], "default": []},
            "rows": {"type": "array", "items": []},
            "either": {"anyOf": [[], {"enum": [[], "a"]}]},
        },
        "additionalProperties": [],
        "$defs": [],
    }
    made = post(cast, "assistants", {**ASSISTANT, "tools": [tool(schema)]})
    assert made["tools"][0]["function"]["parameters"] == {
        "type": "object",
        "properties": {
            "anything": {},
            "nested": {"type": "object", "properties": {}, "required": [], "default": []},
            "rows": {"type": "array", "items": {}},
            "either": {"anyOf": [{}, {"enum": [[], "a"]}]},
        },
        "additionalProperties": {},
        "$defs": {},
    }


def test_a_strict_function_without_parameters_has_an_object(cast: Cast) -> None:
    schema = {"type": "object", "properties": [], "required": [], "additionalProperties": False}
    made = post(cast, "assistants", {**ASSISTANT, "tools": [tool(schema, strict=True)]})
    assert made["tools"][0]["function"]["parameters"]["properties"] == {}


def test_the_schema_of_a_response_format_has_an_object(cast: Cast) -> None:
    wanted = {"name": "n", "schema": {"type": "object", "properties": []}}
    body = {**ASSISTANT, "response_format": {"type": "json_schema", "json_schema": wanted}}
    shown = post(cast, "assistants", body)["response_format"]["json_schema"]
    assert shown["schema"]["properties"] == {}


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("threads", [1], None),
        ("threads", [[]], None),
        ("threads", {"metadata": [1]}, "metadata"),
        ("threads", {"tool_resources": ["a"]}, "tool_resources"),
        ("threads", {"tool_resources": {"file_search": [{}]}}, "tool_resources.file_search"),
        ("assistants", {**ASSISTANT, "tools": [tool([1])]}, "tools[0].function.parameters"),
        (
            "assistants",
            {**ASSISTANT, "tools": [tool({"type": "object", "properties": [1]})]},
            "tools[0].function.parameters",
        ),
        ("threads/{thread}/messages", {"role": "user", "content": []}, "content"),
        ("vector_stores", {"expires_after": []}, "expires_after.anchor"),
    ],
)
def test_other_lists_and_missing_fields_are_still_refused(
    cast: Cast, path: str, body: Any, param: str | None
) -> None:
    path = path.format(thread=cast.thread.id)
    answer = api_client(cast.key).post(f"/v1/{path}", body, "application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert Assistant.objects.count() == 1


@pytest.mark.parametrize("name", ["include", "include[]", "include[0]"])
def test_a_list_in_a_query_may_be_written_as_php_does(cast: Cast, name: str) -> None:
    content = "step_details.tool_calls[*].file_search.results[*].content"
    url = f"/v1/threads/{cast.thread.id}/runs/{cast.run.id}/steps"
    client = api_client(cast.key)
    assert client.get(url, {name: content}).status_code == 200
    refused = client.get(url, {name: "colour"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "include")
