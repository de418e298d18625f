"""Write to the event log in groups: events that arrive during a write go into the next one.

Who waits for its events writes them itself, if nothing else is being written. One thread per
process writes everything else. While few threads stream, it writes each delta at once; while many
do, all deltas of some milliseconds together. Adjacent deltas of a message become one.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from assistants_app import conf
from assistants_app.events import log
from assistants_app.events.append import Appender, Batch, Item
from assistants_app.events.connections import ReplyError

logger = logging.getLogger(__name__)

# Seconds that a request waits for the log. Events that are lost do little harm: the sweeper and the
# readers take the state from the database.
WEB_PATIENCE = 1.0
# While more threads than this stream, a flush waits for the deltas of EVENT_FLUSH_MILLISECONDS. A
# token then takes 0.06 ms of CPU instead of 0.1 ms, in all processes together (docs/adr/0018).
FEW_STREAMS = 8
STREAM_WINDOW = 0.25  # seconds in which a thread's deltas are counted as a stream
# Between two flushes that something waits for, while many threads stream.
SHORTEST_PAUSE = 0.002


class EventLogUnavailable(Exception):
    """The log didn't accept the events within the writer's patience; the database has the state."""


@dataclass(slots=True)
class Delta:
    """A piece of a growing text. Adjacent deltas with the same key are joined.

    `wrap` turns the text into the event's data, as JSON text.
    """

    name: str
    run_id: str
    key: object
    text: str
    wrap: Callable[[str], str]

    def event(self) -> log.NewEvent:
        return log.NewEvent(self.name, self.run_id, self.wrap(self.text))


@dataclass(slots=True)
class _Ack:
    """What a caller waits for."""

    written: threading.Event = field(default_factory=threading.Event)
    failed: bool = False


@dataclass(slots=True)
class _Pending:
    """What is still to be written for one thread."""

    events: list[log.NewEvent | Delta] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    expires: bool = False


class _OfThread(threading.local):
    """Whether this thread gathers what it adds."""

    gathers = False


class GroupWriter:
    """Accepts events for all threads from this process and appends them in order.

    `patience` is how many seconds to retry after Redis became unavailable. Later batches are tried
    once and dropped, until one succeeds.
    """

    def __init__(self, patience: float = WEB_PATIENCE) -> None:
        self.patience = patience
        # Whether those who publish wait until the log has their events.
        self.is_waited_for = True
        self._begin()
        # A forked process has neither this thread nor what it was writing, and must not write to
        # the connection of its parent.
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._pending: dict[str, _Pending] = {}
        self._acks: list[_Ack] = []
        self._is_urgent = False  # whether something else than deltas is pending
        self._condition = threading.Condition()
        self._waits = False  # whether the writing thread waits for something to write
        self._caller_writes = False  # whether a thread writes what it waits for
        self._own = _OfThread()
        self._thread: threading.Thread | None = None
        self._appender = Appender()
        self._streams = _Streams()
        self._written_at = 0.0
        self._fails_since = 0.0
        self._expire_all_until = 0.0

    @property
    def written_at(self) -> float:
        """When the log last took something from this process, by ``time.monotonic()``."""
        return self._written_at

    def delta(self, thread_id: str, delta: Delta) -> None:
        """Append a delta soon. Never waits."""
        with self._condition:
            events = self._pending_of(thread_id).events
            last = events[-1] if events else None
            if isinstance(last, Delta) and last.key == delta.key:
                last.text += delta.text
            else:
                events.append(delta)
            self._streams.seen.add(thread_id)
            if (self._waits or self._thread is None) and not self._own.gathers:
                self._wake_thread()

    def append(
        self, thread_id: str, events: Sequence[log.NewEvent], items: Sequence[Item] = ()
    ) -> None:
        """Append events like :meth:`add`, and return once that is done.

        Raises :class:`EventLogUnavailable`.
        """
        ack = None
        with self._condition:
            # Another thread would take two switches, 0.1 ms of CPU.
            writes_itself = self._is_idle
            self._note(thread_id, events, items)
            if writes_itself:
                self._caller_writes, taken = True, self._take()
            else:
                ack = _Ack()
                self._acks.append(ack)
                self._wake_thread()
        if ack is None:
            written = self._write_as_caller(taken)
        else:
            # The writer itself gives up after `patience`. The rest is for a write that takes long.
            written = ack.written.wait(self.patience + 10) and not ack.failed
        if not written:
            raise EventLogUnavailable

    def add(
        self, thread_id: str, events: Sequence[log.NewEvent], items: Sequence[Item] = ()
    ) -> None:
        """Append events after all earlier ones, then `items` to their lists. Never waits.

        Events that can't be written are logged.
        """
        with self._condition:
            self._note(thread_id, events, items)
            if not self._own.gathers:
                self._wake_thread()

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Write together what this thread adds in the block, at its end.

        It is written earlier if something else is.
        """
        self._own.gathers = True
        try:
            yield
        finally:
            self._own.gathers = False
            with self._condition:
                if self._pending and (self._waits or self._thread is None):
                    self._wake_thread()

    def flush(self, seconds: float) -> bool:
        """Wait up to `seconds` until all that was added is written. Return whether it is."""
        ack = _Ack()
        with self._condition:
            if self._thread is None and not self._caller_writes:
                return True  # nothing was added, or those who added it wrote it
            self._acks.append(ack)
            self._wake_thread()
        return ack.written.wait(seconds) and not ack.failed

    @property
    def _is_idle(self) -> bool:
        waits = self._waits or self._thread is None
        return waits and not (self._caller_writes or self._pending or self._acks)

    def _note(self, thread_id: str, events: Sequence[log.NewEvent], items: Sequence[Item]) -> None:
        pending = self._pending_of(thread_id)
        pending.events.extend(events)
        pending.items.extend(items)
        # A run's life ends within EVENT_LOG_TTL of each such event (conf_rules.py), so deltas
        # don't have to extend that of the log.
        pending.expires = True
        self._is_urgent = True

    def _pending_of(self, thread_id: str) -> _Pending:
        pending = self._pending.get(thread_id)
        if pending is None:
            pending = self._pending[thread_id] = _Pending()
        return pending

    def _take(self) -> dict[str, _Pending]:
        taken, self._pending = self._pending, {}
        self._is_urgent = False
        return taken

    def _wake_thread(self) -> None:
        if self._caller_writes:
            return  # it does this when it has written
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._write_forever, name="event-writer", daemon=True
            )
            self._thread.start()
        self._condition.notify()

    def _write_as_caller(self, taken: dict[str, _Pending]) -> bool:
        try:
            return self._write(taken)
        finally:
            with self._condition:
                self._caller_writes = False
                if self._pending or self._acks:
                    self._wake_thread()

    def _write_forever(self) -> None:
        while True:
            with self._condition:
                self._wait_for_work()
                taken = self._take()
                acks, self._acks = self._acks, []
            written = self._write(taken) if taken else not self._fails_since
            for ack in acks:
                ack.failed = not written
                ack.written.set()

    def _wait_for_work(self) -> None:
        while self._caller_writes or not (self._pending or self._acks):
            self._waits = True
            self._condition.wait()
            self._waits = False
        # Deltas that arrive meanwhile wake nobody: a switch to this thread costs 0.04 ms.
        while (pause := self._pause()) > 0:
            self._condition.wait(pause)

    def _pause(self) -> float:
        if not self._streams.are_many():
            return 0.0
        pause = SHORTEST_PAUSE if self._is_urgent else conf.EVENT_FLUSH_MILLISECONDS / 1000
        return self._written_at + pause - time.monotonic()

    def _write(self, taken: dict[str, _Pending]) -> bool:
        expire_all = time.monotonic() < self._expire_all_until
        batches = [
            Batch(
                thread_id,
                [event.event() if isinstance(event, Delta) else event for event in pending.events],
                pending.items,
                pending.expires or expire_all,
            )
            for thread_id, pending in taken.items()
        ]
        pause, again = 0.05, False
        while True:
            try:
                self._appender.append(batches, again=again)
            except (OSError, ReplyError) as error:
                # Since the first failure, not for each batch: the runs of a worker, whose state is
                # in the database, must not wait for the log at each of their steps.
                self._fails_since = self._fails_since or time.monotonic()
                if time.monotonic() > self._fails_since + self.patience:
                    logger.warning(
                        "Event log unavailable, dropped events of %s: %s", ", ".join(taken), error
                    )
                    return False
                # A server that lost its data has new logs now, which deltas must not keep forever.
                self._expire_all_until = time.monotonic() + conf.RUN_EXPIRES_AFTER
                again = True
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
            else:
                self._written_at, self._fails_since = time.monotonic(), 0.0
                return True


class _Streams:
    """Counts the threads that stream."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._number = 0
        self._counted_at = 0.0

    def are_many(self) -> bool:
        now = time.monotonic()
        if now - self._counted_at > STREAM_WINDOW:
            self._number, self._counted_at = len(self.seen), now
            self.seen = set()
        # Not less than at the last count: a burst of new streams is noticed at once.
        return max(self._number, len(self.seen)) > FEW_STREAMS


writer = GroupWriter()
