"""A recorded example is played to one viewer, whose page ends like a reload."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from assistants_app.events import log
from assistants_app.events.log import BEGINNING
from assistants_app.models import Thread
from assistants_app.queries.threads.state import thread_snapshot
from assistants_app.realtime import replay
from assistants_app.realtime.hops import in_thread
from assistants_app.realtime.replay import ReplayFeed
from assistants_app.redis_client import client
from assistants_app.rendering.threads.live import whole_state
from assistants_app.rendering.threads.replay import before_replay
from assistants_app.services.threads.recordings import add_recorded_example
from tests.cast import Cast
from tests.realtime.audience import PATIENCE, Page, Watcher

QUESTION = "Did we reach our sales goal"
REPLY = "Yes. Sales in 2025"


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SPEED", 5.0)


@pytest.fixture
def thread(transactional_db: None, cast: Cast) -> Thread:
    return add_recorded_example(project=cast.project, model="m")


async def page_of(thread: Thread, *, plays: bool) -> Page:
    """Return a page loaded now, which `plays` the example or shows it."""
    snapshot = await in_thread(thread_snapshot, thread.id)
    shown = before_replay(snapshot) if plays else snapshot
    operations = await in_thread(whole_state, shown, {})
    page = Page()
    page.take({"seq": BEGINNING, "ops": operations, "whole": True})
    return page


class Player:
    """A viewer to whom the thread is played."""

    def __init__(self, thread: Thread, page: Page) -> None:
        self.watcher, self.ended = Watcher(page), asyncio.Event()
        self.feed = ReplayFeed(thread.project_id, thread.id, self._end)

    async def _end(self) -> None:
        self.ended.set()

    async def finish(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.ended.wait()


@pytest.fixture
async def player(thread: Thread) -> AsyncIterator[Player]:
    player = Player(thread, await page_of(thread, plays=True))
    player.feed.join(player.watcher.viewer, BEGINNING)
    yield player
    player.feed.close()


async def test_it_shows_each_step_and_ends_like_a_reload(thread: Thread, player: Player) -> None:
    watcher = player.watcher
    assert QUESTION in watcher.page.html
    assert REPLY not in watcher.page.html
    await watcher.sees("import matplotlib", "Model call 2")
    assert "Model call 3" not in watcher.page.html
    await watcher.sees("Waiting for your output", "get_exchange_rate", "requires_action")
    assert "0.92" not in watcher.page.html
    await watcher.sees(REPLY)
    await player.finish()
    last = await in_thread(log.last_seq, thread.id)
    await watcher.until(lambda me: me.page.seq == last)
    reload = await page_of(thread, plays=False)
    for page in (watcher.page, reload):
        # The times of the log are those of the replay, until a whole frame follows.
        page.html = page.html.split('id="outcome"')[0]
    assert not watcher.page.difference(reload)


async def test_the_controls_stay_those_of_a_thread_at_rest(player: Player) -> None:
    await player.finish()
    ids = [operation["id"] for frame in player.watcher.frames for operation in frame["ops"]]
    assert "thread-status" in ids
    assert "run-controls" not in ids


async def test_every_frame_is_marked_as_recorded(player: Player) -> None:
    await player.finish()
    logs = [
        operation["html"]
        for frame in player.watcher.frames
        for operation in frame["ops"]
        if operation["id"] == "run-log" and "data-log-of" in operation["html"]
    ]
    # A slow machine has fewer, with more in each.
    assert len(logs) > 1
    assert all("Recorded</span>" in html for html in logs)


async def test_without_events_it_ends_at_once(thread: Thread, player: Player) -> None:
    await player.finish()
    await in_thread(client().delete, log.key(thread.id))
    late = Player(thread, await page_of(thread, plays=True))
    late.feed.join(late.watcher.viewer, BEGINNING)
    await late.finish()
    assert late.watcher.frames[0]["ops"] == []


async def test_events_of_a_later_run_are_not_played(thread: Thread, player: Player) -> None:
    await player.finish()
    events = await in_thread(log.read, thread.id)
    await in_thread(client().delete, log.key(thread.id))
    await in_thread(log.restore, thread.id, events[3:])
    late = Player(thread, await page_of(thread, plays=True))
    late.feed.join(late.watcher.viewer, BEGINNING)
    await late.finish()
    assert len(late.watcher.frames) == 1


async def test_an_error_ends_it_as_well(
    thread: Thread, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no run")

    monkeypatch.setattr(replay, "_recorded_run", fail)
    player = Player(thread, await page_of(thread, plays=True))
    player.feed.join(player.watcher.viewer, BEGINNING)
    await player.finish()
    assert "Internal error in the replay" in caplog.text


async def test_a_viewer_who_leaves_ends_the_replay(player: Player) -> None:
    player.feed.leave(player.watcher.viewer)
    with pytest.raises(asyncio.CancelledError):
        await player.feed._task
    assert not player.ended.is_set()
