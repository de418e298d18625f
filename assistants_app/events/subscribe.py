"""Reading the log as it grows: one connection to Redis per process serves all its readers.

The append script publishes each event, which reaches readers without a further question; what came
before, or was missed while the connection was down or a reader was slow, is read from the stream.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import cast
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError

from assistants_app.events.log import (
    BEGINNING,
    Entries,
    Event,
    event_of,
    event_of_wake_up,
    key,
    position,
)
from assistants_app.redis_client import new_async_client

logger = logging.getLogger(__name__)

READ_COUNT = 1000
BUFFER = 2000  # events that a slow reader may lag behind before it reads from the stream again
RECONNECT_SECONDS = 0.25


class LogLost(Exception):
    """The log no longer reaches back to where the reader is: load the state again."""


class _Reader:
    """What one follower has not seen yet. `stale`: the buffer has a gap, so read the stream."""

    def __init__(self) -> None:
        self.buffer: deque[Event] = deque()
        self.stale = True
        self.wake = asyncio.Event()
        self.wake.set()

    def push(self, event: Event) -> None:
        if len(self.buffer) >= BUFFER:
            self.miss()
            return
        if not self.stale:
            self.buffer.append(event)
        self.wake.set()

    def miss(self) -> None:
        self.stale = True
        self.buffer.clear()
        self.wake.set()


class _Hub:
    """The process's one subscription; its channels are the threads that somebody follows."""

    def __init__(self) -> None:
        self.redis = new_async_client()
        self._pubsub = self.redis.pubsub(ignore_subscribe_messages=False)
        self._readers: dict[str, set[_Reader]] = {}
        self._lock = asyncio.Lock()
        self._occupied = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def join(self, thread_id: str) -> _Reader:
        reader = _Reader()
        channel = key(thread_id)
        async with self._lock:
            known = channel in self._readers
            self._readers.setdefault(channel, set()).add(reader)
            self._occupied.set()
            if not known:
                await self._subscribe(channel)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._listen())
        return reader

    async def leave(self, thread_id: str, reader: _Reader) -> None:
        channel = key(thread_id)
        async with self._lock:
            readers = self._readers.get(channel, set())
            readers.discard(reader)
            if not readers and self._readers.pop(channel, None) is not None:
                if not self._readers:
                    self._occupied.clear()
                with contextlib.suppress(RedisError, OSError):
                    await self._pubsub.unsubscribe(channel)

    async def _subscribe(self, channel: str) -> None:
        # While Redis is away the listener subscribes to everything once it is back.
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.subscribe(channel)

    async def _listen(self) -> None:
        while True:
            try:
                await self._occupied.wait()
                if not self._pubsub.subscribed:
                    await self._pubsub.subscribe(*self._readers)
                async for message in self._pubsub.listen():
                    self._hand_out(message)
            except (RedisError, OSError) as error:
                logger.warning("Event log subscription lost, trying again: %s", error)
                await self._reconnect()

    def _hand_out(self, message: dict[str, object]) -> None:
        channel = message["channel"]
        assert isinstance(channel, bytes)
        readers = self._readers.get(channel.decode(), set())
        if message["type"] == "message":
            payload = message["data"]
            assert isinstance(payload, bytes)
            event = event_of_wake_up(payload)
            for reader in readers:
                reader.push(event)
        elif message["type"] == "subscribe":
            # Subscribed anew after a break: whatever was published meanwhile is in the stream.
            for reader in readers:
                reader.miss()

    async def _reconnect(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await asyncio.sleep(RECONNECT_SECONDS)
        self._pubsub = self.redis.pubsub(ignore_subscribe_messages=False)


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Hub]" = WeakKeyDictionary()


def _hub() -> _Hub:
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = _Hub()
    return hub


async def follow(
    thread_id: str, *, after: str = BEGINNING, idle: float = 10.0
) -> AsyncIterator[list[Event]]:
    """The events after `after`, in order and each once, in batches as they are there, for ever.

    An empty batch says that nothing came for `idle` seconds. Raises :class:`LogLost` when the log
    does not reach back to `after`. While Redis is away the reader waits and gets empty batches.
    """
    hub = _hub()
    reader = await hub.join(thread_id)
    try:
        while True:
            try:
                async with asyncio.timeout(idle):
                    await reader.wake.wait()
            except TimeoutError:
                yield []
                continue
            reader.wake.clear()
            batch = await _take(hub, thread_id, reader, after)
            if batch:
                after = batch[-1].seq
                yield batch
    finally:
        await hub.leave(thread_id, reader)


async def _take(hub: _Hub, thread_id: str, reader: _Reader, after: str) -> list[Event]:
    if not reader.stale:
        batch = [event for event in reader.buffer if position(event.seq) > position(after)]
        reader.buffer.clear()
        return batch
    reader.stale = False
    try:
        await _check_reach(hub, thread_id, after)
        found = await hub.redis.xrange(key(thread_id), min=f"({after}", count=READ_COUNT)
    except (RedisError, OSError):
        reader.stale = True
        await asyncio.sleep(RECONNECT_SECONDS)
        reader.wake.set()
        return []
    entries = cast(Entries, found)
    if len(entries) == READ_COUNT:
        reader.miss()
    return [event_of(seq, fields) for seq, fields in entries]


async def _check_reach(hub: _Hub, thread_id: str, after: str) -> None:
    """Raise :class:`LogLost` if the log does not hold the event `after` any more.

    Then later ones may be gone with it: trimmed, expired, or lost with the server's disk.
    """
    if after == BEGINNING:
        return
    oldest = cast(Entries, await hub.redis.xrange(key(thread_id), count=1))
    if not oldest or position(oldest[0][0].decode()) > position(after):
        raise LogLost
