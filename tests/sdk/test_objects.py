"""Assistants, threads, messages and models through the SDK: every method and its errors."""

import openai
import pytest
from openai import OpenAI
from openai.types.beta import Assistant

from tests.conftest import MODEL
from tests.live import API_KEY, LiveSite
from tests.sdk.clients import http_client


def test_the_life_of_an_assistant(client: OpenAI) -> None:
    created = client.beta.assistants.create(
        model=MODEL, name="A", temperature=0, metadata={"team": "red"}, response_format="auto"
    )
    assert created.temperature == 0
    assert created.top_p == 1
    updated = client.beta.assistants.update(created.id, name="B", instructions="Be brief.")
    assert (updated.name, updated.instructions, updated.temperature) == ("B", "Be brief.", 0)
    assert updated.metadata == {"team": "red"}
    assert client.beta.assistants.retrieve(created.id) == updated
    assert client.beta.assistants.delete(created.id).deleted
    with pytest.raises(openai.NotFoundError, match=f"No assistant found with id '{created.id}'"):
        client.beta.assistants.retrieve(created.id)


def test_schemas_keep_the_order_of_their_properties(client: OpenAI) -> None:
    properties = {"zebra": {"type": "string"}, "a": {"type": "string"}, "mm": {"type": "string"}}
    created = client.beta.assistants.create(
        model=MODEL,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "x", "schema": {"type": "object", "properties": properties}},
        },
    )
    shown = client.beta.assistants.retrieve(created.id).response_format
    assert shown is not None
    assert not isinstance(shown, str)
    assert shown.type == "json_schema"
    schema = shown.json_schema.schema_
    assert schema is not None
    assert list(schema["properties"]) == list(properties)  # type: ignore[call-overload]


def test_lists_page_forwards_and_backwards(client: OpenAI) -> None:
    ids = [client.beta.assistants.create(model=MODEL, name=f"p{n}").id for n in range(5)]
    newest = client.beta.assistants.list(order="desc", limit=2)
    assert [item.id for item in newest.data] == [ids[4], ids[3]]
    assert newest.has_next_page()
    assert [item.id for item in newest.get_next_page().data] == [ids[2], ids[1]]
    before = client.beta.assistants.list(order="desc", limit=2, before=ids[1])
    assert [item.id for item in before.data] == [ids[3], ids[2]]
    ascending = client.beta.assistants.list(order="asc", limit=100, after=ids[2])
    assert [item.id for item in ascending.data] == ids[3:]
    client.beta.assistants.delete(ids[3])
    after_deleted = client.beta.assistants.list(order="desc", limit=1, after=ids[3])
    assert [item.id for item in after_deleted.data] == [ids[2]]


def test_the_life_of_a_thread(client: OpenAI) -> None:
    thread = client.beta.threads.create(
        messages=[
            {"role": "user", "content": "one", "metadata": {"n": "1"}},
            {"role": "assistant", "content": [{"type": "text", "text": "two"}]},
        ],
        metadata={"a": "b"},
    )
    messages = client.beta.threads.messages.list(thread.id, order="asc")
    assert [message.role for message in messages.data] == ["user", "assistant"]
    assert client.beta.threads.update(thread.id, metadata={"c": "d"}).metadata == {"c": "d"}
    assert client.beta.threads.retrieve(thread.id).metadata == {"c": "d"}
    assert client.beta.threads.delete(thread.id).deleted
    with pytest.raises(openai.NotFoundError, match="No thread found with id"):
        client.beta.threads.messages.list(thread.id)


def test_the_life_of_a_message(client: OpenAI) -> None:
    thread = client.beta.threads.create()
    assert client.beta.threads.messages.list(thread.id).data == []
    message = client.beta.threads.messages.create(
        thread.id,
        role="user",
        content=[
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}},
        ],
    )
    assert [part.type for part in message.content] == ["text", "image_url"]
    changed = client.beta.threads.messages.update(
        message.id, thread_id=thread.id, metadata={"k": "v"}
    )
    assert changed.metadata == {"k": "v"}
    assert client.beta.threads.messages.retrieve(message.id, thread_id=thread.id) == changed
    assert client.beta.threads.messages.delete(message.id, thread_id=thread.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.beta.threads.messages.retrieve(message.id, thread_id=thread.id)


def test_models_are_those_of_the_endpoint(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["scripted-1", "scripted-2"]
    assert client.models.retrieve("scripted-2").id == "scripted-2"
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        client.models.retrieve("gpt-9")


def test_a_thread_with_a_missing_file_is_refused(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="No file found with id 'file-1'"):
        client.beta.threads.create(
            messages=[
                {
                    "role": "user",
                    "content": "x",
                    "attachments": [{"file_id": "file-1", "tools": [{"type": "file_search"}]}],
                }
            ]
        )


def test_errors_name_the_invalid_parameter(client: OpenAI, assistant: Assistant) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.assistants.update(assistant.id, temperature=3)
    assert (caught.value.param, caught.value.code) == ("temperature", "decimal_above_max_value")
    with pytest.raises(openai.BadRequestError, match="limit"):
        client.beta.assistants.list(limit=101)


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "says"),
    [
        ("GET", "/assistants", {"Authorization": ""}, "", 401, "You didn't provide an API key"),
        ("GET", "/models", {"Authorization": "Bearer sk-wrong"}, "", 401, "Incorrect API key"),
        ("GET", "/assistants", {"OpenAI-Beta": ""}, "", 400, "OpenAI-Beta: assistants=v2"),
        ("GET", "/assistants", {"OpenAI-Beta": "assistants=v1"}, "", 400, "OpenAI-Beta"),
        ("PUT", "/assistants", {}, "", 405, "Not allowed to PUT"),
        ("POST", "/assistants", {}, "{", 400, "could not parse the JSON body"),
        ("POST", "/assistants", {}, "[1]", 400, "could not parse the JSON body"),
        ("POST", "/threads", {}, '{"messages": 5}', 400, "expected an array"),
        ("GET", "/nowhere", {}, "", 404, "Invalid URL (GET /v1/nowhere)"),
        ("GET", "/threads/thread_x/runs/run_x", {}, "", 404, "No thread found"),
    ],
)
def test_errors_have_the_vendors_format(
    site: LiveSite,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str,
    status: int,
    says: str,
) -> None:
    with http_client(site.base_url, API_KEY) as http:
        answer = http.request(method, path, headers=headers, content=body or None)
    assert answer.status_code == status
    assert says in answer.json()["error"]["message"]
