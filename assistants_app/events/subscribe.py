"""Read a thread's log as it grows. One connection to Redis serves all readers of a process.

The append script publishes each event, so readers get new events without asking. Earlier events,
and events missed while the connection was down or a reader was slow, are read from the stream.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakKeyDictionary

from assistants_app.events.connections import REPLY_SECONDS, LoopConnection, ReplyError
from assistants_app.events.log import BEGINNING, Event, key, position, published_events

logger = logging.getLogger(__name__)

READ_COUNT = 1000
# Events that a slow reader may lag behind. Beyond that it drops its buffer and reads the stream.
BUFFER = 2000
RECONNECT_SECONDS = 0.25


class LogLost(Exception):
    """The log no longer reaches back to the reader's position. Load the state again."""


class _Reader:
    """The events that one follower has not seen yet. If `stale`, the buffer has a gap."""

    def __init__(self, idle: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle = idle
        self._buffer: list[Event] = []
        # A new reader reads the stream first.
        self.stale = True
        self.may_repeat = False
        self._wake: asyncio.Future[None] | None = None
        self._idle_passed = False
        self._heard_at = self._loop.time()
        # One timer that looks when something was heard. Setting a timer per event took 0.01 ms.
        self._timer = self._loop.call_later(idle, self._look)

    def push(self, events: list[Event]) -> None:
        """Take events that were published."""
        if self.stale:
            return
        if len(self._buffer) >= BUFFER:
            self.mark_stale()
            return
        self._buffer += events
        self._wake_up()

    def mark_stale(self) -> None:
        """Let the reader read the stream again."""
        self.stale = True
        self._buffer = []
        self._wake_up()

    def begin_read(self) -> None:
        """Collect what is published from now on, while the stream is read up to now."""
        self.stale, self.may_repeat = False, True
        self._buffer = []

    @property
    def has_events(self) -> bool:
        return bool(self._buffer)

    async def is_idle(self) -> bool:
        """Wait until there is something to do, and return whether nothing came for too long."""
        self._idle_passed = False
        self._wake = self._loop.create_future()
        await self._wake
        return self._idle_passed

    def take(self) -> list[Event]:
        """Return the events that came."""
        taken, self._buffer = self._buffer, []
        return taken

    def note_heard(self) -> None:
        """Begin to measure idle time again."""
        self._heard_at = self._loop.time()

    def close(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        if (due := self._heard_at + self._idle) <= now:
            self._heard_at, due = now, now + self._idle
            self._idle_passed = True
            self._wake_up()
        self._timer = self._loop.call_at(due, self._look)

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


class _Subscription:
    """The one subscription of an event loop; it has a channel for each thread that has readers.

    One for all readers has a median latency of 0.9 ms; an `XREAD` per reader had 22 ms (ADR 1).
    """

    def __init__(self) -> None:
        self._readers: dict[str, set[_Reader]] = {}  # by channel
        self._connection: LoopConnection | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_down(self) -> bool:
        return self._connection is None

    def join(self, thread_id: str, reader: _Reader) -> None:
        """Give the reader what is published for the thread."""
        channel = key(thread_id)
        if channel not in self._readers:
            self._readers[channel] = set()
            if self._connection is not None:
                self._connection.send(("SUBSCRIBE", channel))
        self._readers[channel].add(reader)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._stay_connected())

    def leave(self, thread_id: str, reader: _Reader) -> None:
        """Give the reader nothing more."""
        channel = key(thread_id)
        readers = self._readers[channel]
        readers.discard(reader)
        if not readers:
            del self._readers[channel]
            if self._connection is not None:
                self._connection.send(("UNSUBSCRIBE", channel))

    async def read(self, thread_id: str, after: str) -> list[Event] | None:
        """Return the events after `after` in the stream, at most READ_COUNT, or None if Redis is
        unavailable. Raises :class:`LogLost`.
        """
        connection, stream = self._connection, key(thread_id)
        if connection is None:
            return None
        # On the connection that subscribes, so that this finds what was published before it did.
        found = connection.call(("XRANGE", stream, f"({after}", "+", "COUNT", READ_COUNT))
        calls = [found]
        if after != BEGINNING:
            calls.append(connection.call(("XRANGE", stream, "-", "+", "COUNT", 1)))
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                entries, *oldest = await asyncio.gather(*calls)
        except (OSError, ReplyError) as error:
            logger.warning("Couldn't read the event log: %s", error)
            connection.close()
            return None
        # If the log no longer holds `after`, later events may be missing as well: trimmed, expired
        # or lost with the server's disk.
        if oldest and not (oldest[0] and position(oldest[0][0][0].decode()) <= position(after)):
            raise LogLost
        return [
            Event.stored(seq.decode(), run_id.decode(), event)
            for seq, (_, run_id, _, event) in entries
        ]

    async def _stay_connected(self) -> None:
        # The connection stays when the last reader leaves, as the next one is never far. If it is
        # lost then, the next reader opens another.
        try:
            while self._readers:
                try:
                    self._connection = await LoopConnection.open(self._distribute)
                except (OSError, ReplyError) as error:
                    logger.warning("Couldn't subscribe to the event log, retrying: %s", error)
                else:
                    self._subscribe_all(self._connection)
                    await self._connection.lost
                    self._connection = None
                    if self._readers:
                        logger.warning("Lost the subscription to the event log, retrying.")
                await asyncio.sleep(RECONNECT_SECONDS)
        finally:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _subscribe_all(self, connection: LoopConnection) -> None:
        if self._readers:
            connection.send(("SUBSCRIBE", *self._readers))
        # Events that were published without a connection are in the stream.
        for readers in self._readers.values():
            for reader in readers:
                reader.mark_stale()

    def _distribute(self, message: list[Any]) -> None:
        kind, channel, payload = message
        readers = self._readers.get(channel.decode()) if kind == b"message" else None
        if readers:
            events = published_events(payload)
            for reader in readers:
                reader.push(events)


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
    reader = _Reader(idle)
    subscription.join(thread_id, reader)
    try:
        while True:
            batch = await _next_batch(subscription, reader, thread_id, after)
            if batch:
                after = batch[-1].seq
                reader.note_heard()
            if batch is not None:
                yield batch
    finally:
        reader.close()
        subscription.leave(thread_id, reader)


async def _next_batch(
    subscription: _Subscription, reader: _Reader, thread_id: str, after: str
) -> list[Event] | None:
    """Return what came, nothing if the reader was idle, or None if it should look again."""
    if reader.has_events:
        batch = reader.take()
        if reader.may_repeat:
            # What was published during a read of the stream may have been read, too.
            reader.may_repeat = False
            batch = [event for event in batch if position(event.seq) > position(after)]
        return batch or None
    if not reader.stale:
        return [] if await reader.is_idle() else None
    reader.begin_read()
    found = await subscription.read(thread_id, after)
    if found is None:
        reader.mark_stale()
        # Woken when the connection is back.
        return [] if subscription.is_down and await reader.is_idle() else None
    if len(found) == READ_COUNT:
        # There may be more. The buffer would leave a gap.
        reader.mark_stale()
    return found or None
