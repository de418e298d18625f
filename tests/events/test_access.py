"""Changes of access: what they concern, and how processes hear of them."""

import asyncio
from collections.abc import Callable

import pytest
from django.db import transaction
from redis.exceptions import ConnectionError as Away

from assistants_app.events import access
from assistants_app.events.access import AccessChange, access_changed, on_access_change
from assistants_app.queries.project.access import Visit, digest
from assistants_app.redis_client import client

VISIT = Visit("s1", 7, "hash", "proj_1")


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a channel of its own, since other tests may publish at the same time."""
    monkeypatch.setattr(access, "CHANNEL", f"access-{id(monkeypatch)}")


@pytest.mark.parametrize(
    ("change", "visit", "key"),
    [
        (AccessChange(), True, True),
        (AccessChange(project_id="proj_1"), True, True),
        (AccessChange(project_id="proj_2"), False, False),
        (AccessChange(project_id="proj_1", user_id=7), True, True),
        (AccessChange(project_id="proj_1", user_id=8), False, True),
        (AccessChange(user_id=7), True, True),
        (AccessChange(session=digest("s1")), True, False),
        (AccessChange(session=digest("s2")), False, False),
        (AccessChange(project_id="proj_1", key_id="key_1"), False, True),
        (AccessChange(project_id="proj_1", key_id="key_2"), False, False),
        (AccessChange(project_id="proj_1", share_id="share_1"), False, False),
    ],
)
def test_a_change_concerns_only_what_it_names(change: AccessChange, visit: bool, key: bool) -> None:
    assert change.concerns_visit(VISIT) is visit
    assert change.concerns_key("proj_1", "key_1") is key


class Heard(asyncio.Queue[AccessChange | None]):
    """The changes that a process has heard of."""

    def take(self, change: AccessChange | None) -> None:
        self.put_nowait(change)

    async def next(self) -> AccessChange | None:
        async with asyncio.timeout(10):
            return await self.get()


async def listener() -> Heard:
    """Return the changes from now on."""
    heard = Heard()
    on_access_change(heard.take)
    assert await heard.next() is None
    return heard


def in_other_process(change: Callable[[], None]) -> None:
    """Publish, without what a process does for itself."""
    kept = dict(access._listening_by_loop)
    access._listening_by_loop.clear()
    try:
        change()
    finally:
        access._listening_by_loop.update(kept)


@pytest.mark.usefixtures("transactional_db")
async def test_a_change_is_heard_after_its_commit() -> None:
    heard = await listener()

    def change() -> None:
        with transaction.atomic():
            access_changed(project_id="proj_1", user_id=7, session_key="secret")
            assert heard.empty()

    await asyncio.to_thread(in_other_process, change)
    assert await heard.next() == AccessChange("proj_1", 7, "", digest("secret"), "")


def fail() -> None:
    with transaction.atomic():
        access_changed(project_id="proj_1")
        raise ZeroDivisionError


@pytest.mark.usefixtures("transactional_db")
async def test_a_change_that_is_rolled_back_is_not_published() -> None:
    heard = await listener()
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(fail)
    await asyncio.to_thread(in_other_process, lambda: access_changed(project_id="proj_2"))
    assert await heard.next() == AccessChange("proj_2")


async def test_everything_is_looked_at_while_nothing_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access, "DEAF_SECONDS", 0.05)
    monkeypatch.setattr(access, "RECONNECT_SECONDS", 0.01)
    heard = Heard()

    async def away(receive: object) -> None:
        raise OSError("refused")

    with monkeypatch.context() as patch:
        patch.setattr(access.LoopConnection, "open", away)
        on_access_change(heard.take)
        assert [await heard.next() for _ in range(3)] == [None] * 3
        patch.setattr(access, "DEAF_SECONDS", 600.0)
        await heard.next()
        assert heard.empty()
    # And once more when it hears again, because of what it missed since the last look.
    assert await heard.next() is None


async def test_a_silent_connection_counts_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "PING_SECONDS", 0.01)
    monkeypatch.setattr(access, "PATIENCE", 0.05)
    monkeypatch.setattr(access, "RECONNECT_SECONDS", 0.01)
    heard = await listener()
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with monkeypatch.context() as patch:
        patch.setattr(access.LoopConnection, "call", lambda self, command: never)
        assert await heard.next() is None
    never.cancel()
    # The next connection works.
    assert await heard.next() is None


@pytest.mark.usefixtures("transactional_db")
async def test_the_own_process_needs_no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = await listener()

    def away(*arguments: object) -> None:
        raise Away

    monkeypatch.setattr(client(), "publish", away)
    await asyncio.to_thread(access_changed, project_id="proj_1", key_id="key_1")
    assert await heard.next() == AccessChange("proj_1", None, "key_1")


async def test_a_taker_is_called_once() -> None:
    heard = Heard()
    on_access_change(heard.take)
    on_access_change(heard.take)
    assert await heard.next() is None
    assert heard.empty()


def test_fields_of_another_version_are_ignored() -> None:
    assert access._change_from(b'{"project_id": "p", "later": 1}') == AccessChange("p")
