"""Write to the event log in groups: events that arrive during a write go into the next one.

One thread per process. An idle process writes each delta at once. A busy one writes fewer, larger
batches, in which adjacent deltas of a message become one. So load makes batches, not a timer.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import redis

from assistants_app.events import log

logger = logging.getLogger(__name__)

# Seconds that a request waits for the log. Events that are lost do little harm: the sweeper and the
# readers take the state from the database.
WEB_PATIENCE = 1.0


class EventLogUnavailable(Exception):
    """The log didn't accept the events within the writer's patience; the database has the state."""


@dataclass(slots=True)
class Delta:
    """A piece of a growing text. Adjacent deltas with the same key are joined."""

    name: str
    run_id: str
    key: object
    text: str
    wrap: Callable[[str], dict[str, object]]

    def event(self) -> log.NewEvent:
        return log.NewEvent(self.name, self.run_id, json.dumps(self.wrap(self.text)))


@dataclass(slots=True)
class _Pending:
    items: list[log.NewEvent | Delta] = field(default_factory=list)
    acks: list[threading.Event] = field(default_factory=list)


class GroupWriter:
    """Accepts events for all threads from this process and appends them in order.

    `patience` is how many seconds to retry while Redis is unavailable before a batch is dropped.
    """

    def __init__(self, patience: float = WEB_PATIENCE) -> None:
        self.patience = patience
        self._pending: dict[str, _Pending] = {}
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._failed: set[threading.Event] = set()

    def delta(self, thread_id: str, delta: Delta) -> None:
        """Append a delta soon. Never waits."""
        with self._condition:
            items = self._pending_of(thread_id).items
            last = items[-1] if items else None
            if isinstance(last, Delta) and last.key == delta.key:
                last.text += delta.text
            else:
                items.append(delta)
            self._wake_thread()

    def append(self, thread_id: str, events: list[log.NewEvent]) -> None:
        """Append events after all earlier ones, and return once the log has them.

        Raises :class:`EventLogUnavailable`.
        """
        written = threading.Event()
        with self._condition:
            pending = self._pending_of(thread_id)
            pending.items.extend(events)
            pending.acks.append(written)
            self._wake_thread()
        # The writer itself gives up after `patience`. The rest is for a write that takes long.
        if not written.wait(self.patience + 10):
            raise EventLogUnavailable
        if written in self._failed:
            self._failed.discard(written)
            raise EventLogUnavailable

    def _pending_of(self, thread_id: str) -> _Pending:
        return self._pending.setdefault(thread_id, _Pending())

    def _wake_thread(self) -> None:
        # Not alive in a forked process, which inherits the object but not the thread.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._write_forever, name="event-writer", daemon=True
            )
            self._thread.start()
        self._condition.notify()

    def _write_forever(self) -> None:
        while True:
            with self._condition:
                while not self._pending:
                    self._condition.wait()
                taken, self._pending = self._pending, {}
            written = self._write(taken)
            for pending in taken.values():
                if not written:
                    self._failed.update(pending.acks)
                for ack in pending.acks:
                    ack.set()

    def _write(self, taken: dict[str, _Pending]) -> bool:
        batches = [
            log.Batch(
                # By this id the log recognizes a batch that it already has.
                secrets.token_hex(8),
                thread_id,
                [item.event() if isinstance(item, Delta) else item for item in pending.items],
            )
            for thread_id, pending in taken.items()
        ]
        give_up = time.monotonic() + self.patience
        pause = 0.05
        while True:
            try:
                log.append_now(batches)
            except redis.RedisError as error:
                if time.monotonic() > give_up:
                    logger.warning("Event log unavailable, dropped events: %s", error)
                    return False
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
            else:
                return True


writer = GroupWriter()
