"""API keys that no longer work, and what their programs are told."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.api import key_guesses
from assistants_app.models import ApiKey, Membership
from assistants_app.queries.project import access
from assistants_app.services.people.members import remove_member
from assistants_app.services.project.guesses import keys_by_address
from assistants_app.services.project.projects import (
    create_api_key,
    revoke_api_key,
)
from tests.asgi import call
from tests.cast import Cast, strange_address

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_cached_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_found", {})


def ask(
    key: str, request: str = "GET /vector_stores", body: Any = None, *, address: str = ""
) -> tuple[int, Any]:
    """Return the status and the body of a response to a request with this key."""
    method, path = request.split()
    scope = {
        "type": "http",
        "method": method,
        "path": f"/v1{path}",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {key}".encode()),
            (b"openai-beta", b"assistants=v2"),
        ],
        "client": (address, 50_000),
    }
    status, _, sent = call(scope, json.dumps(body).encode() if body is not None else b"")
    return status, json.loads(sent)


def refusal(key: str, *, address: str = "") -> str:
    """Return the message of the 401 that the key gets."""
    status, body = ask(key, address=address)
    assert (status, body["error"]["code"]) == (401, "invalid_api_key")
    assert key not in body["error"]["message"]
    return str(body["error"]["message"])


def test_a_revoked_key_stops_at_once_and_says_why(cast: Cast) -> None:
    key, secret = create_api_key(project=cast.project, name="CI")
    assert ask(secret)[0] == 200
    revoke_api_key(project=cast.project, key_id=key.id)
    assert refusal(secret) == (
        f"Incorrect API key provided: sk-ap***{key.last_four}. This key was revoked. Create "
        "another key in the project's settings."
    )


def test_a_cached_key_expires_to_the_second(cast: Cast) -> None:
    soon = timezone.now() + timedelta(hours=1)
    key, secret = create_api_key(project=cast.project, name="CI", expires_at=soon)
    cached = access.find_api_key(secret)
    assert cached is not None
    assert access.known_api_key(secret) is cached
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    cached.expires_at = timezone.now()
    assert access.known_api_key(secret) is None
    assert "This key expired on 20" in refusal(secret)


def test_a_personal_key_ends_with_the_membership(cast: Cast) -> None:
    _, secret = create_api_key(project=cast.project, name="mine", user=cast.bob)
    assert ask(secret)[0] == 200
    Membership.objects.filter(user=cast.bob).delete()
    access.forget_keys(lambda project_id, key_id: True)
    assert "no longer a member of the project" in refusal(secret)


def test_a_personal_key_ends_with_the_account(cast: Cast) -> None:
    _, secret = create_api_key(project=cast.project, name="mine", user=cast.bob)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert "no longer a member of the project" in refusal(secret)
    # It must not become a service key when the person's row goes.
    cast.bob.delete()
    assert not ApiKey.objects.filter(name="mine").exists()


def test_the_keys_of_a_person_are_revoked_together(cast: Cast) -> None:
    theirs = [create_api_key(project=cast.project, name="x", user=cast.bob)[1] for _ in range(2)]
    others = [
        create_api_key(project=cast.project, name="service")[1],
        create_api_key(project=cast.project, name="hers", user=cast.alice)[1],
    ]
    for secret in theirs + others:
        assert ask(secret)[0] == 200
    remove_member(project=cast.project, user_id=cast.bob.pk)
    assert [ask(secret)[0] for secret in theirs + others] == [401, 401, 200, 200]


READS = ["GET /assistants", "GET /threads/{thread}", "GET /files/{file}"]
RUNS = ["POST /threads", "POST /threads/{thread}/messages", "DELETE /threads/{thread}"]
CONFIGURES = ["POST /assistants", "POST /vector_stores", "DELETE /files/{file}"]
BODIES = {
    "POST /threads": {},
    "POST /threads/{thread}/messages": {"role": "user", "content": "Hello"},
    "POST /assistants": {"model": "m"},
    "POST /vector_stores": {},
}


def allowed(cast: Cast, secret: str) -> set[str]:
    """Return the requests that the key may make. The others get the vendor's 403."""
    may = set()
    for request in READS + RUNS + CONFIGURES:
        named = request.format(thread=cast.thread.id, file=cast.file.id)
        status, body = ask(secret, named, BODIES.get(request))
        if status == 200:
            may.add(request)
            continue
        assert status == 403
        assert set(body["error"]) == {"message", "type", "param", "code"}
        assert body["error"]["type"] == "invalid_request_error"
    return may


@pytest.mark.parametrize("personal", [True, False])
@pytest.mark.parametrize(
    ("scope", "may"),
    [("read", READS), ("runs", READS + RUNS), ("all", READS + RUNS + CONFIGURES)],
)
def test_a_scope_limits_what_a_key_may_do(
    cast: Cast, scope: str, may: list[str], personal: bool
) -> None:
    user = cast.alice if personal else None
    _, secret = create_api_key(project=cast.project, name="CI", scope=scope, user=user)
    assert allowed(cast, secret) == set(may)


def test_a_missing_scope_is_named(cast: Cast) -> None:
    _, secret = create_api_key(project=cast.project, name="CI", scope="read")
    _, body = ask(secret, "POST /threads", {})
    assert body["error"]["message"].startswith(
        "You have insufficient permissions for this operation. Missing scopes: runs."
    )


@pytest.mark.parametrize("scope", ["all", "runs", "read"])
def test_a_key_may_not_do_more_than_its_person_now(cast: Cast, scope: str) -> None:
    _, secret = create_api_key(project=cast.project, name="mine", user=cast.bob, scope=scope)
    assert ask(secret)[0] == 200
    Membership.objects.filter(user=cast.bob).update(role="viewer")
    access.forget_keys(lambda project_id, key_id: True)
    assert allowed(cast, secret) == set(READS)


def test_an_old_key_makes_no_address_wait(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_guesses, "_waiting", {})
    monkeypatch.setattr(key_guesses, "_worked", set())
    address = strange_address()
    expired = timezone.now() - timedelta(hours=1)
    _, old = create_api_key(project=cast.project, name="CI", expires_at=expired)
    for _ in range(keys_by_address(address).free + 2):
        refusal(old, address=address)
    _, successor = create_api_key(project=cast.project, name="CI")
    assert ask(successor, address=address)[0] == 200
