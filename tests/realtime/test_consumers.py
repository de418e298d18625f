"""The websocket of a thread: who may connect, the first frame, and the end."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client

from assistants_app.events.access import AccessChange, access_changed
from assistants_app.models import Membership, Session
from assistants_app.queries.project.access import memberships_of
from assistants_app.queries.threads.threads import get_thread
from assistants_app.realtime import consumers, feeds, watch
from assistants_app.realtime.consumers import NO_THREAD, TRY_LATER, page_socket
from assistants_app.realtime.feed import ThreadFeed
from assistants_app.realtime.frames import contents_of
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.viewers import SOCKET
from assistants_app.realtime.watch import NO_ACCESS, SIGNED_OUT
from tests.cast import Cast
from tests.realtime.answers import Answer


class Connection(WebsocketCommunicator):
    """A page's websocket, from the browser's side. It is the server's socket, too."""

    is_full = False

    def __init__(self, cast: Cast, user: User | None, thread_id: str = "", query: str = "") -> None:
        path = f"/p/{cast.project.id}/thread/{thread_id or cast.thread.id}/{query}"
        headers = []
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = f"other=1; {settings.SESSION_COOKIE_NAME}={client.session.session_key}"
            headers = [(b"cookie", cookie.encode())]
        super().__init__(page_socket, f"/ws{path}", headers)
        self.scope[SOCKET] = self
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.people: asyncio.Queue[str] = asyncio.Queue()  # who else is here, each time it is said

    def write(self, message: bytes) -> None:
        contents = contents_of(message)
        if "writing" in contents:
            self.people.put_nowait(contents["content"])
        else:
            self.messages.put_nowait(contents)

    heard_at = 0.0

    def ping(self) -> None:
        self.heard_at = time.monotonic()

    def close(self, code: int) -> None:
        self.messages.put_nowait({"closed": code})

    def when_drained(self, call: Callable[[], None]) -> None:
        raise AssertionError("it is never full")

    async def frame(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return await self.messages.get()


async def connection(cast: Cast, user: User | None, **options: str) -> Connection:
    return await in_thread(lambda: Connection(cast, user, **options))


async def close_code(opened: Connection) -> int:
    await opened.connect()
    message = await opened.receive_output(timeout=10)
    assert message["type"] == "websocket.close"
    return int(message["code"])


@pytest.mark.usefixtures("transactional_db")
async def test_only_members_may_connect(cast: Cast) -> None:
    assert await close_code(await connection(cast, None)) == SIGNED_OUT
    assert await close_code(await connection(cast, cast.charlie)) == NO_THREAD
    gone = await connection(cast, cast.alice, thread_id="thread_gone")
    assert await close_code(gone) == NO_THREAD


@pytest.mark.usefixtures("transactional_db")
async def test_other_paths_are_refused(cast: Cast) -> None:
    page = await connection(cast, None, thread_id="a/b")
    assert (await page.connect())[0] is False


@pytest.mark.parametrize(
    ("query", "whole"), [("?after=0-1", True), ("?after=x", False), ("", False)]
)
async def test_a_member_gets_the_thread_until_they_leave(
    answer: Answer, query: str, whole: bool
) -> None:
    page = await connection(answer.cast, answer.cast.alice, query=query)
    assert await page.connect() == (True, None)
    frame = await page.frame()
    assert frame["whole"]
    # Without a position, the page counts as up to date with the empty log.
    assert bool(frame["ops"]) == whole
    await page.send_to(text_data="ignored")
    await answer.begin()
    changes = await page.frame()
    assert "thread-status" in [operation["id"] for operation in changes["ops"]]
    assert answer.cast.thread.id in feeds.feeds
    await page.disconnect()
    assert answer.cast.thread.id not in feeds.feeds


async def test_a_page_that_comes_back_to_the_end_gets_the_whole_thread(answer: Answer) -> None:
    page = await connection(answer.cast, answer.cast.alice)
    await page.connect()
    assert (await page.frame())["ops"] == []
    await page.send_to(text_data="again")
    frame = await page.frame()
    assert frame["whole"]
    [items] = [operation for operation in frame["ops"] if operation["id"] == "items"]
    assert answer.cast.message.id in items["html"]
    assert (items["before"], items["total"], items["end"]) == (0, 1, True)
    # It still gets the changes, and once.
    await answer.begin()
    changes = await page.frame()
    assert "thread-status" in [operation["id"] for operation in changes["ops"]]
    await page.disconnect()
    assert answer.cast.thread.id not in feeds.feeds


async def test_a_viewer_who_could_not_join_leaves_no_feed_behind(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(ThreadFeed, "join", fail)
    page = await connection(answer.cast, answer.cast.alice)
    await page.connect()
    with pytest.raises(ConnectionError):
        await page.wait(timeout=10)
    assert answer.cast.thread.id not in feeds.feeds


def sign_out(user: User) -> None:
    Session.objects.all().delete()


def remove(user: User) -> None:
    Membership.objects.filter(user=user).delete()


def change_password(user: User) -> None:
    user.set_password("another one")
    user.save()


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


LOSSES = pytest.mark.parametrize(
    ("take_away", "code"),
    [
        (sign_out, SIGNED_OUT),
        (remove, NO_ACCESS),
        (change_password, SIGNED_OUT),
        (deactivate, SIGNED_OUT),
    ],
)


class Rounds(asyncio.Queue[int]):
    """The number of visits in each check of the watch."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()

        def count(visits: Any) -> Any:
            loop.call_soon_threadsafe(self.put_nowait, len(visits))
            return memberships_of(visits)

        monkeypatch.setattr(watch, "memberships_of", count)

    async def passed(self, number: int) -> list[int]:
        async with asyncio.timeout(10):
            return [await self.get() for _ in range(number)]


@LOSSES
async def test_a_page_closes_when_its_user_loses_access(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, take_away: Callable[[User], None], code: int
) -> None:
    cast = answer.cast
    monkeypatch.setattr(watch, "ACCESS_SECONDS", 0.02)
    page = await connection(cast, cast.bob)
    await page.connect()
    await page.frame()
    assert await Rounds(monkeypatch).passed(3) == [1, 1, 1]
    assert page.messages.empty()
    await in_thread(take_away, cast.bob)
    assert await page.frame() == {"closed": code}
    await page.disconnect()


@LOSSES
async def test_a_published_change_closes_it_at_once(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, take_away: Callable[[User], None], code: int
) -> None:
    cast = answer.cast
    pages = [await connection(cast, user) for user in (cast.alice, cast.bob)]
    for page in pages:
        await page.connect()
        await page.frame()
    # Nobody hears of this one, so bob stays.
    await in_thread(take_away, cast.bob)
    rounds = Rounds(monkeypatch)
    watch.watch._take(AccessChange(project_id=cast.project.pk, user_id=cast.alice.pk))
    assert await rounds.passed(1) == [1]
    assert pages[1].messages.empty()
    await in_thread(access_changed, project_id=cast.project.pk, user_id=cast.bob.pk)
    assert await pages[1].frame() == {"closed": code}
    # Of the two, only bob's page was looked at.
    assert await rounds.passed(1) == [1]
    if take_away is not sign_out:
        assert pages[0].messages.empty()
    for page in pages:
        await page.disconnect()


async def test_a_change_during_the_handshake_is_not_missed(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = answer.cast
    usual = get_thread
    loop = asyncio.get_running_loop()

    def lose_access(project: Any, thread_id: str) -> Any:
        remove(cast.bob)
        change = AccessChange(project_id=cast.project.pk, user_id=cast.bob.pk)
        loop.call_soon_threadsafe(watch.watch._take, change)
        return usual(project, thread_id)

    monkeypatch.setattr(consumers, "get_thread", lose_access)
    page = await connection(cast, cast.bob)
    await page.connect()
    messages = [await page.frame(), await page.frame()]
    assert {"closed": NO_ACCESS} in messages
    await page.disconnect()


async def test_a_fault_of_the_database_only_delays_the_check(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [OSError("away"), OSError("still away")]

    def fail(visits: Any) -> Any:
        if faults:
            raise faults.pop()
        return memberships_of(visits)

    # From the beginning, since the watch looks at all pages when it begins to hear changes.
    monkeypatch.setattr(watch, "memberships_of", fail)
    monkeypatch.setattr(watch, "RETRY_SECONDS", 0.01)
    page = await connection(answer.cast, answer.cast.bob)
    await page.connect()
    await page.frame()
    await in_thread(remove, answer.cast.bob)
    watch.watch._take(None)
    assert await page.frame() == {"closed": NO_ACCESS}
    assert faults == []
    await page.disconnect()


@pytest.mark.usefixtures("transactional_db")
async def test_a_page_that_connects_during_an_outage_is_asked_to_come_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session_key: str) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    page = await connection(cast, cast.alice)
    monkeypatch.setattr("assistants_app.realtime.consumers.session_user", fail)
    assert await close_code(page) == TRY_LATER
