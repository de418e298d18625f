"""A stranger's key gets the same 404 as for an id that does not exist."""

import json

import pytest

from tests.cast import Cast, api_client

ROUTES = [
    ("GET", "/v1/files/{file}"),
    ("GET", "/v1/files/{file}/content"),
    ("DELETE", "/v1/files/{file}"),
    ("POST", "/v1/uploads/{upload}/parts"),
    ("POST", "/v1/uploads/{upload}/complete"),
    ("POST", "/v1/uploads/{upload}/cancel"),
    ("GET", "/v1/vector_stores/{store}"),
    ("POST", "/v1/vector_stores/{store}"),
    ("DELETE", "/v1/vector_stores/{store}"),
    ("POST", "/v1/vector_stores/{store}/search"),
    ("GET", "/v1/vector_stores/{store}/files"),
    ("POST", "/v1/vector_stores/{store}/files"),
    ("GET", "/v1/vector_stores/{store}/files/{file}"),
    ("POST", "/v1/vector_stores/{store}/files/{file}"),
    ("DELETE", "/v1/vector_stores/{store}/files/{file}"),
    ("GET", "/v1/vector_stores/{store}/files/{file}/content"),
    ("POST", "/v1/vector_stores/{store}/file_batches"),
    ("GET", "/v1/vector_stores/{store}/file_batches/{batch}"),
    ("POST", "/v1/vector_stores/{store}/file_batches/{batch}/cancel"),
    ("GET", "/v1/vector_stores/{store}/file_batches/{batch}/files"),
    ("GET", "/v1/assistants/{assistant}"),
    ("POST", "/v1/assistants/{assistant}"),
    ("DELETE", "/v1/assistants/{assistant}"),
    ("GET", "/v1/threads/{thread}"),
    ("GET", "/v1/threads/{thread}/events"),
    ("POST", "/v1/threads/{thread}"),
    ("DELETE", "/v1/threads/{thread}"),
    ("GET", "/v1/threads/{thread}/messages"),
    ("POST", "/v1/threads/{thread}/messages"),
    ("GET", "/v1/threads/{thread}/messages/{message}"),
    ("POST", "/v1/threads/{thread}/messages/{message}"),
    ("DELETE", "/v1/threads/{thread}/messages/{message}"),
    ("GET", "/v1/threads/{thread}/runs"),
    ("POST", "/v1/threads/{thread}/runs"),
    ("GET", "/v1/threads/{thread}/runs/{run}"),
    ("POST", "/v1/threads/{thread}/runs/{run}"),
    ("POST", "/v1/threads/{thread}/runs/{run}/cancel"),
    ("POST", "/v1/threads/{thread}/runs/{run}/submit_tool_outputs"),
    ("GET", "/v1/threads/{thread}/runs/{run}/steps"),
    ("GET", "/v1/threads/{thread}/runs/{run}/steps/{step}"),
]
BODIES = {
    "messages": {"role": "user", "content": "x"},
    "runs": {"assistant_id": "{assistant}"},
    "complete": {"part_ids": ["part_1"]},
    "submit_tool_outputs": {"tool_outputs": []},
    "search": {"query": "secret"},
    "files": {"file_id": "{file}"},
    "file_batches": {"file_ids": ["{file}"]},
    "{file}": {"attributes": {}},
}


def fill(text: str, cast: Cast) -> str:
    names = (
        *("assistant", "thread", "message", "run", "step", "file", "upload"),
        *("store", "batch"),
    )
    for name in names:
        text = text.replace(f"{{{name}}}", getattr(cast, name).id)
    return text


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_every_route_hides_the_objects_of_others(cast: Cast, method: str, route: str) -> None:
    body = fill(json.dumps(BODIES.get(route.rpartition("/")[2], {})), cast)
    path = fill(route, cast)
    stranger = api_client(cast.strangers_key).generic(method, path, body, "application/json")
    assert stranger.status_code == 404
    assert stranger.json()["error"]["type"] == "invalid_request_error"
    assert "Secret" not in stranger.content.decode()
    owner = api_client(cast.key).generic(method, path, body, "application/json")
    assert owner.status_code in {200, 400}


def test_a_stranger_cannot_run_an_assistant_that_is_not_theirs(cast: Cast) -> None:
    answer = api_client(cast.strangers_key).post(
        "/v1/threads/runs",
        data={"assistant_id": cast.assistant.id},
        content_type="application/json",
    )
    assert answer.status_code == 404


def test_lists_have_only_ones_own_objects(cast: Cast) -> None:
    for nouns in ("assistants", "threads", "files", "vector_stores"):
        assert api_client(cast.strangers_key).get(f"/v1/{nouns}").json()["data"] == []
        assert len(api_client(cast.key).get(f"/v1/{nouns}").json()["data"]) == 1


def test_a_stranger_cannot_use_a_file_that_is_not_theirs(cast: Cast) -> None:
    image = {"type": "image_file", "image_file": {"file_id": cast.file.id}}
    attachment = {"file_id": cast.file.id, "tools": [{"type": "code_interpreter"}]}
    for body in (
        {"tool_resources": {"code_interpreter": {"file_ids": [cast.file.id]}}},
        {"messages": [{"role": "user", "content": [image]}]},
        {"messages": [{"role": "user", "content": "x", "attachments": [attachment]}]},
    ):
        for key, status in ((cast.strangers_key, 404), (cast.key, 200)):
            answer = api_client(key).post("/v1/threads", body, content_type="application/json")
            assert answer.status_code == status


def test_a_stranger_cannot_use_a_vector_store_or_file_that_is_not_theirs(cast: Cast) -> None:
    stranger = api_client(cast.strangers_key)
    theirs = stranger.post("/v1/vector_stores", {}, content_type="application/json").json()["id"]
    named = {"file_search": {"vector_store_ids": [cast.store.id]}}
    inline = {"file_search": {"vector_stores": [{"file_ids": [cast.file.id]}]}}
    attachment = {"file_id": cast.file.id, "tools": [{"type": "file_search"}]}
    message = {"role": "user", "content": "x", "attachments": [attachment]}
    for path, body in (
        ("/v1/vector_stores", {"file_ids": [cast.file.id]}),
        (f"/v1/vector_stores/{theirs}/files", {"file_id": cast.file.id}),
        (f"/v1/vector_stores/{theirs}/file_batches", {"file_ids": [cast.file.id]}),
        ("/v1/assistants", {"model": "m", "tool_resources": named}),
        ("/v1/threads", {"tool_resources": named}),
        ("/v1/threads", {"tool_resources": inline}),
        ("/v1/threads", {"messages": [message]}),
    ):
        assert stranger.post(path, body, content_type="application/json").status_code == 404


def test_a_revoked_key_opens_nothing(cast: Cast) -> None:
    cast.project.api_keys.update(revoked_at=cast.run.created_at)
    assert api_client(cast.key).get("/v1/assistants").status_code == 401


def test_keys_are_stored_only_as_hashes(cast: Cast) -> None:
    [row] = cast.project.api_keys.values()
    assert cast.key not in str(row)
    assert cast.key.endswith(row["last_four"])
