"""Wrong addresses, other APIs and clients of version 1 are told where to go."""

import json
from typing import Any

import pytest

from assistants_app.models import Assistant
from tests.asgi import Client
from tests.cast import Cast, api_client

JSON = {"accept": "application/json"}


def message(answer: Any, status: int = 404) -> str:
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert (error["type"], answer["x-request-id"][:4]) == ("invalid_request_error", "req_")
    text: str = error["message"]
    return text


def bare(cast: Cast) -> Client:
    """Return a client whose responses aren't compared with the vendor's document."""
    return Client(headers={"authorization": f"Bearer {cast.key}", "openai-beta": "assistants=v2"})


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/threads", "/v1/threads"),
        ("/assistants/asst_1", "/v1/assistants/asst_1"),
        ("/threads/thread_1/runs", "/v1/threads/thread_1/runs"),
        ("/v1beta/threads", "/v1/threads"),
        ("/v2/files", "/v1/files"),
        ("/api/v1/vector_stores", "/v1/vector_stores"),
        ("/api/models", "/v1/models"),
        ("/v1/v1/threads", "/v1/threads"),
        ("//v1/threads", "/v1/threads"),
        ("/v1//threads", "/v1/threads"),
        ("/v1/threads/", "/v1/threads"),
        ("/v1/assistants/asst_1/", "/v1/assistants/asst_1"),
        ("/v1/openai/threads", "/openai/threads"),
        ("/openai/openai/threads", "/openai/threads"),
        ("/openai//threads", "/openai/threads"),
        ("/openai/v2/threads", "/openai/threads"),
        ("/api/projects/x//threads", "/api/projects/x/threads"),
        ("/chat/completions", "/v1/chat/completions"),
        ("/v1/v1/embeddings", "/v1/embeddings"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_wrong_address_gets_the_right_one(cast: Cast, method: str, path: str, right: str) -> None:
    text = message(bare(cast).generic(method, "/", "{}", PATH_INFO=path))
    assert text.startswith(f"Invalid URL ({method} {path}). Use {right} instead. The base URL ")


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1beta", "/api/", "/openai", "/v1/nowhere"])
def test_an_address_of_nothing_says_what_is_here(cast: Cast, path: str) -> None:
    text = message(bare(cast).get(path))
    assert "It serves OpenAI's Assistants API" in text
    assert "ends with /v1" in text


def test_an_empty_id_is_pointed_out(cast: Cast) -> None:
    for path in ("/v1/threads//messages", "/threads//runs"):
        assert "an ID is probably empty" in message(bare(cast).get(path))


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("completions", "completions"),
        ("moderations", "moderations"),
        ("images/generations", "images"),
        ("audio/speech", "audio"),
        ("responses", "responses"),
        ("responses/resp_1/input_items", "responses"),
        ("conversations", "conversations"),
        ("batches", "batches"),
        ("fine_tuning/jobs", "fine-tuning"),
        ("realtime/sessions", "the Realtime API"),
    ],
)
@pytest.mark.parametrize(
    "prefix",
    ["/v1/", "/", "/openai/", "/openai/deployments/gpt-4o/", "/api/projects/x/openai/v1/"],
)
def test_other_apis_are_not_served_and_say_so(
    cast: Cast, prefix: str, path: str, noun: str
) -> None:
    text = message(bare(cast).post(f"{prefix}{path}", "{}", "application/json"))
    assert text.startswith(f"Invalid URL (POST {prefix}{path}). This server is Assistants Play")
    assert f"It doesn't serve {noun}. Send these requests to your model provider" in text


@pytest.mark.parametrize("header", [{"api-key": ""}, {"authorization": ""}])
def test_a_deployment_in_the_path_is_the_model_of_new_assistants(
    cast: Cast, header: dict[str, str]
) -> None:
    name = next(iter(header))
    azure = Client(headers={name: f"{'Bearer ' if name == 'authorization' else ''}{cast.key}"})
    base = "/openai/deployments/gpt-4o"
    made = azure.post(f"{base}/assistants?api-version=2024-05-01-preview", "{}", "application/json")
    assert made.json()["model"] == "gpt-4o"
    own = azure.post(f"{base}/assistants", json.dumps({"model": "m"}), "application/json").json()
    assert own["model"] == "m"
    changed = azure.post(f"{base}/assistants/{own['id']}", "{}", "application/json").json()
    assert changed["model"] == "m"
    body = json.dumps({"assistant_id": own["id"]})
    run = azure.post(f"{base}/threads/runs", body, "application/json").json()
    assert run["model"] == "m"
    for path in (f"threads/{run['thread_id']}/messages", "files", "models", "vector_stores"):
        assert azure.get(f"{base}/{path}").status_code == 200
    assert azure.post("/openai/assistants", "{}", "application/json").status_code == 400
    assert azure.post(f"{base}%00/assistants", "{}", "application/json").status_code == 404


@pytest.mark.parametrize("prefix", ["", "/openai", "/openai/v1"])
def test_the_agents_of_foundry_reach_the_same_objects(cast: Cast, prefix: str) -> None:
    agents = Client(headers={"authorization": f"Bearer {cast.key}", **JSON})
    base, version = f"/api/projects/my-project{prefix}", "?api-version=v1"
    made = agents.post(f"{base}/assistants{version}", '{"model": "m"}', "application/json").json()
    assert Assistant.objects.get(pk=made["id"]).project == cast.project
    thread, run = cast.thread.id, cast.run.id
    for path in (
        *("assistants", f"assistants/{made['id']}", "threads", f"threads/{thread}"),
        *(f"threads/{thread}/messages", f"threads/{thread}/messages/{cast.message.id}"),
        *(f"threads/{thread}/runs", f"threads/{thread}/runs/{run}"),
        *(
            f"threads/{thread}/runs/{run}/steps",
            f"threads/{thread}/runs/{run}/steps/{cast.step.id}",
        ),
        *("files", f"files/{cast.file.id}", f"files/{cast.file.id}/content"),
        *(
            "vector_stores",
            f"vector_stores/{cast.store.id}",
            f"vector_stores/{cast.store.id}/files",
        ),
        *(f"vector_stores/{cast.store.id}/file_batches/{cast.batch.id}",),
        *(f"vector_stores/{cast.store.id}/file_batches/{cast.batch.id}/files",),
    ):
        assert agents.get(f"{base}/{path}{version}").status_code == 200, path
    body = json.dumps({"assistant_id": made["id"], "thread": {}})
    started = agents.post(f"{base}/threads/runs{version}", body, "application/json")
    assert started.status_code == 200
    assert agents.delete(f"{base}/assistants/{made['id']}{version}").json()["deleted"]
    assert Client().get(f"{base}/assistants").status_code == 401


@pytest.mark.parametrize("header", ["assistants=v1", "other=v1, assistants=v1"])
def test_a_client_of_version_1_learns_which_sdk_has_version_2(cast: Cast, header: str) -> None:
    headers = {"authorization": f"Bearer {cast.key}", "openai-beta": header}
    answer = Client(headers=headers).get("/v1/assistants")
    text = message(answer, 400)
    assert answer.json()["error"]["code"] == "invalid_beta"
    assert text.startswith(
        "The v1 Assistants API has been deprecated. Please try again by setting the header "
        "'OpenAI-Beta: assistants=v2'. See the migration guide for more information: "
        "https://platform.openai.com/docs/assistants/migration."
    )
    assert "1.21 for Python and 4.37 for Node" in text
    both = Client(headers={**headers, "openai-beta": "assistants=v1, assistants=v2"})
    assert both.get("/v1/assistants").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "param", "successor"),
    [
        ("assistants", {"model": "m", "file_ids": ["file-1"]}, "file_ids", "'tool_resources."),
        ("assistants/{assistant}", {"file_ids": []}, "file_ids", "'tool_resources."),
        (
            "assistants",
            {"model": "m", "tools": [{"type": "retrieval"}]},
            *("tools[0].type", "called 'file_search'"),
        ),
        (
            "threads/{thread}/runs",
            {"assistant_id": "a", "tools": [{"type": "retrieval"}]},
            *("tools[0].type", "called 'file_search'"),
        ),
        (
            "threads/{thread}/messages",
            {"role": "user", "content": "x", "file_ids": ["file-1"]},
            *("file_ids", "'attachments'"),
        ),
        (
            "threads",
            {"messages": [{"role": "user", "content": "x", "file_ids": ["file-1"]}]},
            *("messages[0].file_ids", "'attachments'"),
        ),
        (
            "threads/runs",
            {
                "assistant_id": "a",
                "thread": {"messages": [{"role": "user", "content": "x", "file_ids": []}]},
            },
            *("thread.messages[0].file_ids", "'attachments'"),
        ),
    ],
)
def test_what_version_1_had_names_its_successor(
    cast: Cast, path: str, body: dict[str, Any], param: str, successor: str
) -> None:
    path = path.format(assistant=cast.assistant.id, thread=cast.thread.id)
    answer = api_client(cast.key).post(f"/v1/{path}", body, "application/json")
    assert successor in message(answer, 400)
    assert answer.json()["error"]["param"] == param


def test_files_of_assistants_name_their_successor(cast: Cast) -> None:
    for path in ("assistants/asst_1/files", "threads/thread_1/messages/msg_1/files"):
        assert "Use 'tool_resources'" in message(bare(cast).get(f"/v1/{path}"))
