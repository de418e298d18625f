"""What a key's scope excludes, it doesn't reach indirectly either, whatever a request says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from django.db import connection

from assistants_app.api import application
from assistants_app.api.urls import router
from assistants_app.domain.rights import EDITOR, READ, RUNS, can
from assistants_app.models import ApiKey, Assistant, File, Run, Thread, VectorStore
from assistants_app.services.acting import Actor
from assistants_app.services.threads import recordings
from tests import asgi
from tests.cast import Cast
from tests.fuzz.examples import rolled_back
from tests.fuzz.world import bodies_of, values_of_paths

# By scope, the tables whose rows may not be added, changed or deleted. Files may only be added.
STORES = ("vector_store", "vector_store_file", "file_batch", "chunk")
PEOPLE = ("api_key", "membership", "invitation", "usage_limit", "model_endpoint", "model_price")
FIXED = {
    RUNS: (*STORES, *PEOPLE, "assistant", "assistant_version", "assistant_draft", "test_set"),
    READ: (*PEOPLE, "assistant", "assistant_version", "thread", "message", "run", "file", "upload"),
}


@pytest.fixture(autouse=True)
def streams_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave open streams as soon as they have begun."""
    monkeypatch.setattr(asgi, "QUIET_SECONDS", 0.02)


def rows(table: str) -> dict[str, str]:
    # When something was last used isn't a change of it.
    used = "'{last_used_at,last_active_at,expires_at}'::text[]"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id::text, (to_jsonb(t) - {used})::text FROM {table} t")
        return dict(cursor.fetchall())


@contextmanager
def unchanged(scope: str) -> Iterator[None]:
    before = {table: rows(table) for table in FIXED[scope]}
    files = rows("file")
    yield
    assert {table: rows(table) for table in FIXED[scope]} == before
    assert files.items() <= rows("file").items()


@pytest.fixture
def scoped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def give(scope: str) -> None:
        def actor_of(key: ApiKey) -> Actor:
            return Actor(key.project_id, EDITOR, key_id=key.id, scope=scope)

        monkeypatch.setattr(application, "actor_of_key", actor_of)

    return give


def send(cast: Cast, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
    is_form = isinstance(body, bytes)
    content = "multipart/form-data; boundary=b" if is_form else "application/json"
    headers = {
        "openai-beta": "assistants=v2",
        "content-type": content,
        "authorization": f"Bearer {cast.key}",
    }
    scope = {
        "type": "http",
        "method": method,
        "path": f"/v1/{path}",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    status, _, sent = asgi.call(scope, body if is_form else json.dumps(body).encode())
    return status, json.loads(sent).get("error") or {} if status >= 400 else {}


@pytest.mark.parametrize("pattern", router.patterns)
def test_no_route_changes_what_the_scope_excludes(
    cast: Cast, scoped: Callable[[str], None], pattern: str
) -> None:
    places = values_of_paths(cast)
    path = "/".join(
        places[part.strip("{}.")] if "{" in part else part for part in pattern.split("/")
    )
    for scope, (method, verb) in product((READ, RUNS), router.patterns[pattern].verbs.items()):
        if not can(EDITOR, verb, scope):
            continue
        scoped(scope)
        for body in bodies_of(cast)[pattern] if method == "POST" else [b""]:
            with rolled_back(), unchanged(scope):
                send(cast, method, path, body)


INLINE = {"file_search": {"vector_stores": [{"metadata": {"a": "b"}}]}}


def attaching(cast: Cast) -> dict[str, Any]:
    return {
        "role": "user",
        "content": "x",
        "attachments": [{"file_id": cast.file.id, "tools": [{"type": "file_search"}]}],
    }


def indirect(cast: Cast) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return requests that would change a store or make one, by what they do."""
    assistant = {"assistant_id": cast.assistant.id}
    thread, message = f"threads/{cast.thread.id}", attaching(cast)
    waiting = {**assistant, "additional_messages": [message], "on_active_run": "queue"}
    return {
        "a thread with a new store": ("threads", {"tool_resources": INLINE}),
        "a thread with a message": ("threads", {"messages": [message]}),
        "a changed thread": (thread, {"tool_resources": INLINE}),
        "a message": (f"{thread}/messages", message),
        "a run with a message": (f"{thread}/runs", {**assistant, "additional_messages": [message]}),
        "a waiting run": (f"{thread}/runs", waiting),
        "a thread and run": ("threads/runs", {**assistant, "thread": {"messages": [message]}}),
        "a thread with a store and run": (
            "threads/runs",
            {**assistant, "thread": {"tool_resources": INLINE}},
        ),
        "a run with a store": ("threads/runs", {**assistant, "tool_resources": INLINE}),
    }


@pytest.mark.parametrize("has_store", [False, True])
@pytest.mark.parametrize(
    "what",
    [
        "a thread with a new store",
        "a thread with a message",
        "a changed thread",
        "a message",
        "a run with a message",
        "a waiting run",
        "a thread and run",
        "a thread with a store and run",
        "a run with a store",
    ],
)
def test_a_key_for_runs_writes_into_no_store(
    cast: Cast, scoped: Callable[[str], None], what: str, has_store: bool
) -> None:
    if has_store:
        resources = {"file_search": {"vector_store_ids": [cast.store.id]}}
        Thread.objects.filter(pk=cast.thread.pk).update(tool_resources=resources)
    if what == "a waiting run":
        Run.objects.filter(pk=cast.run.pk).update(status="queued")
    path, body = indirect(cast)[what]
    scoped(RUNS)
    with rolled_back(), unchanged(RUNS):
        status, error = send(cast, "POST", path, body)
        assert (status, error["code"]) == (403, "insufficient_permissions")
        assert "Missing scopes: all" in error["message"]
        # Of the operation alone, nobody could guess what it has to do with stores.
        instead = "vector_store_ids" if "vector_stores" in str(body) else "code_interpreter"
        assert f"`{instead}`, or use a key with a wider scope." in error["message"]
    # It is the scope alone.
    scoped("all")
    with rolled_back():
        assert send(cast, "POST", path, body)[0] == 200


def test_a_key_for_runs_attaches_files_for_code_and_searches_stores(
    cast: Cast, scoped: Callable[[str], None]
) -> None:
    scoped(RUNS)
    attachments = [{"file_id": cast.file.id, "tools": [{"type": "code_interpreter"}]}]
    message = {"role": "user", "content": "x", "attachments": attachments}
    resources = {"file_search": {"vector_store_ids": [cast.store.id]}}
    body = {"messages": [message], "tool_resources": resources}
    with unchanged(RUNS):
        assert send(cast, "POST", "threads", body)[0] == 200


def test_the_recorded_example_loses_only_its_thread(
    cast: Cast, scoped: Callable[[str], None]
) -> None:
    thread = recordings.add_recorded_example(project=cast.project, model="m")
    counts = [model.objects.count() for model in (Assistant, File, VectorStore)]
    scoped(RUNS)
    assert send(cast, "DELETE", f"threads/{thread.id}", b"")[0] == 200
    assert [model.objects.count() for model in (Assistant, File, VectorStore)] == counts
