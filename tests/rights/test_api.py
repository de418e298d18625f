"""Every route of the API, by every kind of key."""

import json
from typing import Any

import pytest

from assistants_app.api import application
from assistants_app.api.urls import router
from assistants_app.domain.rights import EDITOR, READ, RUNS, VIEWER, can
from assistants_app.models import ApiKey
from assistants_app.services.acting import Actor
from tests import asgi
from tests.cast import Cast
from tests.fuzz.examples import rolled_back
from tests.fuzz.world import bodies_of, values_of_paths

FORM = "multipart/form-data; boundary=b"


@pytest.fixture(autouse=True)
def streams_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave open streams as soon as they have begun."""
    monkeypatch.setattr(asgi, "QUIET_SECONDS", 0.02)


def ask(cast: Cast, method: str, pattern: str, key: str) -> tuple[int, dict[str, Any]]:
    """Send a good request with this key. Return the status and the error, and undo the rest."""
    places = values_of_paths(cast)
    path = "/".join(
        places[part.strip("{}.")] if "{" in part else part for part in pattern.split("/")
    )
    body: Any = bodies_of(cast)[pattern][0] if method == "POST" else b""
    is_form = isinstance(body, bytes)
    headers = {"openai-beta": "assistants=v2", "content-type": FORM if is_form else "text/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    scope = {
        "type": "http",
        "method": method,
        "path": f"/v1/{path}",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    with rolled_back():
        status, _, sent = asgi.call(scope, body if is_form else json.dumps(body).encode())
    return status, json.loads(sent).get("error") or {} if status >= 400 else {}


@pytest.mark.parametrize("pattern", router.patterns)
def test_a_route_answers_keys_that_have_the_right_to_its_verb(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    has_id = "_id}" in pattern
    for method, verb in router.patterns[pattern].verbs.items():
        assert ask(cast, method, pattern, "")[0] == 401
        assert ask(cast, method, pattern, "sk-ap-nobody-has-this-key")[0] == 401
        status, error = ask(cast, method, pattern, cast.strangers_key)
        assert not has_id or status == 404, error
        for role, scope in ((EDITOR, "all"), (EDITOR, RUNS), (EDITOR, READ), (VIEWER, "all")):

            def actor_of(key: ApiKey, role: str = role, scope: str = scope) -> Actor:
                return Actor(key.project_id, role, key_id=key.id, scope=scope)

            with monkeypatch.context() as patched:
                patched.setattr(application, "actor_of_key", actor_of)
                status, error = ask(cast, method, pattern, cast.key)
            assert (status == 403) == (not can(role, verb, scope)), (method, role, scope, error)
            if status == 403:
                assert error["code"] == "insufficient_permissions"
                assert error["type"] == "invalid_request_error"
                assert ("scope" in error["message"]) == can(role, verb)


def test_a_refused_request_claims_no_receipt(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def actor_of(key: ApiKey) -> Actor:
        return Actor(key.project_id, EDITOR, key_id=key.id, scope=READ)

    monkeypatch.setattr(application, "actor_of_key", actor_of)
    monkeypatch.setattr(application, "Once", None)
    assert ask(cast, "POST", "threads", cast.key)[0] == 403
