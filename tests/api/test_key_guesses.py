"""Wrong API keys make an address wait, and hold up nobody whose key has worked."""

import json
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Away

from assistants_app.api import key_guesses
from assistants_app.models import Project
from assistants_app.services.project import guesses
from assistants_app.services.project.projects import create_api_key
from tests.asgi import call
from tests.cast import Cast, strange_address

FREE = guesses.keys_by_address("any").free


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address that no other test uses, in a process that remembers nothing."""
    monkeypatch.setattr(key_guesses, "_waiting", {})
    monkeypatch.setattr(key_guesses, "_worked", set())
    return strange_address()


def ask(address: str, key: str) -> tuple[int, dict[str, str], Any]:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/models",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {key}".encode())],
        "client": (address, 50_000),
    }
    status, headers, body = call(scope, b"")
    return status, {n.decode().lower(): v.decode() for n, v in headers}, json.loads(body)


def new_key(project: Project) -> str:
    return create_api_key(project=project, name="another")[1]


def test_many_wrong_keys_make_an_address_wait(cast: Cast, address: str) -> None:
    found = [ask(address, f"sk-wrong-{number}")[0] for number in range(FREE + 1)]
    assert found == [401] * FREE + [429]
    status, headers, body = ask(address, "sk-wrong")
    assert status == 429
    assert headers["retry-after"] == "1"
    assert 0 < int(headers["retry-after-ms"]) <= 1000
    assert body["error"]["code"] == "rate_limit_exceeded"
    assert "Check the key, and try again in 1s." in body["error"]["message"]


def test_a_right_guess_is_answered_like_a_wrong_one(cast: Cast, address: str) -> None:
    for number in range(FREE + 1):
        ask(address, f"sk-wrong-{number}")
    right, wrong = ask(address, new_key(cast.project)), ask(address, "sk-wrong")
    assert right[0] == wrong[0] == 429
    assert right[2] == wrong[2]


def test_a_key_that_has_worked_from_there_goes_on_working(cast: Cast, address: str) -> None:
    key = new_key(cast.project)
    assert ask(address, key)[0] == 200
    for number in range(FREE + 5):
        ask(address, f"sk-wrong-{number}")
    assert ask(address, key)[0] == 200
    assert ask("198.51.100.9", new_key(cast.project))[0] == 200


def test_right_keys_are_not_counted(cast: Cast, address: str) -> None:
    key = new_key(cast.project)
    assert {ask(address, key)[0] for _ in range(FREE + 5)} == {200}
    assert ask(address, "sk-wrong")[0] == 401


def test_another_process_counts_on(cast: Cast, address: str) -> None:
    for number in range(FREE):
        ask(address, f"sk-wrong-{number}")
    key_guesses._waiting.clear()
    assert ask(address, "sk-wrong")[0] == 429


def test_a_wait_ends(cast: Cast, address: str) -> None:
    for number in range(FREE + 1):
        ask(address, f"sk-wrong-{number}")
    key_guesses._waiting[guesses.address_of(address, "")] = 0.0
    assert ask(address, new_key(cast.project))[0] == 200


def test_without_redis_keys_work_and_wrong_ones_do_not(
    cast: Cast, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        def eval(self, *arguments: object) -> None:
            raise Away("gone")

    monkeypatch.setattr(guesses, "client", Gone)
    assert {ask(address, "sk-wrong")[0] for _ in range(FREE + 5)} == {401}
    assert ask(address, new_key(cast.project))[0] == 200


def test_memory_is_bounded(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_guesses, "MOST_REMEMBERED", 3)
    for number in range(10):
        key_guesses.admit(address, f"key_{number}")
        assert len(key_guesses._worked) <= 3
