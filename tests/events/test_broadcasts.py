"""Messages to all processes, with and without Redis."""

import asyncio
import sys
import threading
from collections.abc import Callable
from unittest.mock import Mock
from weakref import WeakKeyDictionary

import pytest
from redis.exceptions import ConnectionError as Away

from assistants_app.events import broadcasts
from assistants_app.events.broadcasts import broadcast, hear, receiver_of_loop
from assistants_app.events.connections import LoopConnection
from assistants_app.redis_client import client


class Heard(asyncio.Queue[bytes | None]):
    """What was heard on a channel."""

    def take(self, payload: bytes | None) -> None:
        self.put_nowait(payload)

    async def next(self) -> bytes | None:
        async with asyncio.timeout(10):
            return await self.get()


@pytest.fixture
def channel() -> str:
    """A channel of its own, since other tests may publish at the same time."""
    return f"channel-{id(object())}"


async def listener(channel: str) -> Heard:
    """Return what is heard from now on."""
    heard = Heard()
    hear(channel, heard.take)
    assert await heard.next() is None
    return heard


async def in_other_process(publish: Callable[[], None]) -> None:
    """Publish, without what a process does for itself."""
    kept = dict(broadcasts._receivers)
    broadcasts._receivers.clear()
    try:
        await asyncio.to_thread(publish)
    finally:
        broadcasts._receivers.update(kept)


async def test_a_message_of_another_process_is_heard_once(channel: str) -> None:
    heard = await listener(channel)
    await in_other_process(lambda: broadcast(channel, b"one"))
    await in_other_process(lambda: broadcast(channel, b"two"))
    assert [await heard.next(), await heard.next()] == [b"one", b"two"]


async def test_a_channel_that_is_added_later_is_heard(channel: str) -> None:
    await listener(channel)
    other = await listener(f"{channel}-other")
    await in_other_process(lambda: broadcast(f"{channel}-other", b"one"))
    assert await other.next() == b"one"


async def test_the_reminders_come_while_nothing_is_heard(
    monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    monkeypatch.setattr(broadcasts, "DEAF_SECONDS", 0.05)
    monkeypatch.setattr(broadcasts, "RECONNECT_SECONDS", 0.01)
    heard = Heard()

    async def away(receive: object) -> None:
        raise OSError("refused")

    with monkeypatch.context() as patch:
        patch.setattr(LoopConnection, "open", away)
        hear(channel, heard.take)
        assert [await heard.next() for _ in range(3)] == [None] * 3
        with pytest.raises(OSError, match="can't be reached"):
            await receiver_of_loop().call(("PING",))
        patch.setattr(broadcasts, "DEAF_SECONDS", 600.0)
        await heard.next()
        assert heard.empty()
    # And once more when it hears again, because of what it missed since the last one.
    assert await heard.next() is None
    assert await receiver_of_loop().call(("PING",)) == b"PONG"


async def test_a_silent_connection_counts_as_lost(
    monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    monkeypatch.setattr(broadcasts, "PING_SECONDS", 0.01)
    monkeypatch.setattr(broadcasts, "PATIENCE", 0.05)
    monkeypatch.setattr(broadcasts, "RECONNECT_SECONDS", 0.01)
    heard = await listener(channel)
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with monkeypatch.context() as patch:
        patch.setattr(LoopConnection, "call", lambda self, command: never)
        assert await heard.next() is None
    never.cancel()
    # The next connection works.
    assert await heard.next() is None
    await in_other_process(lambda: broadcast(channel, b"one"))
    while (message := await heard.next()) is None:
        pass
    assert message == b"one"


async def test_the_own_process_needs_no_redis(
    monkeypatch: pytest.MonkeyPatch, channel: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard = await listener(channel)

    def away(*arguments: object) -> None:
        raise Away("away")

    monkeypatch.setattr(client(), "publish", away)
    await asyncio.to_thread(broadcast, channel, b"one")
    assert await heard.next() == b"one"
    assert f"Couldn't publish on {channel}: away" in caplog.messages


async def test_a_taker_is_called_once(channel: str) -> None:
    heard = Heard()
    hear(channel, heard.take)
    hear(channel, heard.take)
    assert await heard.next() is None
    assert heard.empty()


class ClosedLoop:
    """An event loop that is over."""

    def call_soon_threadsafe(self, *_call: object) -> None:
        raise RuntimeError("Event loop is closed")


def test_a_thread_sends_while_event_loops_begin_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    receivers: WeakKeyDictionary[ClosedLoop, Mock] = WeakKeyDictionary()
    monkeypatch.setattr(broadcasts, "_receivers", receivers)
    monkeypatch.setattr(broadcasts, "client", Mock)
    loops, receiver, over = [ClosedLoop() for _ in range(50)], Mock(), threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            for loop in loops:
                receivers[loop] = receiver
            for loop in loops:
                del receivers[loop]

    thread = threading.Thread(target=come_and_go)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        for _ in range(3000):
            broadcast("c", b"")
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(usual)
