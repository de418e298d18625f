"""Read a thread's log as it grows. One connection to Redis serves all readers of a process.

The append script publishes each event, so readers get new events without asking. Earlier events,
and events missed while the connection was down or a reader was slow, are read from the stream.
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
# Events that a slow reader may lag behind. Beyond that it drops its buffer and reads the stream.
BUFFER = 2000
RECONNECT_SECONDS = 0.25


class LogLost(Exception):
    """The log no longer reaches back to the reader's position. Load the state again."""


class _Reader:
    """The events that one follower has not seen yet. If `stale`, the buffer has a gap."""

    def __init__(self) -> None:
        self.buffer: deque[Event] = deque()
        # A new reader reads the stream first, at once and without waiting for an event.
        self.stale = True
        self.wake = asyncio.Event()
        self.wake.set()

    def push(self, event: Event) -> None:
        if len(self.buffer) >= BUFFER:
            self.mark_stale()
            return
        if not self.stale:
            self.buffer.append(event)
        self.wake.set()

    def mark_stale(self) -> None:
        self.stale = True
        self.buffer.clear()
        self.wake.set()


class _Subscription:
    """The one subscription of a process; it has a channel for each thread that has readers.

    One for all readers has a median latency of 0.9 ms; an `XREAD` per reader had 22 ms (ADR 1).
    """

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
        # If Redis is unavailable, the listener subscribes to all channels once it is back.
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.subscribe(channel)

    async def _listen(self) -> None:
        while True:
            try:
                await self._occupied.wait()
                if not self._pubsub.subscribed:
                    await self._pubsub.subscribe(*self._readers)
                async for message in self._pubsub.listen():
                    self._distribute(message)
            except (RedisError, OSError) as error:
                logger.warning("Lost the subscription to the event log, retrying: %s", error)
                await self._reconnect()

    def _distribute(self, message: dict[str, object]) -> None:
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
            # Also after a lost connection: events published in the meantime are in the stream.
            for reader in readers:
                reader.mark_stale()

    async def _reconnect(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await asyncio.sleep(RECONNECT_SECONDS)
        self._pubsub = self.redis.pubsub(ignore_subscribe_messages=False)


# By event loop, because a connection belongs to the loop that opened it.
_subscriptions: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Subscription]" = WeakKeyDictionary()


def _subscription_of_loop() -> _Subscription:
    loop = asyncio.get_running_loop()
    subscription = _subscriptions.get(loop)
    if subscription is None:
        subscription = _subscriptions[loop] = _Subscription()
    return subscription


async def follow(
    thread_id: str, *, after: str = BEGINNING, idle: float = 10.0
) -> AsyncIterator[list[Event]]:
    """Yield the events after `after` in batches, in order and each once, without end.

    An empty batch means that no event arrived for `idle` seconds. While Redis is unavailable, the
    batches are empty. Raises :class:`LogLost` if the log does not reach back to `after`.
    """
    subscription = _subscription_of_loop()
    reader = await subscription.join(thread_id)
    try:
        while True:
            try:
                async with asyncio.timeout(idle):
                    await reader.wake.wait()
            except TimeoutError:
                yield []
                continue
            reader.wake.clear()
            batch = await _take_events(subscription, thread_id, reader, after)
            if batch:
                after = batch[-1].seq
                yield batch
    finally:
        await subscription.leave(thread_id, reader)


async def _take_events(
    subscription: _Subscription, thread_id: str, reader: _Reader, after: str
) -> list[Event]:
    if not reader.stale:
        # An event may be both published and read from the stream.
        batch = [event for event in reader.buffer if position(event.seq) > position(after)]
        reader.buffer.clear()
        return batch
    # Before the stream is read: events that are published during the read go into the buffer.
    reader.stale = False
    try:
        await _raise_if_log_lost(subscription, thread_id, after)
        found = await subscription.redis.xrange(key(thread_id), min=f"({after}", count=READ_COUNT)
    except (RedisError, OSError):
        reader.stale = True
        await asyncio.sleep(RECONNECT_SECONDS)
        reader.wake.set()
        return []
    entries = cast(Entries, found)
    if len(entries) == READ_COUNT:
        # There may be more. The buffer would leave a gap.
        reader.mark_stale()
    return [event_of(seq, fields) for seq, fields in entries]


async def _raise_if_log_lost(subscription: _Subscription, thread_id: str, after: str) -> None:
    if after == BEGINNING:
        return
    # If the log no longer holds `after`, later events may be missing as well: trimmed, expired or
    # lost with the server's disk.
    oldest = cast(Entries, await subscription.redis.xrange(key(thread_id), count=1))
    if not oldest or position(oldest[0][0].decode()) > position(after):
        raise LogLost
