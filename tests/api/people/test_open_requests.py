"""A key that loses its access: what it has opened ends, also in the middle of a stream."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Collection
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assistants_app.api import application, hops
from assistants_app.api.people import open_requests
from assistants_app.api.responses import AnyResponse, Deferred, StreamedResponse, event_stream
from assistants_app.api.urls import router
from assistants_app.events import held_access
from assistants_app.events.access import AccessChange, access_changed
from assistants_app.models import ApiKey
from assistants_app.queries.project.access import find_api_key, keys_allowed, known_api_key
from assistants_app.services.money import known_limits
from assistants_app.services.project.projects import revoke_api_key
from tests.api.test_application import scope
from tests.asgi import Driven, run
from tests.cast import Cast

PATH = "/v1/assistants"


class Reader(Driven):
    """A client that stays until its response ends."""

    def __init__(self) -> None:
        super().__init__()
        self.began = asyncio.Event()
        self.aborted = False

    async def receive(self) -> dict[str, Any]:
        if self.unread:
            return self.unread.pop(0)
        never: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        return await never

    async def send(self, message: dict[str, Any]) -> None:
        await super().send(message)
        if message.get("body"):
            self.began.set()


async def endless() -> AsyncGenerator[bytes, None]:
    yield b"data: {"
    await asyncio.get_running_loop().create_future()


def serve(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], AnyResponse | Deferred]) -> None:
    match = router.find(PATH)
    assert match
    monkeypatch.setitem(match.route.views, "GET", lambda request: answer())


def revoke(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())


async def until_open(reader: Reader, count: int = 1) -> None:
    async with asyncio.timeout(10):
        await reader.began.wait()
    assert len(open_requests._open.held) == count


def take(key: ApiKey) -> None:
    open_requests._take(AccessChange(project_id=key.project_id, key_id=key.pk))


def driven(cast: Cast, test: Callable[[Reader, ApiKey, asyncio.Task[None]], Any]) -> Reader:
    """Let a client open a request, and run the test meanwhile. The request must end."""
    readers: list[Reader] = []
    key = ApiKey.objects.get(project=cast.project)

    async def opened() -> None:
        reader = Reader()
        readers.append(reader)
        work = asyncio.create_task(
            application.application(scope(cast, "GET", PATH), reader.receive, reader.send)
        )
        await test(reader, key, work)
        async with asyncio.timeout(10):
            await work
        assert open_requests._open.held == set()

    run(opened)
    return readers[0]


def test_a_stream_ends_with_an_error_that_clients_raise(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, lambda: event_stream(endless()))

    async def test(reader: Reader, key: ApiKey, work: "asyncio.Task[None]") -> None:
        await until_open(reader)
        take(key)
        assert open_requests._open.checking
        await open_requests._open.checking
        assert not work.done()  # the key is still valid
        await hops.hop(revoke, key)
        take(key)

    sent = driven(cast, test).response()
    assert sent[0] == 200
    first, event, data = [line for line in sent[2].decode().splitlines() if line]
    assert (first, event) == ("data: {", "event: error")
    error = json.loads(data.removeprefix("data: "))
    assert error["error"]["code"] == error["code"] == "invalid_api_key"
    assert "no longer has access" in error["error"]["message"]


def test_a_file_is_cut_off(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, lambda: StreamedResponse(endless(), content_type="text/plain"))

    async def test(reader: Reader, key: ApiKey, work: "asyncio.Task[None]") -> None:
        await until_open(reader)
        await hops.hop(revoke, key)
        take(key)

    reader = driven(cast, test)
    assert reader.response()[2] == b"data: {"
    assert reader.sent[-1]["more_body"]


def test_a_request_that_waits_for_a_model_gets_the_error(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = asyncio.Event()

    async def wait() -> AnyResponse:
        waits.set()
        future: asyncio.Future[AnyResponse] = asyncio.get_running_loop().create_future()
        return await future

    serve(monkeypatch, lambda: Deferred(wait))

    async def test(reader: Reader, key: ApiKey, work: "asyncio.Task[None]") -> None:
        await waits.wait()
        await hops.hop(revoke, key)
        take(key)

    status, _, body = driven(cast, test).response()
    assert (status, json.loads(body)["error"]["code"]) == (401, "invalid_api_key")


def test_a_change_during_the_view_is_not_missed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    [key] = ApiKey.objects.filter(project=cast.project)

    def answer() -> AnyResponse:
        # After the key was found, and before the stream is known to the watch.
        revoke(key)
        take_in_loop()
        return event_stream(endless())

    loops: list[asyncio.AbstractEventLoop] = []
    heard = open_requests.hear_changes

    def hear() -> int:
        loops.append(asyncio.get_running_loop())
        return heard()

    def take_in_loop() -> None:
        loops[0].call_soon_threadsafe(take, key)

    monkeypatch.setattr(open_requests, "hear_changes", hear)
    serve(monkeypatch, answer)

    async def test(reader: Reader, key: ApiKey, work: "asyncio.Task[None]") -> None:
        pass

    assert b"no longer has access" in driven(cast, test).response()[2]


def test_a_stream_ends_when_its_key_expires(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_access, "LOOK_SECONDS", 0.05)
    serve(monkeypatch, lambda: event_stream(endless()))

    async def test(reader: Reader, key: ApiKey, work: "asyncio.Task[None]") -> None:
        await until_open(reader)
        # Nobody says anything about it.
        await hops.hop(ApiKey.objects.filter(pk=key.pk).update, expires_at=timezone.now())

    assert b"no longer has access" in driven(cast, test).response()[2]


def test_a_stream_ends_at_the_moment_at_which_its_key_expires(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, lambda: event_stream(endless()))
    monkeypatch.setattr(held_access, "LOOK_SECONDS", 3600.0)
    begun = timezone.now()
    expires_at = begun + timedelta(seconds=1)
    ApiKey.objects.filter(project=cast.project).update(expires_at=expires_at)

    async def test(reader: Reader, key: ApiKey, work: "asyncio.Task[None]") -> None:
        await until_open(reader)
        [held] = open_requests._open.held
        assert len(held.timers) == len(held_access.AFTER_EXPIRY)

    assert b"no longer has access" in driven(cast, test).response()[2]
    assert timezone.now() >= expires_at


async def test_what_has_ended_waits_for_no_expiry() -> None:
    open_accesses = held_access.HeldAccess[str](never_asked)
    later = timezone.now() + timedelta(days=400)
    held = open_accesses.add("access", lambda: None, since=0, until=later)
    open_accesses.remove(held)
    assert all(timer.cancelled() for timer in held.timers)


async def never_asked(accesses: Collection[str]) -> Collection[str]:
    raise AssertionError("nothing has changed")


def test_a_fault_of_the_database_only_delays_the_end(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, lambda: event_stream(endless()))
    monkeypatch.setattr(held_access, "RETRY_SECONDS", 0.01)
    usual = keys_allowed
    faults = [OSError("away"), OSError("still away")]

    def fail(key_ids: set[str]) -> set[str]:
        if faults:
            raise faults.pop()
        return usual(key_ids)

    monkeypatch.setattr(open_requests, "keys_allowed", fail)

    async def test(reader: Reader, key: ApiKey, work: "asyncio.Task[None]") -> None:
        await until_open(reader)
        await hops.hop(revoke, key)
        open_requests._take(None)

    assert b"no longer has access" in driven(cast, test).response()[2]
    assert faults == []


def test_known_limits_are_forgotten(cast: Cast) -> None:
    project_id = cast.project.id
    known_limits.limits_of(project_id)
    open_requests._take(AccessChange(project_id=cast.other_project.id))
    assert project_id in known_limits._known
    open_requests._take(AccessChange(project_id=project_id))
    assert project_id not in known_limits._known
    known_limits.limits_of(project_id)
    open_requests._take(None)
    assert project_id not in known_limits._known


def test_cached_keys_are_forgotten(cast: Cast) -> None:
    first, second = find_api_key(cast.key), find_api_key(cast.strangers_key)
    assert first
    assert second
    open_requests._take(AccessChange(project_id=first.project_id))
    assert known_api_key(cast.key) is None
    assert known_api_key(cast.strangers_key) == second
    open_requests._take(AccessChange(user_id=1))
    assert known_api_key(cast.strangers_key) is None


def test_a_key_that_is_revoked_while_it_is_read_is_not_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = ApiKey.objects.filter

    class Rows:
        def select_related(self, name: str) -> "Rows":
            return self

        def filter(self, **wanted: str) -> "Rows":
            self.found = usual(**wanted).select_related("project")
            return self

        def first(self) -> ApiKey | None:
            key = self.found.first()
            open_requests._take(AccessChange())
            return key

    monkeypatch.setattr("assistants_app.queries.project.access._valid_keys", Rows)
    assert find_api_key(cast.key)
    assert known_api_key(cast.key) is None


@pytest.mark.django_db(transaction=True)
def test_revoking_a_key_is_a_change_of_access(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    changes: list[AccessChange] = []
    monkeypatch.setattr("assistants_app.events.access._publish", changes.append)
    [key] = ApiKey.objects.filter(project=cast.project)
    revoke_api_key(project=cast.project, key_id=key.pk)
    access_changed(user_id=7)
    assert changes == [
        AccessChange(project_id=cast.project.pk, key_id=key.pk),
        AccessChange(user_id=7),
    ]
