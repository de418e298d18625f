"""The pages of a project in several processes: each is a room here, with a Redis between them."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from assistants_app.domain.ids import new_id
from assistants_app.events import projects
from assistants_app.events.projects import project_changed
from assistants_app.events.whereabouts import Whereabouts
from assistants_app.realtime import rooms as module
from assistants_app.realtime.frames import contents_of
from assistants_app.realtime.rooms import Room, Rooms
from assistants_app.realtime.viewers import Viewer
from assistants_app.redis_client import client

PATIENCE = 10.0


class Browser:
    """A page's socket. It answers pings until it crashes."""

    is_full = False

    def __init__(self) -> None:
        self.viewer = Viewer(self)
        self.heard_at = time.monotonic()
        self.has_crashed = False
        self.people = ""
        self.writing: dict[str, str] = {}
        self.topics: list[list[str]] = []
        self._came = asyncio.Event()

    def write(self, message: bytes) -> None:
        contents: dict[str, Any] = contents_of(message)
        self.people = contents.get("content", self.people)
        self.writing = contents.get("writing", self.writing)
        if "topics" in contents:
            self.topics.append(contents["topics"])
        self._came.set()

    def ping(self) -> None:
        if not self.has_crashed:
            self.heard_at = time.monotonic()

    def close(self, code: int) -> None:
        raise AssertionError

    def when_drained(self, call: Callable[[], None]) -> None:
        raise AssertionError

    async def until(self, seen: Callable[["Browser"], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not seen(self):
                self._came.clear()
                await self._came.wait()

    async def sees(self, *names: str) -> None:
        await self.until(
            lambda me: (
                f'"vh">Also here: {", ".join(names)}<' in me.people if names else not me.people
            )
        )


class Process:
    """A web process with its rooms."""

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        self.rooms = Rooms()
        self.entered: dict[Browser, Room] = {}

    def enter(
        self, name: str, user_id: int, *, is_team: bool = True, thread: str = "t1"
    ) -> Browser:
        browser = Browser()
        self._enter(browser, Whereabouts(user_id, name, thread), is_team=is_team)
        return browser

    def enter_again(self, browser: Browser, name: str, user_id: int, *, is_team: bool) -> None:
        """Connect a page that still shows what it showed before."""
        browser.viewer = Viewer(browser)
        self._enter(browser, Whereabouts(user_id, name, "t1"), is_team=is_team)

    def _enter(self, browser: Browser, where: Whereabouts, *, is_team: bool) -> None:
        self.entered[browser] = self.rooms.enter(
            self.project_id, browser.viewer, where, is_team=is_team
        )

    def leave(self, browser: Browser) -> None:
        self.rooms.leave(self.entered.pop(browser), browser.viewer)


@pytest.fixture
def project_id() -> str:
    return new_id("proj")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a crash be noticed in a fraction of a second."""
    monkeypatch.setattr(module, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(module, "KEEP_SECONDS", 0.5)


async def test_people_in_different_processes_see_each_other(project_id: str) -> None:
    one, two = Process(project_id), Process(project_id)
    alice = one.enter("Alice", 1)
    bob = two.enter("Bob", 2)
    carol = two.enter("Carol", 3, thread="t2")
    await alice.sees("Bob")
    await bob.sees("Alice")
    two.leave(bob)
    await alice.sees()
    assert carol.people == ""
    one.leave(alice)
    two.leave(carol)


async def test_a_person_alone_in_a_project_is_noted_nowhere(project_id: str) -> None:
    one = Process(project_id)
    alice = one.enter("Alice", 1, is_team=False)
    other = one.enter("Alice", 1, is_team=False)
    room = one.entered[alice]
    room.write(alice.viewer, "call_1")
    room.tick()
    assert room._work is None
    assert client().keys(f"page*:{project_id}*") == []
    # Until somebody else comes, here or elsewhere.
    two = Process(project_id)
    bob = two.enter("Bob", 2)
    await alice.sees("Bob")
    await bob.sees("Alice")
    for process, browser in ((one, alice), (one, other), (two, bob)):
        process.leave(browser)


@pytest.mark.parametrize("is_team", [True, False])
async def test_a_page_that_connects_again_loses_the_people_who_have_left(
    project_id: str, is_team: bool
) -> None:
    before, after = Process(project_id), Process(project_id)
    alice, bob = before.enter("Alice", 1), before.enter("Bob", 2)
    await alice.sees("Bob")
    # The line breaks, and bob leaves, or is removed from the project, before it is back.
    before.leave(alice)
    before.leave(bob)
    assert "Bob" in alice.people
    after.enter_again(alice, "Alice", 1, is_team=is_team)
    await alice.sees()
    after.leave(alice)


@pytest.mark.usefixtures("hurried")
async def test_a_crashed_browser_disappears_and_the_others_stay(project_id: str) -> None:
    one, two = Process(project_id), Process(project_id)
    alice, bob, carol = one.enter("Alice", 1), two.enter("Bob", 2), two.enter("Carol", 3)
    await alice.sees("Bob", "Carol")
    bob.has_crashed = True
    await alice.sees("Carol")
    await carol.sees("Alice")
    # Long after the time in which a page that isn't renewed ends.
    await asyncio.sleep(1.0)
    assert "Also here: Carol<" in alice.people
    # A browser that was only cut off is back with its first answer.
    bob.has_crashed = False
    await alice.sees("Bob", "Carol")
    for process, browser in ((one, alice), (two, bob), (two, carol)):
        process.leave(browser)


@pytest.mark.usefixtures("hurried")
async def test_a_killed_process_takes_its_people_along(project_id: str) -> None:
    one, two = Process(project_id), Process(project_id)
    alice, bob = one.enter("Alice", 1), two.enter("Bob", 2)
    await alice.sees("Bob")
    room = two.entered[bob]
    two.rooms._rooms.clear()  # it does nothing any more
    room.guests.clear()
    await alice.sees()
    one.leave(alice)


async def test_who_writes_which_output_is_shown_for_a_while(
    project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WRITING_SECONDS", 0.3)
    monkeypatch.setattr(module, "TICK_SECONDS", 0.05)
    one, two = Process(project_id), Process(project_id)
    alice, bob = one.enter("Alice", 1), two.enter("Bob", 2)
    await alice.sees("Bob")
    two.entered[bob].write(bob.viewer, "call_1")
    await alice.until(lambda me: me.writing == {"call_1": "Bob is writing this output."})
    two.entered[bob].write(bob.viewer, "call_2")
    await alice.until(lambda me: set(me.writing) == {"call_2"})
    assert bob.writing == {}
    await alice.until(lambda me: me.writing == {})
    one.leave(alice)
    two.leave(bob)


async def test_topics_come_at_once_and_then_together(
    project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOPICS_SECONDS", 0.5)
    monkeypatch.setattr(projects, "PAUSE_SECONDS", 0.01)
    one, other = Process(project_id), Process(new_id("proj"))
    alice, stranger = one.enter("Alice", 1, is_team=False), other.enter("Zoe", 9, is_team=False)
    await asyncio.sleep(0.1)  # until the process hears the channel
    project_changed(project_id, "threads")
    await alice.until(lambda me: me.topics == [["threads"]])
    for topic in ("threads", "bell", "threads", "assistants"):
        project_changed(project_id, topic)
        await asyncio.sleep(0.03)
    await alice.until(lambda me: me.topics == [["threads"], ["assistants", "bell", "threads"]])
    assert stranger.topics == []
    one.leave(alice)
    other.leave(stranger)


async def test_an_empty_room_is_given_up(project_id: str) -> None:
    one = Process(project_id)
    alice = one.enter("Alice", 1)
    assert list(one.rooms._rooms) == [project_id]
    one.leave(alice)
    assert one.rooms._rooms == {}


async def test_without_redis_people_come_back_with_it(
    project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.05)
    one, two = Process(project_id), Process(project_id)

    async def away(*arguments: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(module, "note", away)
        alice, bob = one.enter("Alice", 1), two.enter("Bob", 2)
        await asyncio.sleep(0.3)
        assert alice.people == bob.people == ""
    await alice.sees("Bob")
    await bob.sees("Alice")
    one.leave(alice)
    two.leave(bob)
